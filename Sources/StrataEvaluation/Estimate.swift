/// A likelihood or log Z, in nats, with what is known about it.
public struct Estimate: Sendable, Hashable {
    /// What the numbers are.
    public enum Certainty: String, Sendable, Hashable {
        /// Computed in full, to rounding.
        case exact
        /// Drawn at random; it lies between the bounds with high probability.
        case estimate
        /// No more than the true one, as far as it is known itself: `value` is the bound.
        case lowerBound = "lower bound"
    }

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

    public static func exact(_ value: Double) -> Estimate { Estimate(value, lower: value, upper: value, .exact) }

    /// `number − estimate`, whose bounds change places.
    public static func - (number: Double, estimate: Estimate) -> Estimate {
        Estimate(
            number - estimate.value, lower: number - estimate.upper, upper: number - estimate.lower, estimate.certainty)
    }
}
