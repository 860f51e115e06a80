import Foundation
import StrataBackend
public import StrataGraph

/// Real numbers, Gaussian about the decoder's output. Its log-likelihood is that of a density, and may exceed 0.
///
/// With one learned variance and no hidden layers, a variational autoencoder is probabilistic principal component analysis
/// (Lucas et al., "Don't blame the ELBO!", 2019).
public struct GaussianDecoder: DecoderDistribution {
    /// Where the variance comes from.
    public enum Variance: Sendable, Hashable {
        /// A constant.
        case fixed
        /// A single parameter, of all features and examples.
        case learned
        /// The decoder, which gives one for each feature of each example.
        case predicted
    }

    private let variance: Variance
    private let standardDeviation: Float
    private let floor: Float
    private let logVariance: StateVariable

    /// A Gaussian of some variance. Nothing is checked.
    ///
    /// - Parameters:
    ///   - variance: Whether it is fixed, learned or predicted.
    ///   - standardDeviation: On the scale of the examples; of a learned variance the start, of no account to a predicted
    ///     one.
    ///   - floor: What is added to a learned or a predicted variance: a feature that never varies would else have an
    ///     infinite density.
    public init(_ variance: Variance, standardDeviation: Float = 0.1, floor: Float = 1e-6) {
        self.variance = variance
        self.standardDeviation = standardDeviation
        self.floor = floor
        logVariance = StateVariable(
            "likelihood.log_variance", [], initializer: .constant(2 * log(standardDeviation)))
    }

    public var numbersPerFeature: Int { variance == .predicted ? 2 : 1 }
    public var parameters: [StateVariable] { variance == .learned ? [logVariance] : [] }

    public func mean(_ output: Tensor) -> Tensor { part(0, of: output) }

    public func draw(_ output: Tensor, _ key: RandomKey) -> Tensor? {
        let mean = mean(output)
        return mean.isInvalid ? mean : mean + variances(output).squareRoot() * key.named("x").normal(mean.shape)
    }

    public func logLikelihood(of x: Tensor, given output: Tensor) -> Tensor {
        let errors = (x - mean(output)).squared()
        let features = Array(1..<max(x.rank, 1))
        let constant = Float(Double(x.shape.dropFirst().product) * Foundation.log(2 * Double.pi))
        let variances = variances(output)
        guard variances.rank == 0 else {
            return ((errors / variances + variances.logarithm()).sum(features) + constant) * -0.5
        }
        let logDeterminant = variances.logarithm() * Float(x.shape.dropFirst().product)
        return (errors.sum(features) / variances + logDeterminant + constant) * -0.5
    }

    /// [batch, features], or a scalar for all.
    private func variances(_ output: Tensor) -> Tensor {
        switch variance {
        case .fixed: .constant(standardDeviation * standardDeviation)
        case .learned: logVariance.tensor.exponential() + floor
        case .predicted: part(1, of: output).exponential() + floor
        }
    }
}
