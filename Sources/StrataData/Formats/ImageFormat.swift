import StrataBackend

/// A kind of image file: how its name ends, how its content begins, and what reads it.
///
/// A file is what its content begins with, whatever its name: many a `.jpg` from the web is WebP.
struct ImageFormat: Sendable {
    let name: String
    let endings: [String]
    /// The package trait whose C library reads it; `nil` for what needs none.
    let trait: String?
    /// Whether the first bytes of a file, 16 or fewer, are those of the format.
    let recognizes: @Sendable (_ start: [UInt8]) -> Bool
    /// The function that reads it; `nil` where the codecs have none.
    let reader: @Sendable (Codecs) -> (@Sendable (_ file: [UInt8]) throws -> Image)?

    static let all: [ImageFormat] = [
        ImageFormat(
            name: "PNG", endings: [".png"], trait: "PNG", recognizes: { $0.starts(with: [0x89, 0x50, 0x4E, 0x47]) },
            reader: \.readPNG),
        ImageFormat(
            name: "JPEG", endings: [".jpg", ".jpeg"], trait: "JPEG",
            recognizes: { $0.starts(with: [0xFF, 0xD8, 0xFF]) },
            reader: \.readJPEG),
        ImageFormat(
            name: "WebP", endings: [".webp"], trait: "WebP",
            recognizes: { $0.starts(with: "RIFF".utf8) && $0.dropFirst(8).starts(with: "WEBP".utf8) },
            reader: \.readWebP),
        ImageFormat(
            name: "PNM", endings: [".pgm", ".ppm"], trait: nil,
            recognizes: { $0.starts(with: "P5".utf8) || $0.starts(with: "P6".utf8) },
            reader: { _ in { try Image(pnm: $0) } }),
    ]

    /// The endings of names that are read.
    static let endings = all.flatMap(\.endings)
    /// Kinds of images that people have and Strata does not read.
    static let unreadable = [".gif", ".bmp", ".tif", ".tiff", ".heic", ".avif", ".jxl", ".jp2"]
    /// What is read, for messages.
    static let names = "PNG, JPEG, WebP, PGM or PPM"

    /// The format that the content begins as, or else the one that the name ends as; `nil` for neither.
    static func of(_ name: some StringProtocol, start: [UInt8]) -> ImageFormat? {
        all.first { $0.recognizes(start) } ?? all.first { $0.endings.contains(Self.ending(name)) }
    }

    /// The last dot of a name and what follows it, in small letters; nothing where there is no dot.
    static func ending(_ name: some StringProtocol) -> String {
        name.lastIndex(of: ".").map { name[$0...].lowercased() } ?? ""
    }

    /// The image in a file's bytes; `path` is for messages. Throws `unsupported` where the codecs lack its format, and what
    /// they throw.
    static func decode(_ file: [UInt8], path: String, _ codecs: Codecs) throws -> Image {
        // A member of an archive is called by its name in parentheses.
        let name = path.hasSuffix(")") ? path.dropLast() : path[...]
        guard let format = of(name, start: Array(file.prefix(16))) else {
            throw StrataError(.data, "\(path): is no image that is known; expected \(names)")
        }
        guard let read = format.reader(codecs) else {
            throw StrataError(
                .unsupported,
                "\(path): \(format.name) needs a build with the trait \(format.trait ?? ""); or convert the images to PGM"
            )
        }
        return try StrataError.naming(path) { try read(file) }
    }
}
