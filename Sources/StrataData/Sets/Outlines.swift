import StrataBackend

/// Two sets of images whose classes only the arrangement of pixels tells apart, after Larochelle, Erhan, Courville, Bergstra
/// and Bengio, "An empirical evaluation of deep architectures on problems with many factors of variation", 2007: drawn anew,
/// black and white, 28 × 28.
///
/// ```
/// let data = try Outlines.convex.dataSet(train: 8000, test: 10_000, seed: 1)
/// ```
public enum Outlines: String, Sendable, CaseIterable {
    /// The outline of a rectangle: wide or tall. Its sides differ by 3 pixels at least.
    case rectangles
    /// A white region: convex or not.
    case convex

    /// Pixels along each edge of an image.
    public static let side = 28

    /// The names of the classes 0 and 1.
    public var classNames: [String] { self == .rectangles ? ["wide", "tall"] : ["convex", "not convex"] }

    /// As many of each class as can be. The same seed gives the same bits; test images are drawn apart from the training ones.
    public func dataSet(train: Int = 8_000, test: Int = 10_000, seed: UInt32 = 0) throws -> DataSet {
        try DrawnSet.check(train: train, test: test)
        return try DataSet(name: rawValue, train: split(0..<train, seed), test: split(train..<train + test, seed))
    }

    private func split(_ images: Range<Int>, _ seed: UInt32) throws -> DataSplit {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(images.count * Self.side * Self.side)
        for number in images {
            var draws = ImageDraws(key: (seed, self == .rectangles ? 0x7265_6374 : 0x636F_6E76), image: UInt32(number))
            let isSecond = number % 2 == 1
            bytes +=
                self == .rectangles
                ? Self.rectangle(isTall: isSecond, &draws) : Self.region(isConvex: !isSecond, &draws)
        }
        return try DataSplit(
            dtype: .uint8, exampleShape: [Self.side, Self.side], bytes: bytes, count: images.count,
            labels: Labels(values: images.map { Int32($0 % 2) }, classNames: classNames))
    }

    // MARK: Rectangles

    private static func rectangle(isTall: Bool, _ draws: inout ImageDraws) -> [UInt8] {
        let short = draws.integer(3...side - 7)
        let long = draws.integer(short + 3...side - 4)
        let (height, width) = isTall ? (long, short) : (short, long)
        let (top, left) = (draws.integer(0...side - height), draws.integer(0...side - width))
        var pixels = [UInt8](repeating: 0, count: side * side)
        for y in top..<top + height {
            for x in left..<left + width where y == top || y == top + height - 1 || x == left || x == left + width - 1 {
                pixels[y * side + x] = 255
            }
        }
        return pixels
    }

    // MARK: Regions

    /// The part of the plane on one side of a line: a·x + b·y ≤ c.
    private typealias HalfPlane = (a: Float, b: Float, c: Float)

    private static func region(isConvex: Bool, _ draws: inout ImageDraws) -> [UInt8] {
        while true {
            var pixels = polygon(&draws)
            if !isConvex { for (i, pixel) in polygon(&draws).enumerated() where pixel > 0 { pixels[i] = 255 } }
            let white = pixels.count { $0 > 0 }
            // Regions that are hardly there, or everywhere, say nothing.
            guard white > 30, white < side * side * 3 / 4 else { continue }
            if isConvex || hasDent(pixels) { return pixels }
        }
    }

    /// Where a few random half-planes overlap, each of which holds a common point.
    private static func polygon(_ draws: inout ImageDraws) -> [UInt8] {
        let size = Float(side)
        let (x, y) = (size * (0.2 + 0.6 * draws.uniform()), size * (0.2 + 0.6 * draws.uniform()))
        let planes = (0..<draws.integer(4...7)).map { _ -> HalfPlane in
            // A direction without the C library: a point of the disc, its length divided out.
            var (a, b, square) = (Float(0), Float(0), Float(0))
            repeat {
                (a, b) = (2 * draws.uniform() - 1, 2 * draws.uniform() - 1)
                square = a * a + b * b
            } while square > 1 || square < 0.01
            let length = square.squareRoot()
            return (a / length, b / length, (a * x + b * y) / length + size * (0.08 + 0.3 * draws.uniform()))
        }
        var pixels = [UInt8](repeating: 0, count: side * side)
        for row in 0..<side {
            for column in 0..<side {
                let (px, py) = (Float(column) + 0.5, Float(row) + 0.5)
                if planes.allSatisfy({ $0.a * px + $0.b * py <= $0.c }) { pixels[row * side + column] = 255 }
            }
        }
        return pixels
    }

    /// Whether halfway between two white pixels lies a black one all of whose neighbours are black too, which the steps of an
    /// outline in pixels never make.
    private static func hasDent(_ pixels: [UInt8]) -> Bool {
        func isWhite(_ x: Int, _ y: Int) -> Bool {
            (0..<side).contains(x) && (0..<side).contains(y) && pixels[y * side + x] > 0
        }
        let white = pixels.indices.filter { pixels[$0] > 0 }
        for (number, p) in white.enumerated() where number % 3 == 0 {
            for q in white[number...] where (p + q) % 2 == 0 && (p / side + q / side) % 2 == 0 {
                let (x, y) = ((p % side + q % side) / 2, (p / side + q / side) / 2)
                let isFarFromWhite = (-1...1).allSatisfy { dy in (-1...1).allSatisfy { !isWhite(x + $0, y + dy) } }
                if isFarFromWhite { return true }
            }
        }
        return false
    }
}
