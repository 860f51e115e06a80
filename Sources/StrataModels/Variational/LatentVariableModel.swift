public import StrataGraph
import StrataNN

/// A model that makes an example out of a code, p(x, z) = p(z) p(x | z), and tells the density of both. Annealing estimates
/// its likelihood without the encoder.
public protocol LatentVariableModel: ImportanceSampledModel {
    /// The latent dimensions.
    var latentDimensions: Int { get }
    /// Codes of the prior: [count, latent].
    func priorCodes(_ count: Int, key: RandomKey) -> Tensor
    /// log p(z) in nats: [rows, latent] → [rows].
    func logPrior(_ codes: Tensor) -> Tensor
    /// log p(x | z) in nats of each example for some codes of its own, the first of all examples before the second: codes
    /// [draws · batch, latent] → [draws · batch].
    func logLikelihood(_ batch: Batch, given codes: Tensor) -> Tensor
    /// An example of p(x | z) for each code, with the noise that examples have: [rows, latent] → [rows, features]. `nil` for
    /// a model that cannot draw it.
    ///
    /// - `labels`: The class of each, int32 [rows]; of no account to a model that knows none.
    func examples(given codes: Tensor, labels: Tensor?, key: RandomKey) -> Tensor?
}

/// A model with latent variables whose encoder proposes a Gaussian over codes, which can be bettered for a single example.
public protocol GaussianPosteriorModel: LatentVariableModel {
    /// q(z | x): examples [batch, features] → Gaussians over [batch, latent].
    func posterior(_ batch: Batch) -> DiagonalGaussian
}

extension VariationalAutoencoder: GaussianPosteriorModel {
    public func posterior(_ batch: Batch) -> DiagonalGaussian {
        var pass = Pass.evaluation
        return posterior(batch.examples, condition: nil, &pass)
    }
}

extension VariationalAutoencoder: LatentVariableModel {
    public var latentDimensions: Int { codeSize }

    private var density: any LatentDensity {
        var pass = Pass.evaluation
        return prior.density { posterior($0, condition: nil, &pass) }
    }

    public func priorCodes(_ count: Int, key: RandomKey) -> Tensor { density.draws(count, key: key) }

    public func logPrior(_ codes: Tensor) -> Tensor { density.logDensity(codes) }

    public func logLikelihood(_ batch: Batch, given codes: Tensor) -> Tensor {
        logLikelihood(batch.examples, given: codes, condition: nil)
    }

    public func examples(given codes: Tensor, labels: Tensor?, key: RandomKey) -> Tensor? {
        examples(given: codes, condition: nil, key)
    }

    /// - `condition`: What examples are given besides, [batch, width]; `nil` for nothing.
    func logLikelihood(_ examples: Tensor, given codes: Tensor, condition: Tensor?) -> Tensor {
        if let invalid = [examples, codes].first(where: \.isInvalid) { return invalid }
        let draws = codes.extent(0) / max(examples.extent(0), 1)
        var pass = Pass.evaluation
        let output = decoder(codes, given: condition?.repeatedRows(draws), &pass)
        return likelihood.logLikelihood(of: examples.repeatedRows(draws), given: output)
    }

    func examples(given codes: Tensor, condition: Tensor?, _ key: RandomKey) -> Tensor? {
        var pass = Pass.evaluation
        return likelihood.draw(decoder(codes, given: condition, &pass), key)
    }
}

extension ConditionalVariationalAutoencoder: LatentVariableModel {
    public var latentDimensions: Int { base.latentDimensions }
    public func priorCodes(_ count: Int, key: RandomKey) -> Tensor { base.priorCodes(count, key: key) }
    public func logPrior(_ codes: Tensor) -> Tensor { base.logPrior(codes) }

    public func logLikelihood(_ batch: Batch, given codes: Tensor) -> Tensor {
        base.logLikelihood(batch.examples, given: codes, condition: condition(batch.labels))
    }

    public func examples(given codes: Tensor, labels: Tensor?, key: RandomKey) -> Tensor? {
        base.examples(given: codes, condition: condition(labels), key)
    }
}
