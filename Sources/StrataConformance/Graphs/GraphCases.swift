import StrataBackend
import StrataGraph

extension GraphCase {
    /// Every op of a graph, each with what makes it hard.
    public static let all: [GraphCase] =
        unary + binary + movement + reduction + contraction + convolution + indexing + decomposition + fusion + literals
        + sequences

    private typealias One = @Sendable (Tensor) -> Tensor
    private typealias Two = @Sendable (Tensor, Tensor) -> Tensor

    private static func of(_ name: String, _ range: ClosedRange<Float>, _ function: @escaping One) -> GraphCase {
        GraphCase(name, [Input([7], range)]) { function($0[0]) }
    }

    private static func flat(_ name: String, _ function: @escaping One) -> GraphCase {
        GraphCase(name, [Input([7])], derivatives: 0) { function($0[0]) }
    }

    private static func of(_ name: String, _ function: @escaping Two) -> GraphCase {
        GraphCase(name, [Input([3, 4], 0.5...2), Input([3, 4], 0.5...2.5)]) { function($0[0], $0[1]) }
    }

    private static func flat(_ name: String, _ function: @escaping Two) -> GraphCase {
        GraphCase(name, [Input([3, 4]), Input([3, 4])], derivatives: 0) { function($0[0], $0[1]) }
    }

    /// Ranges keep clear of poles and kinks, where finite differences say nothing.
    private static let unary: [GraphCase] = [
        of("negate", -2...2) { -$0 },
        of("absolute", 0.5...2) { $0.absolute() },
        of("absolute of negatives", -2...(-0.5)) { $0.absolute() },
        of("exponential", -2...2) { $0.exponential() },
        of("exponentialMinusOne", -1...1) { $0.exponentialMinusOne() },
        of("logarithm", 0.5...3) { $0.logarithm() },
        of("logarithmOnePlus", -0.3...2) { $0.logarithmOnePlus() },
        of("squareRoot", 0.5...3) { $0.squareRoot() },
        of("reciprocal", 0.5...2) { $0.reciprocal() },
        of("sine", -3...3) { $0.sine() },
        of("cosine", -3...3) { $0.cosine() },
        of("tanh", -2...2) { $0.tanh() },
        of("sigmoid", -3...3) { $0.sigmoid() },
        of("softplus", -3...3) { $0.softplus() },
        of("relu", 0.2...2) { $0.relu() },
        of("relu of negatives", -2...(-0.2)) { $0.relu() },
        of("errorFunction", -1.5...1.5) { $0.errorFunction() },
        flat("sign") { $0.sign() },
        flat("floor") { $0.floor() },
        flat("round") { $0.rounded() },
        flat("isFinite") { ($0 / $0.floor()).isFinite() },
        flat("cast to int32 and back") { ($0 * 3).cast(to: .int32).cast(to: .float32) },
        flat("argMax") { $0.reshape([1, 7]).argMax(axis: 1) },
    ]

    private static let binary: [GraphCase] = [
        of("add") { $0 + $1 },
        of("subtract") { $0 - $1 },
        of("multiply") { $0 * $1 },
        of("divide") { $0 / $1 },
        of("maximum") { $0.maximum($1) },
        of("minimum") { $0.minimum($1) },
        of("power") { $0.power($1) },
        flat("less") { $0.less($1) },
        flat("lessOrEqual") { $0.lessOrEqual($1) },
        flat("equal") { $0.floor().equal($1.floor()) },
        flat("notEqual") { $0.floor().notEqual($1.floor()) },
        GraphCase("select", [Input([5]), Input([5]), Input([5])]) { x in x[0].floor().select(x[1] * x[2], x[2]) },
        GraphCase("broadcast rows and columns", [Input([3, 1]), Input([4])]) { x in x[0] * x[1] + x[1] },
        GraphCase("broadcast into the middle", [Input([2, 3])]) { x in
            x[0].broadcast(to: [2, 4, 3], axes: [0, 2]) * Tensor.iota([2, 4, 3], axis: 1)
        },
        GraphCase("stopGradient", [Input([4])], derivatives: 0) { x in x[0] * x[0].stopGradient() },
    ]

    private static let movement: [GraphCase] = [
        GraphCase("reshape", [Input([2, 6])]) { x in x[0].reshape([3, 4]).squared() },
        GraphCase("transpose", [Input([2, 3, 4])]) { x in x[0].transpose([2, 0, 1]).squared() },
        GraphCase("reshape of a transpose", [Input([3, 4])]) { x in x[0].transpose().reshape([2, 6]).squared() },
        GraphCase("slice", [Input([4, 5])]) { x in
            x[0].slice(starts: [1, 0], limits: [4, 5], strides: [2, 2]).squared()
        },
        GraphCase("pad", [Input([2, 3])]) { x in x[0].pad(low: [1, 0], high: [0, 2], interior: [1, 2]).exponential() },
        GraphCase("reverse", [Input([3, 4])]) { x in x[0].reverse([1]) * x[0] },
        GraphCase("gather from whole numbers that were cast", [Input([12], 0...9)], derivatives: 0) { x in
            let order = (11 - Tensor.iota([12], axis: 0)).cast(to: .int32)
            return x[0].floor().cast(to: .int32).cast(to: .float32).gather(order)
        },
        GraphCase("gather from what is read in place besides, cast", [Input([12], 0...9)], derivatives: 0) { x in
            let order = (11 - Tensor.iota([12], axis: 0)).cast(to: .int32)
            let table = x[0].floor().cast(to: .int32).cast(to: .float32)
            return table.gather(order) * 0.5 + table
        },
        GraphCase("gather from what is read in place besides", [Input([4, 3]), Input([4, 3])]) { x in
            let order = (3 - Tensor.iota([4], axis: 0)).cast(to: .int32)
            let table = x[0] * x[1]
            return table.gather(order) * x[1] + table
        },
        GraphCase("concatenate", [Input([2, 3]), Input([2, 1]), Input([2, 2])]) { x in
            Tensor.concatenate(x, axis: 1).squared()
        },
        GraphCase("concatenate parts that are wanted besides, one twice", [Input([4, 4]), Input([2, 8])]) { x in
            let (a, b) = (x[0].squared(), x[1].exponential().reshape([4, 4]))
            let joined = Tensor.concatenate([a, b, a])
            return Tensor.concatenate([joined, joined.slice(2..<6, axis: 0) * a, b]).sine()
        },
        GraphCase("concatenate a part with itself, and multiply it with some of both", [Input([4, 4])]) { x in
            let a = x[0].squared()
            return (a * Tensor.concatenate([a, a]).slice(2..<6, axis: 0)).sine()
        },
        GraphCase("windows: max pooling", [Input([1, 1, 4, 4])]) { x in
            x[0].windows([2, 2], strides: [2, 2]).maximum(over: [2, 3])
        },
        GraphCase("windows side by side, with a rest", [Input([2, 5, 7])]) { x in
            x[0].windows([2, 3], strides: [2, 3]).sum([1, 2]).squared()
        },
        GraphCase("windows that overlap, the largest of each", [Input([1, 5, 4])], derivatives: 1) { x in
            x[0].windows([3, 2], strides: [2, 1]).maximum(over: [1, 2]).squared()
        },
        GraphCase("windows that overlap", [Input([2, 7])]) { x in x[0].windows([3], strides: [2]).squared() },
        GraphCase("windows, dilated", [Input([6])]) { x in x[0].windows([2], strides: [1], dilations: [3]).squared() },
    ]

    private static let reduction: [GraphCase] = [
        GraphCase("sum of all", [Input([3, 4])]) { x in x[0].squared().sum() },
        GraphCase("sum of rows", [Input([3, 5])]) { x in x[0].squared().sum([1]).exponential() },
        GraphCase("sum of columns", [Input([5, 3])]) { x in x[0].squared().sum([0]).sine() },
        GraphCase("sum of the middle", [Input([2, 3, 2])]) { x in x[0].squared().sum([1]).squared() },
        GraphCase("maximum over rows", [Input([3, 4])]) { x in x[0].maximum(over: [1]).squared() },
        GraphCase("minimum over columns", [Input([3, 4])]) { x in x[0].minimum(over: [0]).squared() },
        GraphCase("mean", [Input([3, 4])]) { x in x[0].squared().mean([0]) },
        GraphCase("softmax", [Input([2, 5])]) { x in x[0].softmax(axis: 1) },
        GraphCase("logSumExp", [Input([3, 4])]) { x in x[0].logSumExp(axis: 0) },
        GraphCase("sum over nothing", [Input([0, 3])], derivatives: 0) { x in x[0].sum([0]) },
    ]

    private static let contraction: [GraphCase] = [
        GraphCase("matrix product", [Input([3, 4]), Input([4, 2])]) { x in x[0].dot(x[1]).squared() },
        GraphCase("left transposed", [Input([4, 3]), Input([4, 2])]) { x in x[0].transpose().dot(x[1]).squared() },
        GraphCase("right transposed", [Input([3, 4]), Input([2, 4])]) { x in x[0].dotTransposed(x[1]).squared() },
        GraphCase("both transposed", [Input([4, 3]), Input([2, 4])]) { x in
            x[0].transpose().dot(x[1].transpose()).squared()
        },
        GraphCase("result transposed", [Input([3, 4]), Input([4, 2])]) { x in x[0].dot(x[1]).transpose().squared() },
        GraphCase("batched", [Input([2, 3, 2]), Input([2, 2, 3])]) { x in
            x[0].dot(x[1], DotAxes(leftBatch: [0], rightBatch: [0], leftContract: [2], rightContract: [1])).squared()
        },
        GraphCase("two axes at once", [Input([2, 3, 2]), Input([3, 2, 2])]) { x in
            x[0].dot(x[1], DotAxes(leftContract: [1, 2], rightContract: [0, 1])).squared()
        },
        GraphCase("axes crossed", [Input([2, 3, 2]), Input([2, 3, 2])]) { x in
            x[0].dot(x[1], DotAxes(leftContract: [1, 2], rightContract: [1, 0])).squared()
        },
        GraphCase("vectors", [Input([5]), Input([5])]) { x in x[0].dot(x[1]).squared() },
        GraphCase("over nothing", [Input([3, 0]), Input([0, 2])], derivatives: 0) { x in x[0].dot(x[1]) + 1 },
    ]

    private static func convolving(
        _ name: String, _ input: Shape, _ filter: Shape, _ window: ConvolutionWindow
    ) -> GraphCase {
        GraphCase("convolution, \(name)", [Input(input), Input(filter)]) { x in x[0].convolve(x[1], window).squared() }
    }

    private static let convolution: [GraphCase] = [
        convolving("plain", [1, 2, 4, 4], [3, 2, 3, 3], ConvolutionWindow()),
        convolving(
            "strided and padded", [2, 1, 5, 4], [2, 1, 3, 2],
            ConvolutionWindow(stride: [2, 1], paddingLow: [1, 0], paddingHigh: [1, 1])),
        convolving("dilated filter", [1, 1, 6, 6], [1, 1, 2, 3], ConvolutionWindow(filterDilation: [3, 2])),
        convolving(
            "dilated input", [1, 2, 3, 3], [2, 2, 3, 3],
            ConvolutionWindow(paddingLow: [1, 1], paddingHigh: [2, 1], inputDilation: [2, 2])),
        convolving("grouped", [2, 4, 3, 3], [6, 2, 2, 2], ConvolutionWindow(groups: 2)),
        convolving(
            "grouped, with zeros between pixels", [1, 4, 3, 2], [2, 2, 3, 2],
            ConvolutionWindow(paddingLow: [1, 1], paddingHigh: [1, 1], inputDilation: [2, 2], groups: 2)),
        convolving(
            "each channel by itself", [2, 3, 4, 5], [3, 1, 3, 3],
            ConvolutionWindow(paddingLow: [1, 1], paddingHigh: [1, 1], groups: 3)),
        convolving(
            "each channel by itself, strided and dilated", [1, 2, 7, 6], [2, 1, 2, 3],
            ConvolutionWindow(
                stride: [2, 1], paddingLow: [0, 2], paddingHigh: [1, 1], filterDilation: [3, 2], groups: 2)),
        convolving("each channel to several", [1, 2, 4, 4], [6, 1, 2, 2], ConvolutionWindow(groups: 2)),
        convolving(
            "along one axis", [2, 3, 1, 7], [4, 3, 1, 3],
            ConvolutionWindow(stride: [1, 2], paddingLow: [0, 1], paddingHigh: [0, 1])),
        convolving(
            "many channels to one", [1, 16, 3, 4], [1, 16, 2, 3],
            ConvolutionWindow(paddingLow: [1, 0], paddingHigh: [0, 2])),
        convolving("pixel by pixel", [2, 3, 3, 2], [4, 3, 1, 1], ConvolutionWindow()),
        convolving("pixel by pixel, strided", [1, 2, 5, 3], [3, 2, 1, 1], ConvolutionWindow(stride: [2, 2])),
        convolving(
            "cropped", [1, 1, 5, 5], [1, 1, 2, 2], ConvolutionWindow(paddingLow: [-1, 0], paddingHigh: [0, -1])),
        GraphCase("convolution, transposed", [Input([1, 2, 3, 3]), Input([2, 3, 4, 4])]) { x in
            x[0].convolveTransposed(x[1], stride: 2, padding: 1)
        },
        GraphCase(
            "convolution, transposed, many channels to one", [Input([1, 16, 2, 3]), Input([16, 1, 4, 3])],
            derivatives: 1
        ) { x in x[0].convolveTransposed(x[1], stride: 2, padding: 1, outputPadding: 1) },
        // What follows a convolution is computed with its channels last.
        GraphCase("convolution, groups of its channels centred", [Input([1, 2, 3, 3]), Input([8, 2, 2, 2])]) { x in
            let groups = x[0].convolve(x[1]).reshape([1, 2, 4, 2, 2])
            let centred = groups - groups.mean([2, 3, 4], keepingAxes: true)
            let variance = centred.squared().mean([2, 3, 4], keepingAxes: true)
            return (centred / (variance + 0.5).squareRoot()).reshape([1, 8, 2, 2]).sigmoid()
        },
        GraphCase(
            "convolution of two convolutions side by side",
            [Input([1, 1, 3, 3]), Input([8, 1, 2, 2]), Input([2, 16, 1, 1])], derivatives: 1
        ) { x in
            let y = x[0].convolve(x[1])
            return Tensor.concatenate([y.sine(), y.tanh()], axis: 1).convolve(x[2])
        },
        GraphCase("convolution, enlarged", [Input([1, 1, 3, 3]), Input([8, 1, 2, 2])]) { x in
            let y = x[0].convolve(x[1]).reshape([1, 8, 2, 1, 2, 1])
            return y.broadcast(to: [1, 8, 2, 2, 2, 3], axes: [0, 1, 2, 3, 4, 5]).reshape([1, 8, 4, 6]).sine()
        },
        GraphCase("convolution, largest of its windows", [Input([1, 1, 6, 5]), Input([8, 1, 2, 2])], derivatives: 1) {
            x in
            x[0].convolve(x[1]).windows([2, 2], strides: [2, 2]).maximum(over: [2, 3]).squared()
        },
    ]

    private static let indexing: [GraphCase] = [
        GraphCase("gather, a single row", [Input([5, 3])]) { x in
            x[0].gather((Tensor.iota([1]) + 2).cast(to: .int32)).broadcast(to: [4, 3], axes: [0, 1]).squared()
        },
        GraphCase("gather", [Input([5, 3])]) { x in
            x[0].gather((Tensor.iota([4]) * 2 - 1).cast(to: .int32)).squared()
        },
        GraphCase("scatterAdd", [Input([6, 2])]) { x in
            let rows = (Tensor.iota([6]) * 0.7).floor().cast(to: .int32)
            return x[0].squared().scatterAdd(to: 5, indices: rows).squared()
        },
        GraphCase("addRows", [Input([5, 2]), Input([6, 2])]) { x in
            let rows = (Tensor.iota([6]) * 0.7).floor().cast(to: .int32)
            return x[0].squared().adding(x[1].squared(), at: rows).squared()
        },
    ]

    private static let decomposition: [GraphCase] = [
        GraphCase("solve", [Input([3, 3]), Input([3, 2])]) { x in (x[0] + Tensor.identity(3) * 5).solve(x[1]) },
        GraphCase("cholesky", [Input([3, 3])]) { x in
            (x[0].dotTransposed(x[0]) + Tensor.identity(3) * 3).cholesky()
        },
        GraphCase("symmetric eigenvalues", [Input([3, 3])]) { x in
            (x[0] + x[0].transpose() + Tensor.identity(3) * Tensor.iota([3, 3]) * 9).symmetricEigen().values
        },
        GraphCase("symmetric eigenvectors", [Input([3, 3])], derivatives: 1) { x in
            (x[0] + x[0].transpose() + Tensor.identity(3) * Tensor.iota([3, 3]) * 9).symmetricEigen().vectors.squared()
        },
        GraphCase("singular values", [Input([4, 3])], derivatives: 0) { x in x[0].singularValueDecomposition().s },
        GraphCase("qr", [Input([4, 3])], derivatives: 0) { x in
            let (q, r) = x[0].qr()
            return q.dot(r)
        },
    ]

    /// Shapes of graphs that stress the compiler's grouping rather than an op.
    private static let fusion: [GraphCase] = [
        GraphCase("a layer and its square", [Input([3, 4]), Input([5, 4]), Input([5])]) { x in
            let h = (x[0].dotTransposed(x[1]) + x[2]).tanh()
            return h * h + x[2]
        },
        GraphCase("a diamond through a reduction", [Input([3, 4])]) { x in
            let e = x[0].exponential()
            return e / e.sum([1], keepingAxes: true) + e
        },
        GraphCase("a map between two contractions", [Input([3, 3])]) { x in
            let a = x[0].dot(x[0]).sigmoid()
            return a.dot(x[0]) * a
        },
        GraphCase("one value read as stored and transposed", [Input([3, 3])]) { x in
            let a = x[0].sine()
            return a + a.transpose() * x[0]
        },
        GraphCase("two layers with shared input", [Input([2, 3]), Input([3, 3]), Input([3, 3])]) { x in
            x[0].dot(x[1]).tanh() * x[0].dot(x[2]).sigmoid()
        },
        GraphCase("a reduction of a reduction", [Input([2, 3, 4])]) { x in
            (x[0].squared().sum([2]).sine() * 2).sum([1]).exponential()
        },
        GraphCase("scalars", [Input([])]) { x in x[0].sine() * x[0] + x[0].exponential() },
        GraphCase("nothing at all", [Input([0])], derivatives: 0) { x in x[0].exponential() + 1 },
    ]
}
