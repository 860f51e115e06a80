/// The test of Page and Hinkley for a rise of a mean (Page, "Continuous inspection schemes", 1954): the sum of how far numbers
/// are above the mean so far, less a tolerance, rises by more than a threshold above its least value.
///
/// After a rise by Δ it takes about `threshold / (Δ − tolerance)` numbers. It begins anew after each alarm.
public struct PageHinkley: DriftDetector, Hashable {
    /// How much of each number above the mean counts for nothing.
    public var tolerance: Double
    /// The rise of the sum that is an alarm; the larger, the fewer are false.
    public var threshold: Double
    /// Numbers before the first alarm.
    public var minimum: Int

    private var (count, mean, sum, least) = (0, 0.0, 0.0, 0.0)

    /// A detector for streams of errors. Nothing is checked.
    public init(tolerance: Double = 0.005, threshold: Double = 50, minimum: Int = 30) {
        (self.tolerance, self.threshold, self.minimum) = (tolerance, threshold, minimum)
    }

    public mutating func add(_ value: Double) -> DriftChange {
        count += 1
        mean += (value - mean) / Double(count)
        sum += value - mean - tolerance
        least = min(least, sum)
        guard count >= minimum, sum - least > threshold else { return .none }
        self = PageHinkley(tolerance: tolerance, threshold: threshold, minimum: minimum)
        return .rise
    }
}
