/// A fused elementwise computation: straight-line code over the elements of an iteration space.
///
/// Instruction `i` defines value `i` and may use only values before it. Every value is a `Float`. A backend may
/// interpret the instructions over blocks of elements or generate code from them; either way the element at an
/// index never depends on any other element, so tiling and threads cannot change a result.
///
/// ```
/// // relu(x + b): b is broadcast along the rows of x
/// var e = Expression()
/// let x = e.load(Operand(slot: 1, dtype: .float32, strides: [400, 1]))
/// let b = e.load(Operand(slot: 2, dtype: .float32, strides: [0, 1]))
/// let y = e.append(.unary(.relu, e.append(.binary(.add, x, b))))
/// ```
public struct Expression: Hashable, Sendable {
    /// Index of the instruction that defines a value.
    public typealias Value = Int

    /// One step of an expression: it defines one value, and the values that it names are those of steps before it.
    public enum Instruction: Hashable, Sendable {
        /// The element that `operands[i]` finds for the current index.
        case load(Int)
        /// What the kernel accumulated for this element: the sum of a reduction, the product of a contraction.
        /// Only an epilogue has one.
        case accumulator
        /// The same number at every index.
        case constant(Float)
        /// The whole number `offset + Σ index·stride`, as a `Float`.
        case iota(Access)
        /// A random draw; see `Draw`.
        case random(Draw)
        /// A function of one earlier value.
        case unary(Unary, Value)
        /// A function of two earlier values, the left side first.
        case binary(Binary, Value, Value)
        /// `condition != 0 ? first : second`; both are always computed.
        case select(Value, Value, Value)
    }

    /// The places that `load` instructions read, by position; `load(_:)` adds none twice.
    public var operands: [Operand] = []
    /// The steps in order: number `i` defines value `i`.
    public var instructions: [Instruction] = []

    /// An expression without operands and instructions, to which `load` and `append` add.
    public init() {}

    /// Adds an instruction and returns the value that it defines.
    public mutating func append(_ instruction: Instruction) -> Value {
        instructions.append(instruction)
        return instructions.count - 1
    }

    /// Adds an operand (or finds the equal one) and the instruction that loads it.
    public mutating func load(_ operand: Operand) -> Value {
        let position: Int
        if let known = operands.firstIndex(of: operand) {
            position = known
        } else {
            position = operands.count
            operands.append(operand)
        }
        if let value = instructions.firstIndex(of: .load(position)) { return value }
        return append(.load(position))
    }
}

/// Functions of one value. `NaN` in gives `NaN` out, except for `isFinite`.
public enum Unary: UInt8, Sendable, Hashable, CaseIterable {
    /// `−x`
    case negate
    /// `|x|`
    case absolute
    /// −1, 0 or 1; `sign(±0)` is 0.
    case sign
    /// The largest whole number that is not above the value.
    case floor
    /// To the nearest whole number, halves to even.
    case round
    /// `e^x`
    case exponential
    /// `e^x − 1`, exact near zero.
    case exponentialMinusOne
    /// The natural logarithm: −∞ at 0, `NaN` below.
    case logarithm
    /// `log(1 + x)`, exact near zero.
    case logarithmOnePlus
    /// The square root: `NaN` below 0.
    case squareRoot
    /// `1 / x`: infinite at ±0, with its sign.
    case reciprocal
    /// The sine or the cosine of an angle in radians.
    case sine, cosine
    /// The hyperbolic tangent, on −1 … 1.
    case tanh
    /// `1 / (1 + e^−x)`
    case sigmoid
    /// `log(1 + e^x)`, without overflow.
    case softplus
    /// `max(x, 0)`
    case relu
    /// The Gauss error function.
    case errorFunction
    /// 1 where the value is neither infinite nor `NaN`, else 0.
    case isFinite
}

/// Functions of two values. Comparisons give 1 or 0 (0 when a side is `NaN`, except `notEqual`).
public enum Binary: UInt8, Sendable, Hashable, CaseIterable {
    /// Arithmetic in single precision; a division by ±0 gives an infinity, or `NaN` for 0 / 0.
    case add, subtract, multiply, divide
    /// `NaN` where either side is.
    case maximum, minimum
    /// `a^b` for a ≥ 0, or any a and whole b.
    case power
    /// 1 where the left side stands in this relation to the right one, else 0; +0 and −0 are equal.
    case less, lessOrEqual, equal, notEqual
}

/// A random number drawn at each index by a counter-based generator: see `Threefry`.
///
/// The bits depend on the key, the stream and the element's logical index alone, so they are equal on every
/// backend, however the computation is tiled, fused or spread over threads.
public struct Draw: Hashable, Sendable {
    /// What random words are turned into: one of two standard distributions, to be scaled and shifted by arithmetic.
    public enum Distribution: UInt8, Sendable, Hashable, CaseIterable {
        /// Uniform on [0, 1): `Float(bits >> 8) * 0x1p-24`, from the first word. The same bits everywhere.
        case uniform
        /// Standard normal by Box and Muller (1958): `sqrt(−2 log(1 − u₀)) · cos(2π u₁)`, from both words.
        /// Equal to a few ulp everywhere.
        case normal
    }

    /// What is drawn: uniform on [0, 1) or standard normal.
    public var distribution: Distribution
    /// Tells apart the draws that share a key.
    public var stream: UInt32
    /// Two int32 values, the seed and the step; only its slot and offset matter.
    public var key: Operand
    /// The counter of an index: `offset + Σ index·stride`.
    public var counter: Access

    /// A draw from stream `stream` of the key at each index. Nothing is checked.
    public init(distribution: Distribution, stream: UInt32, key: Operand, counter: Access) {
        self.distribution = distribution
        self.stream = stream
        self.key = key
        self.counter = counter
    }
}
