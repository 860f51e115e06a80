import StrataBackend

/// How far a result may be from the oracle's: `absolute + relative · |expected|`, with `NaN` for `NaN`, an infinity
/// for the same infinity, and either zero for the other.
///
/// A case picks a preset by what it computes; u = 2⁻²⁴ is the rounding error of single precision.
public struct Tolerance: Sendable, Hashable {
    /// What the tolerance is for: `sum of 1024`.
    public var name: String
    /// The distance that is allowed at 0, and added everywhere else.
    public var absolute: Float
    /// The distance that is allowed for each unit of |expected|.
    public var relative: Float

    /// A tolerance of `absolute + relative · |expected|`, for what the presets do not cover.
    public init(_ name: String, absolute: Float, relative: Float) {
        self.name = name
        self.absolute = absolute
        self.relative = relative
    }

    /// Whether a result is near enough to the expected one; an infinity and `NaN` are near to themselves only.
    public func admits(_ value: Float, expected: Float) -> Bool {
        if value == expected || value.isNaN && expected.isNaN { return true }
        guard value.isFinite, expected.isFinite else { return false }
        return abs(value - expected) <= absolute + relative * abs(expected)
    }

    /// Loads and stores of every type, comparisons, choices, single additions and products, uniform draws.
    public static let exact = Tolerance("exact", absolute: 0, relative: 0)

    /// Division and square root, which OpenCL lets be 3 ulp off, and sums of products that may be fused.
    public static let rounded = Tolerance("rounded", absolute: 0x1p-23, relative: 0x1p-21)

    /// Transcendental functions: 64 u, and as much where the value is near 0.
    public static let elementary = Tolerance("elementary", absolute: 0x1p-22, relative: 0x1p-18)

    /// Functions that promise all their digits near 0. Denormals may be flushed.
    public static let nearZero = Tolerance("near zero", absolute: Float.leastNormalMagnitude, relative: 0x1p-18)

    /// Several transcendental functions one after another.
    public static let fused = Tolerance("fused", absolute: 0x1p-19, relative: 0x1p-16)

    /// The cosine of a draw's angle carries the rounding of 2πu₁, magnified by a radius of up to 5.8.
    public static let normalDraw = Tolerance("normal draw", absolute: 0x1p-17, relative: 0x1p-18)

    /// A sum of so many terms of magnitude 1 at most, in any order: u for each. Equal terms all round the same way,
    /// so that a long sum of them is off by a quarter of u for each term, relatively.
    public static func sum(_ terms: Int) -> Tolerance {
        Tolerance(
            "sum of \(terms)", absolute: 0x1p-24 * Float(16 + terms),
            relative: 0x1p-24 * Float(16 + min(terms, 1024) / 4))
    }

    /// A factorisation of an n-row matrix of numbers on [−1, 1), in single precision throughout: 64 u for each row.
    public static func factorisation(_ n: Int) -> Tolerance {
        Tolerance("factorisation of \(n)", absolute: 0x1p-18 * Float(4 + n), relative: 0x1p-18)
    }

    /// A derivative against differences of a function whose values are about `value`: their rounding, divided by a
    /// step of a hundredth.
    public static func finiteDifference(of value: Float) -> Tolerance {
        Tolerance("finite difference", absolute: 5e-3 * max(1, abs(value)), relative: 5e-3)
    }
}

extension Unary {
    /// What a backend's version may be off.
    var tolerance: Tolerance {
        switch self {
        case .negate, .absolute, .sign, .floor, .round, .relu, .isFinite: .exact
        case .squareRoot, .reciprocal: .rounded
        case .exponential, .logarithm, .sine, .cosine, .tanh, .sigmoid, .softplus, .errorFunction: .elementary
        case .exponentialMinusOne, .logarithmOnePlus: .nearZero
        }
    }
}

extension Binary {
    /// What a backend's version may be off.
    var tolerance: Tolerance {
        switch self {
        case .add, .subtract, .multiply, .maximum, .minimum, .less, .lessOrEqual, .equal, .notEqual: .exact
        case .divide: .rounded
        case .power: .elementary
        }
    }
}
