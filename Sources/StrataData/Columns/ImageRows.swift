public import StrataBackend

/// Image files as rows, decoded when they are asked for: PNG, JPEG, WebP, PGM and PPM, all of one size and one number of channels.
public struct ImageRows: ColumnStorage {
    /// The paths of the images in the order of the rows; of those in archives what messages call them.
    public let files: [String]
    /// [height, width], or [channels, height, width] with each channel as a plane.
    public let shape: Shape
    private let model: Kind
    private let codecs: Codecs
    private let content: @Sendable (_ row: Int) throws -> [UInt8]

    /// The number of files, each of which is one row.
    public var count: Int { files.count }
    public var bytesPerRow: Int { shape.elementCount }

    private struct Kind: Hashable, CustomStringConvertible {
        var width: Int
        var height: Int
        var channels: Int

        init(_ image: Image) { (width, height, channels) = (image.width, image.height, image.channels) }

        var description: String { "\(width) × \(height) \(channels == 1 ? "grayscale" : "color")" }
    }

    /// Reads the first file only, which all others have to be like. Throws `data` where there is none, and what reading
    /// throws.
    public init(files: [String], codecs: Codecs) throws {
        try self.init(files: files, codecs: codecs) { try FileBytes.read(files[$0]) }
    }

    /// Images whose bytes lie anywhere.
    init(files: [String], codecs: Codecs, content: @escaping @Sendable (_ row: Int) throws -> [UInt8]) throws {
        guard let first = files.first else { throw StrataError(.data, "there are no image files") }
        self.files = files
        self.codecs = codecs
        self.content = content
        model = Kind(try ImageFormat.decode(content(0), path: first, codecs))
        let plane = [model.height, model.width]
        shape = Shape(model.channels == 1 ? plane : [model.channels] + plane)
    }

    public func read(_ rows: Range<Int>, into target: UnsafeMutableRawBufferPointer) throws {
        for (number, row) in rows.enumerated() {
            let image = try ImageFormat.decode(content(row), path: files[row], codecs)
            guard Kind(image) == model else {
                throw StrataError(
                    .data, "\(files[row]): is \(Kind(image)), but \(files[0]) is \(model); make all images alike")
            }
            let room = UnsafeMutableRawBufferPointer(
                rebasing: target[number * bytesPerRow..<(number + 1) * bytesPerRow])
            image.copyPlanes(into: room)
        }
    }
}

extension Image {
    /// Writes the pixels with each channel as a plane of its own, [channels, height, width].
    fileprivate func copyPlanes(into target: UnsafeMutableRawBufferPointer) {
        let plane = width * height
        for channel in 0..<channels {
            for pixel in 0..<plane { target[channel * plane + pixel] = pixels[pixel * channels + channel] }
        }
    }
}
