import StrataBackend

/// Images of one shape each, whose true causes are known; a data set that needs no file.
///
/// A square, an ellipse or a heart, white on black, in five independent factors, after the idea of dSprites (Matthey,
/// Higgins, Hassabis and Lerchner, 2017), drawn anew. It differs on purpose: shapes of the same size factor cover the
/// same area, so that brightness does not give the shape away; and rotations stop short of 90°, so that no two points
/// of the grid draw the same image (a square turned by 90° is itself).
///
/// ```
/// let data = try Sprites(side: 32).dataSet(train: 50_000, test: 5_000, seed: 1)
/// ```
public struct Sprites: Sendable {
    /// The values of the factor `shape`, which are also the names of the classes.
    public static let shapes = ["square", "ellipse", "heart"]
    /// The names of the factors, the slowest first in the order of the grid.
    public static let factorNames = ["shape", "size", "rotation", "x", "y"]
    /// How many values each of `factorNames` takes.
    public static let factorSizes = [3, 6, 15, 16, 16]
    /// 69,120 different images.
    public static let gridCount = factorSizes.reduce(1, *)

    /// Pixels along each edge.
    public let side: Int

    /// Throws `usage` for an edge outside 16 ... 256 pixels.
    public init(side: Int = 28) throws {
        guard (16...256).contains(side) else {
            throw StrataError(.usage, "sprites of \(side) pixels cannot be drawn; take 16 to 256")
        }
        self.side = side
    }

    /// Draws points of the factor grid without replacement, so that no test image is a training image. The
    /// label is the shape; the targets are the other factors, each on [0, 1]. The same seed gives the same bits.
    ///
    /// Throws `usage` where the grid has fewer points.
    public func dataSet(train: Int = 10_000, test: Int = 2_000, seed: UInt32 = 0) throws -> DataSet {
        guard train >= 0, test >= 0, train <= Self.gridCount, test <= Self.gridCount - train else {
            throw StrataError(
                .usage, "sprites have \(Self.gridCount) different images; \(train) + \(test) cannot be drawn")
        }
        let order = Threefry.permutation(count: Self.gridCount, seed: seed, epoch: 0)
        return try DataSet(
            name: "sprites", train: split(order[..<train]), test: split(order[train..<train + test]))
    }

    /// One image of `side` × `side` bytes. `point` is a position in the factor grid, 0 ..< `gridCount`, which repeats beyond.
    public func image(at point: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: side * side) { pixels, count in
            pixels.initialize(repeating: 0)
            let place = point % Self.gridCount
            draw(Self.factors(of: place < 0 ? place + Self.gridCount : place), on: pixels)
            count = side * side
        }
    }

    private func split(_ points: ArraySlice<Int32>) throws -> DataSplit {
        let size = side * side
        let factors = points.flatMap { Self.factors(of: Int($0)) }
        let bytes = [UInt8](unsafeUninitializedCapacity: points.count * size) { pixels, count in
            pixels.initialize(repeating: 0)
            for (i, point) in points.enumerated() {
                let image = UnsafeMutableBufferPointer(rebasing: pixels[i * size..<(i + 1) * size])
                draw(Self.factors(of: Int(point)), on: image)
            }
            count = points.count * size
        }
        let width = Self.factorNames.count
        let shapes = stride(from: 0, to: factors.count, by: width).map { factors[$0] }
        let targets = factors.indices.filter { $0 % width > 0 }.map { position in
            Float(factors[position]) / Float(Self.factorSizes[position % width] - 1)
        }
        return try DataSplit(
            dtype: .uint8, exampleShape: [side, side], bytes: bytes, count: points.count,
            labels: Labels(values: shapes, classNames: Self.shapes),
            factors: Factors(names: Self.factorNames, sizes: Self.factorSizes, values: factors),
            targets: Targets(names: Array(Self.factorNames.dropFirst()), values: targets))
    }

    /// The position in the factor grid of a value for each factor, the inverse of `factors(of:)`.
    package static func point(of factors: [Int32]) -> Int {
        zip(factors, factorSizes).reduce(0) { $0 * $1.1 + Int($1.0) }
    }

    /// The digits of a grid position in the mixed base of `factorSizes`.
    static func factors(of point: Int) -> [Int32] {
        var rest = point
        return factorSizes.reversed().map { size in
            defer { rest /= size }
            return Int32(rest % size)
        }.reversed()
    }
}
