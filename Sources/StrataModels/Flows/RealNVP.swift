import Foundation
import StrataBackend
import StrataData
public import StrataGraph
import StrataNN

/// A normalizing flow of affine couplings (Dinh, Sohl-Dickstein and Bengio, "Density estimation using Real NVP", 2017):
/// a bijection between examples and standard normal codes, with an exact log-likelihood `log p(z) + log |det dz/dx|`.
///
/// Bytes are discrete, and a density could grow beyond any bound on them: each gets uniform noise of its own step, and
/// the flow lives on the logit of the brightness. The density is that on the examples' own scale, as of the other
/// models of densities.
public struct RealNVP: EncodingModel, DecodingModel, SamplingModel, LikelihoodModel {
    private let couplings: [AffineCoupling]
    private let normalizations: [FlowNormalization]
    private let features: Int
    private let resolution: Float

    /// The share of brightness that is kept away from 0 and 1, where a logit is infinite.
    private static let margin: Float = 0.05

    /// - Parameters:
    ///   - shape: Of an example.
    ///   - couplings: The number of couplings, of which each moves the half that the one before has kept.
    ///   - hidden: Widths of the hidden layers of each.
    ///   - normalizes: Whether there is batch normalization before each coupling.
    ///   - resolution: The step between neighbouring values of the data, such as 1/255; 0 for real numbers.
    public init(
        shape: [Int], couplings: Int = 8, hidden: [Int] = [512], normalizes: Bool = true, resolution: Float = 0
    ) {
        features = shape.product
        self.resolution = resolution
        let places = 0..<unrolled(couplings, atMost: 256)
        self.couplings = places.map {
            AffineCoupling(
                "coupling.\($0)", features: shape.product, width: shape.last ?? 1, hidden: hidden,
                isOdd: $0.isMultiple(of: 2))
        }
        normalizations = normalizes ? places.map { FlowNormalization("norm.\($0)", features: shape.product) } : []
    }

    public var variables: [StateVariable] { couplings.flatMap(\.variables) + normalizations.flatMap(\.buffers) }
    public var codeSize: Int { features }
    public var minimumExampleCount: Int { 2 }
    public var criterion: Criterion { .maximize("log_likelihood") }
    /// Exact for real numbers. Of bytes with noise it is a mean that the density of the bytes themselves exceeds
    /// (Theis, van den Oord and Bethge, "A note on the evaluation of generative models", 2016).
    public var logLikelihood: LogLikelihood? { LogLikelihood("log_likelihood", resolution > 0 ? .lowerBound : .exact) }
    public var domain: ValueDomain? {
        resolution > 0 ? ValueDomain(0...1, meaning: "brightness", hint: "take numbers that are no bytes") : nil
    }

    public var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: couplings.flatMap(\.parameters)) { batch, context in
                var pass = context.pass()
                var updates: Updates = []
                let likelihood = logLikelihood(batch.examples, context.key, &pass, &updates)
                return Objective(
                    Metric("negative_log_likelihood", -likelihood), metrics: [Metric("log_likelihood", likelihood)],
                    updates: updates + pass.updates)
            }
        ]
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        var updates: Updates = []
        return [Metric("log_likelihood", logLikelihood(batch.examples, key, &pass, &updates))]
    }

    /// The code, without noise: [batch, features] → the same shape.
    public func encode(_ examples: Tensor) -> Tensor {
        var pass = Pass.evaluation
        var updates: Updates = []
        let start = logits(examples, noise: .constant(0.5, examples.shape)).y
        return forward(start, &pass, &updates).z
    }

    /// The example of a code: [batch, features] → the same shape.
    public func decode(_ codes: Tensor) -> Tensor {
        var x = codes
        for place in couplings.indices.reversed() {
            x = couplings[place].inverse(x)
            if normalizations.indices.contains(place) { x = normalizations[place].inverse(x) }
        }
        guard resolution > 0 else { return x }
        let brightness = (x.sigmoid() - Self.margin) * (1 / (1 - 2 * Self.margin))
        // Back from where the middle of a byte's noise is.
        return ((brightness * levels - 0.5) * resolution).maximum(0).minimum(1)
    }

    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        Sampling(examples: decode(key.named("prior").normal([count, codeSize])))
    }

    // MARK: The bijection

    /// log p(x) [batch] of examples [batch, features].
    private func logLikelihood(
        _ x: Tensor, _ key: RandomKey, _ pass: inout Pass, _ updates: inout Updates
    ) -> Tensor {
        let start = logits(x, noise: key.named("dequantization").uniform(x.shape))
        let (z, logDeterminant) = forward(start.y, &pass, &updates)
        let normal = (z.squared().sum([1]) + Float(Double(features) * log(2 * Double.pi))) * -0.5
        return normal + logDeterminant + start.logDeterminant
    }

    /// From the space of the flow to that of the codes: [batch, features] → the same shape, and [batch].
    func forward(
        _ x: Tensor, _ pass: inout Pass, _ updates: inout Updates
    ) -> (z: Tensor, logDeterminant: Tensor) {
        var (z, total) = (x, Tensor.constant(0, [x.shape.first ?? 1]))
        for place in couplings.indices {
            if normalizations.indices.contains(place) {
                let (normal, logDeterminant) = normalizations[place](z, isTraining: pass.isTraining, &updates)
                (z, total) = (normal, total + logDeterminant)
            }
            let (moved, logDeterminant) = couplings[place](z, &pass)
            (z, total) = (moved, total + logDeterminant)
        }
        return (z, total)
    }

    /// Values that bytes can have.
    private var levels: Float { (1 / resolution).rounded() + 1 }

    /// From examples to the space of the flow, given noise on 0 … 1: [batch, features] → the same shape, and the
    /// logarithm of the determinant [batch]. Real numbers stay as they are.
    func logits(_ x: Tensor, noise: Tensor) -> (y: Tensor, logDeterminant: Tensor) {
        guard resolution > 0 else { return (x, .constant(0, [x.shape.first ?? 1])) }
        let brightness = (x * (1 / resolution) + noise) * (1 / levels)
        let p = brightness * (1 - 2 * Self.margin) + Self.margin
        let slope = Double(1 - 2 * Self.margin) / Double(levels * resolution)
        let y = p.logarithm() - (1 - p).logarithm()
        return (y, -(p.logarithm() + (1 - p).logarithm()).sum([1]) + Float(Double(features) * log(slope)))
    }

    /// `real-nvp` in the zoo: eight couplings of 512 hidden units with batch normalization, Adam at 1e-3, batches of
    /// 128.
    public static let description = ModelDescription(
        name: "real-nvp", summary: "normalizing flow of affine couplings, exact likelihood (Dinh et al. 2017)",
        hyperparameters: [
            Hyperparameter("couplings", .integer(8), in: 1...64, "couplings, each of which moves half of the numbers"),
            Hyperparameter("hidden", .integers([512]), in: 1...65536, "widths of the hidden layers of each"),
            Hyperparameter("batch-norm", .flag(true), "batch normalization before each coupling"),
        ],
        batchSize: 128, optimizer: .adam(1e-3),
        build: { spec, settings in
            guard spec.features > 1 else {
                throw StrataError(.data, "real-nvp couples the numbers of an example, and these have a single one")
            }
            return RealNVP(
                shape: spec.shape, couplings: settings.integer("couplings"), hidden: settings.integers("hidden"),
                normalizes: settings.flag("batch-norm"), resolution: spec.resolution)
        })
}
