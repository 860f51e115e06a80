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

    public enum Instruction: Hashable, Sendable {
        /// The element that `operands[i]` finds for the current index.
        case load(Int)
        /// What the kernel accumulated for this element: the sum of a reduction, the product of a contraction.
        /// Only an epilogue has one.
        case accumulator
        case constant(Float)
        /// The whole number `offset + Σ index·stride`, as a `Float`.
        case iota(Access)
        /// A random draw; see `Draw`.
        case random(Draw)
        case unary(Unary, Value)
        case binary(Binary, Value, Value)
        /// `condition != 0 ? first : second`; both are always computed.
        case select(Value, Value, Value)
    }

    public var operands: [Operand] = []
    public var instructions: [Instruction] = []

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
    case negate, absolute
    /// −1, 0 or 1; `sign(±0)` is 0.
    case sign
    case floor
    /// To the nearest whole number, halves to even.
    case round
    case exponential
    /// `e^x − 1`, exact near zero.
    case exponentialMinusOne
    case logarithm
    /// `log(1 + x)`, exact near zero.
    case logarithmOnePlus
    case squareRoot, reciprocal
    case sine, cosine, tanh
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
    case add, subtract, multiply, divide
    /// `NaN` where either side is.
    case maximum, minimum
    /// `a^b` for a ≥ 0, or any a and whole b.
    case power
    case less, lessOrEqual, equal, notEqual
}

/// A random number drawn at each index by a counter-based generator: see `Threefry`.
///
/// The bits depend on the key, the stream and the element's logical index alone, so they are equal on every
/// backend, however the computation is tiled, fused or spread over threads.
public struct Draw: Hashable, Sendable {
    public enum Distribution: UInt8, Sendable, Hashable, CaseIterable {
        /// Uniform on [0, 1): `Float(bits >> 8) * 0x1p-24`, from the first word. The same bits everywhere.
        case uniform
        /// Standard normal by Box and Muller (1958): `sqrt(−2 log(1 − u₀)) · cos(2π u₁)`, from both words.
        /// Equal to a few ulp everywhere.
        case normal
    }

    public var distribution: Distribution
    /// Tells apart the draws that share a key.
    public var stream: UInt32
    /// Two int32 values, the seed and the step; only its slot and offset matter.
    public var key: Operand
    /// The counter of an index: `offset + Σ index·stride`.
    public var counter: Access

    public init(distribution: Distribution, stream: UInt32, key: Operand, counter: Access) {
        self.distribution = distribution
        self.stream = stream
        self.key = key
        self.counter = counter
    }
}
