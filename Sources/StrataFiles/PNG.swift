import StrataBackend
public import StrataData

#if PNG
import CPNG
#endif

/// PNG files by the system's libpng. In a build without the trait `PNG` both functions throw `unsupported`.
public enum PNG {
    /// Reads a file's bytes: grayscale stays so, everything else becomes red, green, blue; what is transparent is laid
    /// on black. The image is turned as its Exif orientation says.
    ///
    /// The numbers of the file are what a model sees: no color management changes them, whatever gamma or profile the
    /// file names. 16 bits become 8 by a division by 257, and 1, 2 and 4 bits of gray are stretched to 0 … 255.
    ///
    /// Throws `data` with libpng's reason for a damaged file.
    public static func decode(_ file: [UInt8]) throws -> Image {
        #if PNG
        var image = png_image()
        image.version = UInt32(PNG_IMAGE_VERSION)
        defer { png_image_free(&image) }
        let plain = withoutColorSpace(file)
        guard png_image_begin_read_from_memory(&image, plain, plain.count) != 0 else { throw failure(&image) }
        // Else 16 bits without a color space would be taken for linear light, and brightened.
        image.flags |= flag16BitIsSRGB
        let hasAlpha = image.format & UInt32(PNG_FORMAT_FLAG_ALPHA) != 0
        let channels = image.format & UInt32(PNG_FORMAT_FLAG_COLOR) == 0 ? 1 : 3
        let (width, height) = (Int(image.width), Int(image.height))
        try ImageBounds.check(width: width, height: height, fileBytes: file.count, harmless: 0)
        image.format = (channels == 1 ? grayscale : color) | (hasAlpha ? UInt32(PNG_FORMAT_FLAG_ALPHA) : 0)
        var pixels = [UInt8](repeating: 0, count: width * height * (channels + (hasAlpha ? 1 : 0)))
        guard png_image_finish_read(&image, nil, &pixels, 0, nil) != 0 else { throw failure(&image) }
        if hasAlpha { pixels = Alpha.onBlack(pixels, channels: channels) }
        return try Image(width: width, height: height, channels: channels, pixels: pixels).turned(
            to: ExifOrientation(png: file))
        #else
        throw missing
        #endif
    }

    /// The image as a file, compressed without loss.
    public static func encode(_ image: Image) throws -> [UInt8] {
        #if PNG
        var writer = png_image()
        writer.version = UInt32(PNG_IMAGE_VERSION)
        writer.width = UInt32(image.width)
        writer.height = UInt32(image.height)
        writer.format = image.channels == 1 ? grayscale : color
        defer { png_image_free(&writer) }
        // Incompressible rows cost a filter byte each and deflate's and the chunks' framing.
        let raw = image.pixels.count + image.height
        var file = [UInt8](repeating: 0, count: raw + raw / 256 + 4096)
        var count = file.count
        guard png_image_write_to_memory(&writer, &file, &count, 0, image.pixels, 0, nil) != 0 else {
            throw failure(&writer)
        }
        return Array(file.prefix(count))
        #else
        throw missing
        #endif
    }

    #if PNG
    // PNG_FORMAT_GRAY and PNG_FORMAT_RGB, which are macros that Swift does not import.
    private static let grayscale: UInt32 = 0
    private static let color = UInt32(PNG_FORMAT_FLAG_COLOR)
    // PNG_IMAGE_FLAG_16BIT_sRGB, another macro.
    private static let flag16BitIsSRGB: UInt32 = 4

    /// The file without its chunks but those that hold the numbers: size, palette, transparency, pixels. So libpng
    /// knows no color space to convert from. A file whose chunks are broken stays as it is, for libpng to judge.
    private static func withoutColorSpace(_ file: [UInt8]) -> [UInt8] {
        var plain = Array(file.prefix(8))
        var position = 8
        while position < file.count {
            // Length, name, content, checksum.
            guard file.count - position >= 12 else { return file }
            let length = file[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= file.count - position - 12 else { return file }
            let chunk = file[position..<position + 12 + length]
            let name = String(decoding: chunk.dropFirst(4).prefix(4), as: UTF8.self)
            // A chunk that a reader must understand has a capital for its first letter.
            if name == "tRNS" || chunk[position + 4] & 0x20 == 0 { plain += chunk }
            position += chunk.count
            if name == "IEND" { break }
        }
        return plain
    }

    private static func failure(_ image: inout png_image) -> StrataError {
        let reason = withUnsafeBytes(of: &image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return StrataError(.data, "is not a sound PNG file: \(reason)")
    }
    #else
    private static var missing: StrataError {
        StrataError(.unsupported, "PNG needs a build with the trait PNG (libpng-dev, libdeflate-dev)")
    }
    #endif
}

extension Image {
    /// Writes the image with the codecs of this build: see `write(_:codecs:)`.
    @discardableResult
    public func write(_ path: String) throws -> String { try write(path, codecs: .system) }
}
