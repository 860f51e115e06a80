import Glibc
import StrataBackend

/// Points of the plane on two arms of a spiral: data whose manifold can be seen, and so what a model makes of it.
///
/// The arms are half a turn apart, go round `turns` times from near the middle outwards, and are blurred by normal noise. The
/// label is the arm. Nearly all points lie in the unit square.
public struct Spirals: Sendable {
    /// Turns that each arm makes from the middle to its end; below 0 it winds the other way.
    public var turns: Float
    /// The deviation of the noise; the square's edge is 1.
    public var noise: Float

    /// Spirals that are drawn by `dataSet`. Nothing is checked; without noise all points lie on the arms.
    public init(turns: Float = 1.25, noise: Float = 0.01) {
        self.turns = turns
        self.noise = noise
    }

    /// The same seed gives the same bits. Throws `data` where there are no examples to learn from.
    public func dataSet(train: Int = 10_000, test: Int = 2_000, seed: UInt32 = 0) throws -> DataSet {
        try DrawnSet.check(train: train, test: test)
        return try DataSet(name: "spirals", train: split(0..<train, seed), test: split(train..<train + test, seed))
    }

    private func split(_ points: Range<Int>, _ seed: UInt32) throws -> DataSplit {
        var values: [Float] = []
        values.reserveCapacity(points.count * 2)
        for point in points { values += self.point(UInt32(point), seed) }
        return try DataSplit(
            dtype: .float32, exampleShape: [2], bytes: values.withUnsafeBytes { Array($0) }, count: points.count,
            labels: Labels(values: points.map { Int32($0 % 2) }, classNames: ["first arm", "second arm"]))
    }

    /// Number `point` of all, whose arm is its parity.
    private func point(_ point: UInt32, _ seed: UInt32) -> [Float] {
        func uniform(_ part: UInt32) -> Float {
            Threefry.uniform(Threefry.block(key: (seed, 0x7370_6972), counter: (point, part)).0)
        }
        // The square root spreads points evenly along the arm, whose length grows with the square of the angle.
        let way = (0.02 + 0.98 * uniform(0)).squareRoot()
        let angle = 2 * Float.pi * turns * way + Float.pi * Float(point % 2)
        let (radius, turn) = (noise * (-2 * logf(1 - uniform(1))).squareRoot(), 2 * Float.pi * uniform(2))
        return [
            0.5 + 0.42 * way * cosf(angle) + radius * cosf(turn), 0.5 + 0.42 * way * sinf(angle) + radius * sinf(turn),
        ]
    }
}
