public import StrataBackend

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension Unary {
    /// The function's value in single precision.
    public func callAsFunction(_ x: Float) -> Float {
        switch self {
        case .negate: -x
        case .absolute: abs(x)
        case .sign: x > 0 ? 1 : x < 0 ? -1 : x.isNaN ? x : 0
        case .floor: x.rounded(.down)
        case .round: x.rounded(.toNearestOrEven)
        case .exponential: expf(x)
        case .exponentialMinusOne: expm1f(x)
        case .logarithm: logf(x)
        case .logarithmOnePlus: log1pf(x)
        case .squareRoot: x.squareRoot()
        case .reciprocal: 1 / x
        case .sine: sinf(x)
        case .cosine: cosf(x)
        case .tanh: tanhf(x)
        case .sigmoid: 1 / (1 + expf(-x))
        case .softplus: (x > 0 ? x : 0) + log1pf(expf(-abs(x)))
        case .relu: x > 0 || x.isNaN ? x : 0
        case .errorFunction: erff(x)
        case .isFinite: x.isFinite ? 1 : 0
        }
    }
}

extension Binary {
    /// The function's value in single precision.
    public func callAsFunction(_ a: Float, _ b: Float) -> Float {
        switch self {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .maximum: a.isNaN || b.isNaN ? .nan : a > b ? a : b
        case .minimum: a.isNaN || b.isNaN ? .nan : a < b ? a : b
        case .power: powf(a, b)
        case .less: a < b ? 1 : 0
        case .lessOrEqual: a <= b ? 1 : 0
        case .equal: a == b ? 1 : 0
        case .notEqual: a != b ? 1 : 0
        }
    }
}

extension Draw.Distribution {
    /// The number that a block of random words stands for. The normal is computed in double precision, so that it is
    /// the nearest `Float` to what Box and Muller's formula means.
    public func callAsFunction(_ words: Threefry.Words) -> Float {
        switch self {
        case .uniform:
            return Threefry.uniform(words.0)
        case .normal:
            let radius = (-2 * log(1 - Double(Threefry.uniform(words.0)))).squareRoot()
            return Float(radius * cos(2 * Double.pi * Double(Threefry.uniform(words.1))))
        }
    }
}

extension Reduce.Combiner {
    /// Folds one more term in. A double holds every `Float`, so maxima and minima are exact.
    @inline(__always)
    func callAsFunction(_ total: Double, _ term: Float) -> Double {
        switch self {
        case .sum: total + Double(term)
        case .maximum: total.isNaN || term.isNaN ? .nan : max(total, Double(term))
        case .minimum: total.isNaN || term.isNaN ? .nan : min(total, Double(term))
        }
    }
}
