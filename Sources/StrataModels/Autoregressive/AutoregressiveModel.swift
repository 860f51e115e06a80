public import StrataGraph
import StrataNN

/// A model of bits that predicts each from those before it, so that `p(x) = Π p(x_d | x_<d)` is exact.
///
/// Values between 0 and 1 are probabilities of bits, which are drawn afresh each time that an example is seen.
public protocol AutoregressiveModel: ClampedSamplingModel, LikelihoodModel {
    /// The logit of each bit given those before it: [batch, features] → [batch, features].
    func logits(_ x: Tensor) -> Tensor
}

extension AutoregressiveModel {
    public var criterion: Criterion { .maximize("log_likelihood") }
    public var logLikelihood: LogLikelihood? { LogLikelihood(most: 0) }
    public var domain: ValueDomain? { .bits(hint: "take a model of any values, such as real-nvp") }
    public var holdsUnits: Bool { false }

    public var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: variables) { batch, context in
                let loss = negativeLogLikelihood(batch, context.key)
                return Objective(
                    Metric("negative_log_likelihood", loss), metrics: [Metric("log_likelihood", -loss)])
            }
        ]
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        [Metric("log_likelihood", -negativeLogLikelihood(batch, key))]
    }

    /// Of bits that are drawn from the examples: [batch].
    private func negativeLogLikelihood(_ batch: Batch, _ key: RandomKey) -> Tensor {
        let bits = key.named("bits").bernoulli(batch.examples)
        return Loss.bernoulli(logits: logits(bits), bits)
    }
}
