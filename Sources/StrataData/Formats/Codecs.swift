/// The compressed formats that a program can read and write, as functions, so that this module needs no C library.
///
/// The command passes `Codecs.system` of `StrataFiles`; a program without it leaves `Codecs.none`, reads what is
/// stored plainly, and gets an error that says what to do for the rest.
public struct Codecs: Sendable {
    /// A whole gzip file to its content.
    public var gunzip: (@Sendable (_ compressed: [UInt8]) throws -> [UInt8])?
    /// A zlib stream to its content.
    public var unzlib: (@Sendable (_ compressed: [UInt8]) throws -> [UInt8])?
    /// A raw deflate stream to its content, which has exactly `count` bytes.
    public var inflate: (@Sendable (_ compressed: [UInt8], _ count: Int) throws -> [UInt8])?
    /// A PNG file to its image.
    public var readPNG: (@Sendable (_ file: [UInt8]) throws -> Image)?
    /// A JPEG file to its image.
    public var readJPEG: (@Sendable (_ file: [UInt8]) throws -> Image)?
    /// A WebP file to its image.
    public var readWebP: (@Sendable (_ file: [UInt8]) throws -> Image)?
    /// An image to a PNG file.
    public var writePNG: (@Sendable (_ image: Image) throws -> [UInt8])?

    /// The formats that these functions read and write; one that is left `nil` is not supported.
    public init(
        gunzip: (@Sendable ([UInt8]) throws -> [UInt8])? = nil,
        unzlib: (@Sendable ([UInt8]) throws -> [UInt8])? = nil,
        inflate: (@Sendable ([UInt8], Int) throws -> [UInt8])? = nil,
        readPNG: (@Sendable ([UInt8]) throws -> Image)? = nil,
        readJPEG: (@Sendable ([UInt8]) throws -> Image)? = nil,
        readWebP: (@Sendable ([UInt8]) throws -> Image)? = nil,
        writePNG: (@Sendable (Image) throws -> [UInt8])? = nil
    ) {
        self.gunzip = gunzip
        self.unzlib = unzlib
        self.inflate = inflate
        self.readPNG = readPNG
        self.readJPEG = readJPEG
        self.readWebP = readWebP
        self.writePNG = writePNG
    }

    /// No compressed format: to read one throws `unsupported`, and images are written as PGM or PPM.
    public static let none = Codecs()
}
