/// The instructions of a program. A backend implements those it can; the rest are split into simpler ones by the
/// compiler or run on the host (see `Backend.supports`).
public enum Kernel: Hashable, Sendable {
    /// An expression at every index: the elementwise work.
    case map(Map)
    /// A sum, maximum or minimum over some dimensions, with an expression before and one after.
    case reduce(Reduce)
    /// A batched matrix product with an expression after.
    case contract(Contract)
    /// A two-dimensional cross-correlation with an expression after.
    case convolve(Convolve)
    /// Rows added to the rows of a table that indices name.
    case scatterAdd(ScatterAdd)
    /// A factorisation of a whole matrix, or the solution of a linear system.
    case decompose(Decompose)
}

/// An expression evaluated at every index of a dense iteration space: fused arithmetic, copies, gathers, draws.
public struct Map: Hashable, Sendable {
    /// At least one extent; any may be 0. Dimensions that could be merged have been.
    public var extents: [Int]
    /// What is computed at every index; it has no `accumulator`.
    public var expression: Expression
    /// Stores write disjoint memory.
    public var stores: [Store]

    /// A map over `extents`, to whose dimensions every access has one stride each. Nothing is checked.
    public init(extents: [Int], expression: Expression, stores: [Store]) {
        self.extents = extents
        self.expression = expression
        self.stores = stores
    }
}

/// `epilogue(combine over the reduced dimensions of prologue)`.
///
/// The iteration space is `kept` followed by `reduced`. The prologue's accesses have a stride for each of both;
/// the epilogue's and the stores' for each kept dimension only. An empty reduction gives the combiner's identity.
public struct Reduce: Hashable, Sendable {
    /// How the terms of a reduction become one.
    public enum Combiner: UInt8, Sendable, Hashable, CaseIterable {
        /// Σ of the terms, in an order that each backend chooses.
        case sum
        /// The largest term; `NaN` where any is.
        case maximum
        /// The least term; `NaN` where any is.
        case minimum

        /// What an empty reduction gives.
        public var identity: Float {
            switch self {
            case .sum: 0
            case .maximum: -Float.infinity
            case .minimum: Float.infinity
            }
        }
    }

    /// At least one extent each; a full reduction keeps one dimension of extent 1.
    public var kept: [Int]
    /// The extents of the dimensions that vanish, with which the prologue's accesses end.
    public var reduced: [Int]
    /// How the prologue's values along the reduced dimensions become the epilogue's `accumulator`.
    public var combiner: Combiner
    /// Its last value is what is combined.
    public var prologue: Expression
    /// What is computed from each combined value, its `accumulator`.
    public var epilogue: Expression
    /// Where the epilogue's values go; stores write disjoint memory.
    public var stores: [Store]

    /// A reduction of `prologue` over `reduced` for every index of `kept`. Nothing is checked.
    public init(
        kept: [Int], reduced: [Int], combiner: Combiner, prologue: Expression, epilogue: Expression, stores: [Store]
    ) {
        self.kept = kept
        self.reduced = reduced
        self.combiner = combiner
        self.prologue = prologue
        self.epilogue = epilogue
        self.stores = stores
    }
}

/// `epilogue(Σₖ lhs[b, m, k] · rhs[b, k, n])`: a batched matrix product that finishes each element while it is hot.
///
/// Batch, m, n and k are groups of dimensions, each gone through row-major as if it were one. So a factor may be any
/// array where it lies, transposed, repeated, or seen through windows that overlap: a convolution is a contraction
/// over (channel, row of the filter, column of the filter) whose m are the places of the image. Where every group is one
/// dimension it is a `MatrixProduct`.
///
/// Accesses of `lhs` have strides for batch + m + k, of `rhs` for batch + k + n, of the epilogue and the stores for
/// batch + m + n. Both operands are float32. A sum over no elements is 0.
public struct Contract: Hashable, Sendable {
    /// Extents of the dimensions that both sides and the result have: a product for each of their indices.
    public var batch: [Int]
    /// Extents of the rows of the left side and of the result.
    public var m: [Int]
    /// Extents of the columns of the right side and of the result.
    public var n: [Int]
    /// Extents of what is summed over: columns of the left side, rows of the right.
    public var k: [Int]
    /// The left side, with strides for batch + m + k.
    public var lhs: Operand
    /// The right side, with strides for batch + k + n.
    public var rhs: Operand
    /// What is computed from each sum, its `accumulator`, at batch + m + n.
    public var epilogue: Expression
    /// Where the epilogue's values go, with strides for batch + m + n; stores write disjoint memory.
    public var stores: [Store]

    /// A product of [batch…, m…, k…] and [batch…, k…, n…]. Nothing is checked.
    public init(
        batch: [Int], m: [Int], n: [Int], k: [Int], lhs: Operand, rhs: Operand, epilogue: Expression, stores: [Store]
    ) {
        self.batch = batch
        self.m = m
        self.n = n
        self.k = k
        self.lhs = lhs
        self.rhs = rhs
        self.epilogue = epilogue
        self.stores = stores
    }

    /// A product of [batch, m, k] and [batch, k, n]. Nothing is checked.
    public init(
        batch: Int, m: Int, n: Int, k: Int, lhs: Operand, rhs: Operand, epilogue: Expression, stores: [Store]
    ) {
        self.init(
            batch: [batch], m: [m], n: [n], k: [k], lhs: lhs, rhs: rhs, epilogue: epilogue, stores: stores)
    }
}

/// A `Contract` each of whose groups is one dimension: a product of [batch, m, k] and [batch, k, n] at any strides.
///
/// Backends that have no kernel for groups of dimensions admit these alone (see `Backend.supports`); the compiler copies
/// the factors of the others together.
public struct MatrixProduct: Hashable, Sendable {
    /// The number of products; 1 for a single one.
    public var batch: Int
    /// Rows of the left side and of the result.
    public var m: Int
    /// Columns of the right side and of the result.
    public var n: Int
    /// Terms of each sum: columns of the left side, rows of the right.
    public var k: Int
    /// The left side, with strides for (batch, m, k).
    public var lhs: Operand
    /// The right side, with strides for (batch, k, n).
    public var rhs: Operand
    /// What is computed from each sum, its `accumulator`, at (batch, m, n).
    public var epilogue: Expression
    /// Where the epilogue's values go, with strides for (batch, m, n); stores write disjoint memory.
    public var stores: [Store]

    /// The contraction, if each of its groups is one dimension.
    public init?(_ contract: Contract) {
        guard [contract.batch, contract.m, contract.n, contract.k].allSatisfy({ $0.count == 1 }) else { return nil }
        (batch, m, n, k) = (contract.batch[0], contract.m[0], contract.n[0], contract.k[0])
        (lhs, rhs, epilogue, stores) = (contract.lhs, contract.rhs, contract.epilogue, contract.stores)
    }
}

/// `epilogue` of a two-dimensional cross-correlation; a backend without one gets windows copied out and a `contract`.
///
/// Dense arrays: input [N, C, H, W], filter [O, C / groups, KH, KW], output [N, O, OH, OW]; the epilogue's and the
/// stores' accesses have strides for the output's four dimensions.
public struct Convolve: Hashable, Sendable {
    /// Float32 [N, C, H, W]: examples, channels, height, width.
    public var input: ArrayOperand
    /// Float32 [O, C / groups, KH, KW]: output channels, the input channels that each sees, height, width.
    public var filter: ArrayOperand
    /// How the filter moves: stride, padding, dilations, groups.
    public var window: ConvolutionWindow
    /// [N, O, OH, OW], which follows from the input, the filter and the window.
    public var outputShape: Shape
    /// What is computed from each correlation, its `accumulator`, at (n, o, y, x).
    public var epilogue: Expression
    /// Where the epilogue's values go, with strides for (n, o, y, x); stores write disjoint memory.
    public var stores: [Store]

    /// A convolution of dense arrays into `outputShape`. Nothing is checked.
    public init(
        input: ArrayOperand, filter: ArrayOperand, window: ConvolutionWindow, outputShape: Shape,
        epilogue: Expression, stores: [Store]
    ) {
        self.input = input
        self.filter = filter
        self.window = window
        self.outputShape = outputShape
        self.epilogue = epilogue
        self.stores = stores
    }
}

/// How a filter moves over an input; each pair is (height, width).
public struct ConvolutionWindow: Hashable, Sendable {
    /// Steps from one position of the filter to the next, over the padded and dilated input; at least 1.
    public var stride: [Int]
    /// Zeros before and after each spatial axis; negative crops.
    public var paddingLow: [Int], paddingHigh: [Int]
    /// `d − 1` zeros between neighbours: of the input (a transposed convolution), of the filter (an atrous one).
    public var inputDilation: [Int], filterDilation: [Int]
    /// The number of groups that the input and the output channels form: a filter sees the input channels of its own
    /// group only. 1 for a full convolution, C for a depthwise one.
    public var groups: Int

    /// A window that moves by 1 without padding, dilation or groups unless told otherwise. Nothing is checked here: a
    /// graph refuses what does not fit its input and filter.
    public init(
        stride: [Int] = [1, 1], paddingLow: [Int] = [0, 0], paddingHigh: [Int] = [0, 0],
        inputDilation: [Int] = [1, 1], filterDilation: [Int] = [1, 1], groups: Int = 1
    ) {
        self.stride = stride
        self.paddingLow = paddingLow
        self.paddingHigh = paddingHigh
        self.inputDilation = inputDilation
        self.filterDilation = filterDilation
        self.groups = groups
    }
}

/// `target[r, :] = start + Σ over i with indices[i] = r of updates[i, :]`, where every row starts at 0, or, if the
/// kernel accumulates, at what the target holds: then rows never named are not touched, and the cost is that of the
/// updates.
///
/// Terms are added to the start in the order of `i`; indices outside `0 ..< rows` are clamped.
public struct ScatterAdd: Hashable, Sendable {
    /// Float32 [rows, width].
    public var target: ArrayOperand
    /// Int32 [count].
    public var indices: ArrayOperand
    /// Float32 [count, width].
    public var updates: ArrayOperand
    /// Whether rows start at what the target holds.
    public var accumulates: Bool

    /// A scatter into `target`, whose rows start at 0 unless it accumulates. Nothing is checked.
    public init(target: ArrayOperand, indices: ArrayOperand, updates: ArrayOperand, accumulates: Bool = false) {
        self.target = target
        self.indices = indices
        self.updates = updates
        self.accumulates = accumulates
    }
}

/// A factorisation of a whole matrix. Its results follow one another in one float32 array.
///
/// The component of largest magnitude of each eigenvector and of each row of Vᵀ is positive (of several within a
/// thousandth of it, the first), so that signs do not depend on the method; U turns with Vᵀ.
public struct Decompose: Hashable, Sendable {
    /// Which factorisation, of what, into what; r is the shorter side.
    public enum Method: UInt8, Sendable, Hashable, CaseIterable {
        /// A [m, n] → U [m, r], S [r] descending, Vᵀ [r, n], r = min(m, n).
        case singularValues
        /// Symmetric A [n, n] → eigenvalues [n] ascending, eigenvectors [n, n] as columns.
        case symmetricEigen
        /// A [m, n] → Q [m, r], R [r, n], diagonal of R not negative.
        case qr
        /// Positive definite A [n, n] → lower L [n, n] with A = L Lᵀ; `NaN` where A is not positive definite.
        case cholesky
        /// A [n, n], B [n, k] → X [n, k] with A X = B; `NaN` where A is singular.
        case solve
    }

    /// Which factorisation; it says how many inputs there are and of which shapes.
    public var method: Method
    /// Float32 matrices: A, or A and B for `solve`.
    public var inputs: [ArrayOperand]
    /// One float32 array that holds all results, one after another in the order of the method's list.
    public var output: ArrayOperand

    /// A factorisation of `inputs` into `output`. Nothing is checked.
    public init(method: Method, inputs: [ArrayOperand], output: ArrayOperand) {
        self.method = method
        self.inputs = inputs
        self.output = output
    }
}
