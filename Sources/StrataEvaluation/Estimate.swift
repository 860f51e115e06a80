public import StrataModels

/// A likelihood or log Z, in nats, with what is known about it.
public struct Estimate: Sendable, Hashable {
    public var value: Double
    public var lower: Double
    public var upper: Double
    public var certainty: Certainty

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

    public static func exact(_ value: Double) -> Estimate { Estimate(value, lower: value, upper: value, .exact) }

    /// `number − estimate`, whose bounds change places.
    public static func - (number: Double, estimate: Estimate) -> Estimate {
        Estimate(
            number - estimate.value, lower: number - estimate.upper, upper: number - estimate.lower, estimate.certainty)
    }
}
