public import StrataBackend

/// The primitives of a graph: what a node computes from its inputs.
///
/// The set is closed under differentiation: every gradient rule (`Gradient+Rules.swift`) is written in these same
/// ops, so a gradient can be differentiated again. There is no implicit broadcasting; the front end inserts
/// `broadcast`. All arithmetic is float32; other types enter by `cast` and `gather`.
package enum Op: Hashable, Sendable {
    // MARK: Leaves

    /// A value given at each run.
    case input(name: String, TensorType)
    /// A value that lives on the device between runs: a weight, a moment, a Markov chain.
    case state(StateVariable)
    /// One number at every index.
    case constant(Float, Shape)
    /// A constant array.
    case literal(Literal)
    /// Its own index along an axis.
    case iota(Shape, axis: Int)
    /// Independent draws; the input is the key, int32 [2]: the seed and the step.
    case random(Draw.Distribution, stream: UInt32, Shape)

    // MARK: Elementwise

    case unary(Unary)
    case binary(Binary)
    /// `input 0 ≠ 0 ? input 1 : input 2`
    case select
    /// To another element type; into whole numbers it truncates towards zero.
    case cast(DType)
    /// The input, as a constant to the gradient.
    case stopGradient

    // MARK: Movement

    /// Input axis `i` becomes output axis `axes[i]`; extents of 1 and the other output axes are repeated.
    case broadcast(Shape, axes: [Int])
    case reshape(Shape)
    /// Output axis `i` is input axis `permutation[i]`.
    case transpose(permutation: [Int])
    case slice(starts: [Int], limits: [Int], strides: [Int])
    /// Zeros before, after and between the elements of each axis.
    case pad(low: [Int], high: [Int], interior: [Int])
    case reverse(axes: [Int])
    case concatenate(axis: Int)
    /// Sliding windows over the last axes: [lead…, extent…] → [lead…, size…, positions…]. A view: nothing is copied.
    case windows(size: [Int], strides: [Int], dilations: [Int])

    // MARK: Reduction and contraction

    /// Over the axes, which vanish.
    case reduce(Reduce.Combiner, axes: [Int])
    case dot(DotAxes)
    /// Two-dimensional cross-correlation of [N, C, H, W] with [O, C / groups, KH, KW].
    case convolve(ConvolutionWindow)

    // MARK: Indexing

    /// Rows of input 0 named by the int32 vector input 1; indices are clamped.
    case gather
    /// Float32 [rows, …]: row `r` is the sum of those rows of input 1 whose index (input 0) is `r`.
    case scatterAdd(rows: Int)
    /// Float32 [rows, …]: input 0, to whose row `r` those rows of input 2 are added, in order, whose index (input 1) is
    /// `r`.
    case addRows

    // MARK: Linear algebra

    /// One flat vector that holds the results one after the other; see `Decompose.Method`.
    case decompose(Decompose.Method)

    // MARK: Errors

    /// A mistake made while building, thrown when the graph is traced.
    case invalid(String)

    /// The name in listings and messages.
    package var name: String {
        switch self {
        case .input: "input"
        case .state: "state"
        case .constant: "constant"
        case .literal: "literal"
        case .iota: "iota"
        case .random(let distribution, _, _): "\(distribution)"
        case .unary(let function): "\(function)"
        case .binary(let function): "\(function)"
        case .select: "select"
        case .cast: "cast"
        case .stopGradient: "stopGradient"
        case .broadcast: "broadcast"
        case .reshape: "reshape"
        case .transpose: "transpose"
        case .slice: "slice"
        case .pad: "pad"
        case .reverse: "reverse"
        case .concatenate: "concatenate"
        case .windows: "windows"
        case .reduce(let combiner, _): "reduce.\(combiner)"
        case .dot: "dot"
        case .convolve: "convolve"
        case .gather: "gather"
        case .scatterAdd: "scatterAdd"
        case .addRows: "addRows"
        case .decompose(let method): "\(method)"
        case .invalid: "invalid"
        }
    }
}

/// What a node is made of: extents and element type.
public struct TensorType: Hashable, Sendable, CustomStringConvertible {
    /// The extents; `[]` for a scalar.
    public var shape: Shape
    /// The type that elements are stored as; arithmetic takes float32 alone.
    public var dtype: DType

    /// The type of arrays of `shape`, float32 unless told otherwise. Nothing is checked.
    public init(_ shape: Shape, _ dtype: DType = .float32) {
        self.shape = shape
        self.dtype = dtype
    }

    /// Bytes that the elements take; `Int.max` where they are more than can be counted.
    public var byteCount: Int { shape.elementCount.saturatingMultiplied(by: dtype.byteCount) }
    public var description: String { "\(dtype.name) \(shape)" }
}

/// Which axes of the two sides of a `dot` run together; the result has the batch axes, then the free axes of the
/// left side, then those of the right, each in their own order.
public struct DotAxes: Hashable, Sendable {
    /// Axes of either side that are paired in their order and stay: a product for each of their indices.
    public var leftBatch: [Int], rightBatch: [Int]
    /// Axes of either side that are paired in their order and summed over.
    public var leftContract: [Int], rightContract: [Int]

    /// The pairing of these axes, without batch axes unless given. Nothing is checked here: a `dot` refuses axes that
    /// repeat, are missing, or differ in extent.
    public init(leftBatch: [Int] = [], rightBatch: [Int] = [], leftContract: [Int], rightContract: [Int]) {
        self.leftBatch = leftBatch
        self.rightBatch = rightBatch
        self.leftContract = leftContract
        self.rightContract = rightContract
    }

    /// The left side's axes that are neither batch nor summed over, ascending, where it has `rank` axes.
    public func leftFree(rank: Int) -> [Int] {
        (0..<max(rank, 0)).filter { !leftBatch.contains($0) && !leftContract.contains($0) }
    }
    /// The right side's axes that are neither batch nor summed over, ascending, where it has `rank` axes.
    public func rightFree(rank: Int) -> [Int] {
        (0..<max(rank, 0)).filter { !rightBatch.contains($0) && !rightContract.contains($0) }
    }
}
