public import StrataBackend

/// Many small images as one, in rows, for people to look at: samples, reconstructions, filters.
///
/// ```
/// let grid = ImageGrid(columns: 8, zoom: 2)
/// let image = try grid.image(of: samples, shape: [28, 28])      // samples: 64 × 784 floats in 0 ... 1
/// ```
public struct ImageGrid: Sendable {
    /// Images in a row; `nil` makes the grid about square.
    public var columns: Int?
    /// Pixels of the result between images and around them.
    public var margin: Int
    /// Each pixel becomes a square of this edge.
    public var zoom: Int
    /// Gray of the margins, 0 ... 255.
    public var background: UInt8

    /// A layout of images in a grid. Nothing is checked; `image(of:shape:)` takes columns and a zoom below 1 for 1,
    /// and a margin below 0 for 0.
    public init(columns: Int? = nil, margin: Int = 2, zoom: Int = 2, background: UInt8 = 64) {
        self.columns = columns
        self.margin = margin
        self.zoom = zoom
        self.background = background
    }

    /// Lays out `values`, [count, shape] with 0 black and 1 white; what is outside is clamped and NaN is black.
    ///
    /// `shape` is [H, W], [1, H, W], [3, H, W], or [D] with D a square number. Throws `shape` for any other, and
    /// where the values are not a whole number of images or none.
    public func image(of values: [Float], shape: Shape) throws -> Image {
        let (channels, height, width) = try Self.planes(shape)
        let size = channels * height * width
        guard size > 0, !values.isEmpty, values.count.isMultiple(of: size) else {
            throw StrataError(.shape, "\(values.count) values do not make images of shape \(shape)")
        }
        let count = values.count / size
        let zoom = min(max(1, zoom), 65_535)
        let margin = min(max(0, margin), 65_535)
        let columns = min(count, max(1, columns ?? Int(Double(count).squareRoot().rounded(.up))))
        let rows = (count + columns - 1) / columns
        let total = (
            width: columns * (width * zoom + margin) + margin, height: rows * (height * zoom + margin) + margin
        )
        guard total.width <= 65_535, total.height <= 65_535 else {
            throw StrataError(
                .shape, "a grid of \(total.width) × \(total.height) pixels is too large to look at; show fewer images"
            )
        }

        var pixels = [UInt8](repeating: background, count: total.width * total.height * channels)
        for i in 0..<count {
            let left = margin + i % columns * (width * zoom + margin)
            let top = margin + i / columns * (height * zoom + margin)
            for y in 0..<height * zoom {
                for x in 0..<width * zoom {
                    for channel in 0..<channels {
                        let value = values[i * size + (channel * height + y / zoom) * width + x / zoom]
                        pixels[((top + y) * total.width + left + x) * channels + channel] = Self.byte(value)
                    }
                }
            }
        }
        return try Image(width: total.width, height: total.height, channels: channels, pixels: pixels)
    }

    private static func byte(_ value: Float) -> UInt8 {
        value > 0 ? UInt8(min(value, 1) * 255 + 0.5) : 0
    }

    private static func planes(_ shape: Shape) throws -> (channels: Int, height: Int, width: Int) {
        switch shape.rank {
        case 1:
            let edge = Int(Double(min(max(0, shape[0]), 1 << 32)).squareRoot().rounded())
            if edge * edge == shape[0] { return (1, edge, edge) }
        case 2: if shape.allSatisfy({ (0...65_535).contains($0) }) { return (1, shape[0], shape[1]) }
        case 3:
            if shape[0] == 1 || shape[0] == 3, shape.allSatisfy({ (0...65_535).contains($0) }) {
                return (shape[0], shape[1], shape[2])
            }
        default: break
        }
        throw StrataError(
            .shape, "values of shape \(shape) are no images; [H, W], [1, H, W], [3, H, W] or a square [D] are")
    }
}
