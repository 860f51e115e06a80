import StrataBackend

/// How large an image may be whose pixels are about to be given memory.
enum ImageBounds {
    /// Pixels of an image; a square of 16,384.
    private static let largest = 1 << 28
    /// Pixels that a file of any length may have. WebP packs an image of one color into a few dozen bytes.
    private static let harmless = 1 << 22
    /// Pixels to a byte: of a format that packs with deflate, 1032 to 1 at most, eight pixels to a byte. JPEG is behind
    /// that, with a bit at least for 64 pixels.
    private static let densest = 8 * 1032

    /// Throws `unsupported` for more pixels than can be read, `data` for more than so many bytes can hold.
    static func check(width: Int, height: Int, fileBytes: Int, harmless: Int = harmless) throws {
        guard width > 0, height > 0, width * height <= largest else {
            throw StrataError(
                .unsupported, "has \(width) × \(height) pixels; \(largest) can be read: scale the image down")
        }
        guard width * height <= harmless || width * height / densest <= fileBytes else {
            throw StrataError(
                .data, "is not read: \(fileBytes) bytes cannot hold \(width) × \(height) pixels of anything")
        }
    }
}
