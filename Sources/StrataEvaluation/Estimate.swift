public import StrataModels

/// A likelihood or log Z, in nats, with what is known about it.
public struct Estimate: Sendable, Hashable {
    /// The log-likelihood or log Z itself, in nats: exact, drawn at random or a lower bound, as `certainty` says.
    public var value: Double
    /// The lower bound; the value itself where that is exact.
    public var lower: Double
    /// The upper bound; the value itself where that is exact, infinite where nothing bounds it.
    public var upper: Double
    /// Whether the value is exact, an estimate between the bounds, or itself a bound.
    public var certainty: Certainty

    /// A value with its bounds, all in nats. That the bounds lie on either side of it is not checked.
    public init(_ value: Double, lower: Double, upper: Double, _ certainty: Certainty) {
        self.value = value
        self.lower = lower
        self.upper = upper
        self.certainty = certainty
    }

    /// Of the metric that tells a model's likelihood.
    public init(_ value: Double, _ likelihood: LogLikelihood) {
        let isExact = likelihood.certainty == .exact
        self.init(value, lower: value, upper: isExact ? value : likelihood.most, likelihood.certainty)
    }

    /// A value less and more three standard errors.
    init(_ value: Double, standardError: Double, _ certainty: Certainty) {
        self.init(value, lower: value - 3 * standardError, upper: value + 3 * standardError, certainty)
    }

    /// The mean of estimates that are independent, at least one: its interval is as wide as their draws make it.
    init(meanOf found: [LogMean], _ certainty: Certainty) {
        let count = Double(found.count)
        let variance = found.reduce(0) { $0 + $1.standardError * $1.standardError } / (count * count)
        self.init(
            found.reduce(0) { $0 + $1.value } / count, standardError: variance.squareRoot(), certainty)
    }

    /// A value computed in full, in nats, whose bounds are the value itself.
    public static func exact(_ value: Double) -> Estimate { Estimate(value, lower: value, upper: value, .exact) }

    /// `number − estimate`, whose bounds change places.
    public static func - (number: Double, estimate: Estimate) -> Estimate {
        Estimate(
            number - estimate.value, lower: number - estimate.upper, upper: number - estimate.lower, estimate.certainty)
    }
}
