import StrataBackend
public import StrataData

#if PNG
    import CPNG
#endif

/// PNG files by the system's libpng. In a build without the trait `PNG` both functions throw `unsupported`.
public enum PNG {
    /// Reads a file's bytes: grey stays grey, everything else becomes red, green, blue; 16 bits become 8; what is
    /// transparent is laid on black.
    ///
    /// Throws `data` with libpng's reason for a damaged file.
    public static func decode(_ file: [UInt8]) throws -> Picture {
        #if PNG
            var image = png_image()
            image.version = UInt32(PNG_IMAGE_VERSION)
            defer { png_image_free(&image) }
            guard png_image_begin_read_from_memory(&image, file, file.count) != 0 else { throw failure(&image) }
            let channels = image.format & UInt32(PNG_FORMAT_FLAG_COLOR) == 0 ? 1 : 3
            let (width, height) = (Int(image.width), Int(image.height))
            guard width * height <= largest else {
                throw StrataError(
                    .unsupported, "has \(width) × \(height) pixels; \(largest) can be read: scale the picture down")
            }
            // Deflate packs at most 1032 to 1, and a byte holds eight pixels at most: more is a lying header.
            guard width * height / (8 * 1032) <= file.count else {
                throw StrataError(.data, "is damaged: \(file.count) bytes cannot hold \(width) × \(height) pixels")
            }
            image.format = channels == 1 ? grey : colour
            var pixels = [UInt8](repeating: 0, count: width * height * channels)
            guard png_image_finish_read(&image, nil, &pixels, 0, nil) != 0 else { throw failure(&image) }
            return try Picture(width: width, height: height, channels: channels, pixels: pixels)
        #else
            throw missing
        #endif
    }

    /// The picture as a file, compressed without loss.
    public static func encode(_ picture: Picture) throws -> [UInt8] {
        #if PNG
            var image = png_image()
            image.version = UInt32(PNG_IMAGE_VERSION)
            image.width = UInt32(picture.width)
            image.height = UInt32(picture.height)
            image.format = picture.channels == 1 ? grey : colour
            defer { png_image_free(&image) }
            // Incompressible rows cost a filter byte each and deflate's and the chunks' framing.
            let raw = picture.pixels.count + picture.height
            var file = [UInt8](repeating: 0, count: raw + raw / 256 + 4096)
            var count = file.count
            guard png_image_write_to_memory(&image, &file, &count, 0, picture.pixels, 0, nil) != 0 else {
                throw failure(&image)
            }
            return Array(file.prefix(count))
        #else
            throw missing
        #endif
    }

    #if PNG
        /// Pixels of a picture; a square of 16,384.
        private static let largest = 1 << 28

        // PNG_FORMAT_GRAY and PNG_FORMAT_RGB, which are macros that Swift does not import.
        private static let grey: UInt32 = 0
        private static let colour = UInt32(PNG_FORMAT_FLAG_COLOR)

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

extension Picture {
    /// Writes the picture under `path` and a fitting ending: `.png`, or `.pgm` and `.ppm` in a build without the
    /// trait `PNG`. Returns the path of the file. Throws `file` with the system's reason.
    @discardableResult
    public func write(_ path: String) throws -> String {
        #if PNG
            let (ending, bytes) = (".png", try PNG.encode(self))
        #else
            let (ending, bytes) = (channels == 1 ? ".pgm" : ".ppm", pnm)
        #endif
        let stem = [".png", ".pgm", ".ppm"].first { path.hasSuffix($0) }.map { path.dropLast($0.count) } ?? path[...]
        try AtomicFile.write(stem + ending, bytes)
        return stem + ending
    }
}
