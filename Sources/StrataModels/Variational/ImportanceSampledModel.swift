public import StrataGraph

/// A model with latent variables, and a distribution to propose them from given an example: importance sampling estimates
/// its likelihood.
public protocol ImportanceSampledModel: Model {
    /// log p(x, z) − log q(z | x), in nats, of latent variables drawn for each example: [draws, batch].
    ///
    /// - `draws`: At least 1.
    func logWeights(_ batch: Batch, draws: Int, key: RandomKey) -> Tensor
    /// Whether it is a model of bits that are drawn from the examples beforehand.
    var drawsBits: Bool { get }
}

extension ImportanceSampledModel {
    public var drawsBits: Bool { false }
}

extension VariationalAutoencoder: ImportanceSampledModel {
    public var drawsBits: Bool { likelihood.drawsBits }

    public func logWeights(_ batch: Batch, draws: Int, key: RandomKey) -> Tensor {
        logWeights(batch.examples, draws: draws, key, condition: nil)
    }
}
