import StrataBackend

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How a variable starts. Draws come from the counter-based generator, keyed by the seed and the variable's name,
/// so they are the same on every backend and do not depend on which other variables exist.
public enum Initializer: Hashable, Sendable {
    /// The same number for every element.
    case constant(Float)
    /// Independent draws, uniform on [low, high).
    case uniform(low: Float, high: Float)
    /// Independent normal draws.
    case normal(mean: Float, standardDeviation: Float)
    /// Normal before it was cut off: draws outside low … high do not occur. `low` is less than `high`.
    case truncatedNormal(mean: Float, standardDeviation: Float, low: Float, high: Float)
    /// A matrix of orthonormal rows or columns, whichever are fewer, times the gain (Saxe, McClelland and Ganguli 2014). Of
    /// more than two axes, all but the first are one.
    case orthogonal(gain: Float)
    /// Given elements, of the variable's own shape.
    case values(Literal)

    /// All elements 0: the start of most biases and of optimizers' moments.
    public static var zeros: Initializer { .constant(0) }

    /// Uniform on ±√(1/fanIn), PyTorch's default for linear layers.
    public static func linear(fanIn: Int) -> Initializer {
        let bound = 1 / Float(max(fanIn, 1)).squareRoot()
        return .uniform(low: -bound, high: bound)
    }

    /// Uniform on ±√(6 / (fanIn + fanOut)) (Glorot and Bengio 2010), for tanh and sigmoid layers.
    public static func glorot(fanIn: Int, fanOut: Int) -> Initializer {
        let bound = (6 / max(Float(fanIn) + Float(fanOut), 1)).squareRoot()
        return .uniform(low: -bound, high: bound)
    }

    /// Normal with variance 2 / fanIn (He et al. 2015), for rectified layers.
    public static func he(fanIn: Int) -> Initializer {
        .normal(mean: 0, standardDeviation: (2 / Float(max(fanIn, 1))).squareRoot())
    }

    /// The starting value as a graph of the key (int32 [2]: the seed and 0).
    public func value(of variable: StateVariable, key: Tensor) -> Tensor {
        let shape = variable.type.shape
        let stream = RandomKey(key).named(variable.name)
        let value: Tensor =
            switch self {
            case .constant(let value): Tensor.constant(value, shape)
            case .uniform(let low, let high): stream.uniform(shape) * (high - low) + low
            case .normal(let mean, let deviation): stream.normal(shape) * deviation + mean
            case .truncatedNormal(let mean, let deviation, let low, let high):
                truncatedDraws(stream.uniform(shape), mean, deviation, low, high, variable.name)
            case .orthogonal(let gain): orthogonalDraws(stream, shape, variable.name) * gain
            case .values(let literal):
                literal.type.shape == shape
                    ? Tensor.literal(literal)
                    : .invalid(
                        "initializer of '\(variable.name)': expected \(shape), the values are \(literal.type.shape)")
            }
        return value.cast(to: variable.type.dtype)
    }
}

/// Q of the QR decomposition of normal draws; that R's diagonal is not negative makes it uniform among orthogonal matrices
/// (Mezzadri 2007).
private func orthogonalDraws(_ stream: RandomKey, _ shape: Shape, _ name: String) -> Tensor {
    guard shape.rank >= 2 else {
        return .invalid("orthogonal initializer of '\(name)': expected two axes or more, the shape is \(shape)")
    }
    guard shape.isPossible, shape.elementCount > 0 else { return .constant(0, shape) }
    let (rows, columns) = (shape[0], shape.elementCount / shape[0])
    let draws = stream.normal([max(rows, columns), min(rows, columns)])
    let q = draws.qr().q
    return (rows < columns ? q.transpose() : q).reshape(shape)
}

/// Normal numbers between two bounds, from uniform ones by the inverse of the distribution function.
private func truncatedDraws(
    _ uniform: Tensor, _ mean: Float, _ deviation: Float, _ low: Float, _ high: Float, _ name: String
) -> Tensor {
    guard deviation > 0, low < high else {
        return .invalid(
            "truncated normal initializer of '\(name)': expected low < high and a positive standard deviation, "
                + "they are \(low), \(high) and \(deviation)")
    }
    /// The error function at a bound.
    func bound(_ x: Float) -> Double { erf((Double(x) - Double(mean)) / (Double(deviation) * 2.0.squareRoot())) }
    let (first, last) = (bound(low), bound(high))
    let x = inverseErrorFunction(uniform * Float(last - first) + Float(first))
    return (x * (deviation * Float(2).squareRoot()) + mean).maximum(low).minimum(high)
}

/// The x with `erf(x) = y`: Winitzki's approximation (2008), within 0.002, and two steps of Newton's method.
private func inverseErrorFunction(_ y: Tensor) -> Tensor {
    let y = y.maximum(-0.999_999_9).minimum(0.999_999_9)
    let a: Float = 0.147
    let logarithm = (1 - y * y).logarithm()
    let half = logarithm * 0.5 + 2 / (Float.pi * a)
    var x = ((half * half - logarithm / a).squareRoot() - half).maximum(0).squareRoot() * y.sign()
    for _ in 0..<2 {
        x = x - (x.errorFunction() - y) * (x * x).exponential() * (Float.pi.squareRoot() / 2)
    }
    return x
}
