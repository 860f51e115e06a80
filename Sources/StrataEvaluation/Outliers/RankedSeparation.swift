/// How well a score tells outliers from inliers, whatever the threshold: by ranks alone, with ties counted half.
public struct RankedSeparation: Sendable, Hashable {
    /// The area under the receiver operating characteristic: how often an outlier scores above an inlier, a tie counting
    /// half. ½ for a score that tells nothing, below it for one that is the wrong way round.
    public var area: Double
    /// Of the area (DeLong, DeLong and Clarke-Pearson, "Comparing the areas under two or more correlated receiver operating
    /// characteristic curves", 1988); 0 where no inlier lies among outliers.
    public var standardError: Double
    /// The mean over outliers of the precision at a threshold that just finds them; depends on the share of outliers.
    public var averagePrecision: Double
    /// The share of outliers that are taken for inliers at the lowest threshold that accepts 95 % of these.
    public var missed: Double

    /// The interval that holds the area with 95 %, within 0 … 1.
    public var interval: ClosedRange<Double> {
        max(area - 1.96 * standardError, 0)...min(area + 1.96 * standardError, 1)
    }

    /// Scores, more for an outlier. `nil` where there are none of either kind, or one is not a number.
    public init?(inliers: [Double], outliers: [Double]) {
        guard !inliers.isEmpty, !outliers.isEmpty, !(inliers + outliers).contains(where: \.isNaN) else { return nil }
        let (below, above) = (inliers.sorted(), outliers.sorted())
        // How often each outlier scores above an inlier, and each inlier below an outlier.
        let wins = outliers.map { Self.share(of: below, below: $0) }
        let losses = inliers.map { 1 - Self.share(of: above, below: $0) }
        area = wins.reduce(0, +) / Double(wins.count)
        standardError = (Self.variance(wins) + Self.variance(losses)).squareRoot()

        let accepted = below[min((below.count * 95 + 99) / 100, below.count) - 1]
        missed = Double(outliers.count { $0 <= accepted }) / Double(outliers.count)

        var (precision, found) = (0.0, 0)
        for threshold in Set(outliers).sorted(by: >) {
            let own = Self.count(of: above, from: threshold)
            precision += Double((own - found) * own) / Double(own + Self.count(of: below, from: threshold))
            found = own
        }
        averagePrecision = precision / Double(outliers.count)
    }

    /// The share of ascending numbers that lie below one, with half of those equal to it.
    private static func share(of sorted: [Double], below value: Double) -> Double {
        let less = sorted.count - count(of: sorted, from: value)
        let equal = count(of: sorted, from: value) - count(of: sorted, from: value.nextUp)
        return (Double(less) + 0.5 * Double(equal)) / Double(sorted.count)
    }

    /// How many of ascending numbers are no less than one.
    private static func count(of sorted: [Double], from value: Double) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return sorted.count - low
    }

    /// Of the mean of some numbers.
    private static func variance(_ values: [Double]) -> Double {
        guard values.count > 1 else { return 0 }
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return squares / Double(values.count - 1) / Double(values.count)
    }
}
