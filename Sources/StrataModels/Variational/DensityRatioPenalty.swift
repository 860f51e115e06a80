public import StrataGraph
import StrataNN

/// The total correlation of the latent dimensions by the density ratio that a discriminator learns: FactorVAE (Kim and Mnih,
/// "Disentangling by factorising", 2018).
///
/// The discriminator tells codes of q(z) from codes of Π q(z_j), whose dimensions come from different examples. Its logit is
/// `log q(z) − Σ_j log q(z_j)` where it is at its best. It learns in a move of its own, by the paper's Adam.
public struct DensityRatioPenalty: LatentRegularizer {
    let discriminator: Network
    private let weight: Float
    private static let loss = AdversarialLoss.Name.nonSaturating.loss

    /// - Parameters:
    ///   - latent: Latent dimensions.
    ///   - weight: The paper's γ, of the total correlation beside the negative evidence lower bound.
    ///   - hidden: Widths of the discriminator's hidden layers; the paper has six of 1,000.
    public init(latent: Int, weight: Float, hidden: [Int] = [256, 256, 256]) {
        let layers = Architecture(hidden: hidden, activation: .leakyReLU, initialization: .standard)
        discriminator = Network("discriminator", input: [latent], layers.encoder([latent]) + Sequential([Dense(1)]))
        self.weight = weight
    }

    public func penalty(
        _ posterior: DiagonalGaussian, at codes: Tensor, prior: any LatentDensity
    ) -> (value: Tensor, metrics: [Metric]) {
        let ratio = discriminator(codes).sum([1])
        return (ratio.mean() * weight, [Metric("total_correlation", ratio)])
    }

    /// Codes of the same examples are on both sides, which changes no expectation: the two parts of the loss add up.
    public func moves(_ codes: @escaping @Sendable (Batch, StepContext) -> Tensor) -> [Move] {
        let optimizer = Optimizer(Adam(beta1: 0.5, beta2: 0.9), learningRate: 1e-4)
        return [
            Move(discriminator.parameters, optimizer: optimizer) { batch, context in
                let codes = codes(batch, context)
                let joint = discriminator(codes)
                let product = discriminator(codes.shuffledColumns(context.key.named("permutation")))
                let loss = Metric("discriminator_loss", Self.loss.discriminator(joint, product))
                return Objective(loss, metrics: [loss, Self.loss.progress(joint, product)])
            }
        ]
    }
}

extension Tensor {
    /// Each column in an order of its own: [rows, columns] → the same shape.
    func shuffledColumns(_ key: RandomKey) -> Tensor {
        guard rank == 2, !isInvalid else { return isInvalid ? self : .invalid("shuffle: \(shape)") }
        let (rows, columns) = (shape[0], shape[1])
        // The rank of each of some random numbers among those of its column is a random order; equal ones, of which there
        // are hardly any, take one row twice.
        let numbers = key.uniform(shape)
        let ranks = numbers.reshape([rows, 1, columns]).greater(numbers.reshape([1, rows, columns])).sum([1])
        let places = ranks * Float(columns) + .iota(shape, axis: 1)
        return reshape([rows.saturatingMultiplied(by: columns), 1])
            .gather(places.cast(to: .int32).reshape([rows.saturatingMultiplied(by: columns)])).reshape(shape)
    }
}
