public import StrataBackend
import StrataCompiler
import StrataGraph

/// The squared maximum mean discrepancy of two sets of features under the kernel `(x·y / d + 1)³`: the kernel distance
/// of Bińkowski et al. ("Demystifying MMD GANs", 2018). It is unbiased, and so may be below 0 for sets that are alike.
public struct KernelDistance: Sendable, Hashable {
    /// The mean over subsets.
    public let mean: Double
    /// The standard deviation over subsets, which is that of one of them, not of the mean; `nil` where each is all
    /// there is.
    public let standardDeviation: Double?

    /// The distance, over subsets drawn anew from both sets.
    ///
    /// Throws `data` for fewer than 2 examples, `shape` for features of different widths.
    ///
    /// - `subsets`: How many, at least 1.
    /// - `size`: Examples in each, at most those of the smaller set.
    public init(
        _ first: Codes, _ second: Codes, subsets: Int = 100, size: Int = 1000, seed: UInt32 = 0, backend: any Backend
    ) throws {
        try first.requireSameWidth(as: second)
        for codes in [first, second] { try codes.require(2, for: "a kernel distance") }
        let size = max(min(size, first.count, second.count), 2)
        let (x, y) = (Tensor.input("x", [size, first.width]), Tensor.input("y", [size, first.width]))
        func kernel(_ a: Tensor, _ b: Tensor) -> Tensor {
            let base = a.dotTransposed(b) * (1 / Float(first.width)) + 1
            return base * base * base
        }
        // Row by row, and from there on in double precision; without what an example has to do with itself.
        let others = 1 - Tensor.identity(size)
        let function = try Session(backend: backend).prepare(
            Graph(outputs: [
                ("xx", (kernel(x, x) * others).sum([1])), ("yy", (kernel(y, y) * others).sum([1])),
                ("xy", kernel(x, y).sum([1])),
            ]))
        let isWhole = size == first.count && size == second.count
        let values = try (0..<(isWhole ? 1 : max(subsets, 1))).map { subset -> Double in
            for (codes, name, stream) in [(first, "x", UInt32(0)), (second, "y", 1)] {
                let order = Threefry.permutation(
                    count: codes.count, seed: seed, epoch: UInt32(truncatingIfNeeded: subset) &* 2 &+ stream)
                try function.write(name, codes.rows(order.prefix(size).map { Int($0) }).values)
            }
            try function.run()
            func total(_ name: String) throws -> Double { try function.read(name).reduce(0) { $0 + Double($1) } }
            let pairs = Double(size) * Double(size - 1)
            return try (total("xx") + total("yy")) / pairs - 2 * total("xy") / (Double(size) * Double(size))
        }
        mean = values.reduce(0, +) / Double(values.count)
        let (centre, squares) = (mean, values.map { $0 * $0 }.reduce(0, +))
        standardDeviation = isWhole ? nil : max(squares / Double(values.count) - centre * centre, 0).squareRoot()
    }
}
