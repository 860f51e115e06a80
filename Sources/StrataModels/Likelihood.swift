/// What is known of a number such as a likelihood.
public enum Certainty: String, Sendable, Hashable {
    /// Computed in full, to rounding.
    case exact
    /// Drawn at random; it lies between its bounds with high probability.
    case estimate
    /// No more than the true one, as far as it is known itself.
    case lowerBound = "lower bound"
    /// Drawn at random; its expectation lies between its bounds with high probability, and is no more than the true one.
    case stochasticLowerBound = "stochastic lower bound"
    /// Drawn at random; its expectation lies between its bounds with high probability, and is no less than the true one.
    case stochasticUpperBound = "stochastic upper bound"
}

/// A model that tells among its metrics how probable it finds examples, or what bounds that.
public protocol LikelihoodModel: Model {
    /// Which of the metrics of `evaluation` it is, and how surely; `nil` where they tell of something else than examples.
    var logLikelihood: LogLikelihood? { get }
}

/// A metric that is the mean of log p(x) over examples, in nats, or bounds it.
public struct LogLikelihood: Sendable, Hashable {
    /// The metric's name in `evaluation`.
    public var metric: String
    /// Whether the metric is log p(x) itself, an estimate of it or a bound.
    public var certainty: Certainty
    /// What it cannot exceed: 0 for a probability, infinity for a density.
    public var most: Double

    /// A metric by its name in `evaluation`: an exact logarithm of a density where nothing is given.
    public init(_ metric: String = "log_likelihood", _ certainty: Certainty = .exact, most: Double = .infinity) {
        self.metric = metric
        self.certainty = certainty
        self.most = most
    }
}

extension ProbabilisticPrincipalComponents: LikelihoodModel {
    /// The exact log density of the marginal Gaussian, in nats, which may exceed 0.
    public var logLikelihood: LogLikelihood? { LogLikelihood() }
}

extension FactorAnalysis: LikelihoodModel {
    /// The exact log density of the marginal Gaussian, in nats, which may exceed 0.
    public var logLikelihood: LogLikelihood? { LogLikelihood() }
}

extension GaussianMixture: LikelihoodModel {
    /// The exact log density of the mixture, in nats, which may exceed 0.
    public var logLikelihood: LogLikelihood? { LogLikelihood() }
}
