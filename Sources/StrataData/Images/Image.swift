import StrataBackend

/// An image of bytes, 0 black to 255 white.
public struct Image: Hashable, Sendable {
    /// Pixels in a row, 1 or more.
    public let width: Int
    /// Rows of pixels, 1 or more.
    public let height: Int
    /// 1 for grayscale, 3 for red, green, blue.
    public let channels: Int
    /// Rows from the top, in each row pixels from the left, in each pixel its channels.
    public let pixels: [UInt8]

    /// Throws `shape` where the numbers do not fit each other.
    public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) throws {
        guard width > 0, height > 0, channels == 1 || channels == 3,
            Shape([height, width]).byteCount(elementBytes: channels) == pixels.count
        else {
            throw StrataError(
                .shape, "\(pixels.count) bytes do not make an image of \(width) × \(height) with \(channels) channels")
        }
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }
}
