/// How much better a factor can be told from one number of a code than from any other; the mean over factors (Kumar,
/// Sattigeri and Balakrishnan, "Variational inference of disentangled latent concepts from unlabeled observations",
/// 2018).
///
/// A factor of k values is told as the paper does it for attributes without an order, which no list of factors says
/// that its values have: by k − 1 thresholds on the number, placed where the balanced accuracy on these examples is
/// greatest. A number that tells nothing is right in 1/k of the cases, so perfect codes reach the mean of 1 − 1/k. 0
/// for codes that never vary.
public enum SeparatedAttributePredictability {
    /// The mean over the factors that vary, from 0 to 1 − 1/k for factors of k values; 0 for codes that never vary.
    public static func score(_ codes: FactoredCodes) -> Double {
        guard !codes.units.isEmpty else { return 0 }
        var accuracies = codes.factors.map { _ in [Double]() }
        for unit in codes.units {
            let order = unit.indices.sorted { unit[$0] < unit[$1] }
            // Where the number is greater than at the place before: where a threshold can stand.
            let steps = order.indices.map { $0 > 0 && unit[order[$0]] > unit[order[$0 - 1]] }
            for (number, factor) in codes.factors.enumerated() {
                accuracies[number].append(accuracy(factor, order, steps))
            }
        }
        let gaps = zip(accuracies, codes.factors).map { accuracies, factor in
            let best = accuracies.sorted(by: >)
            return best[0] - (best.count > 1 ? best[1] : 1 / Double(factor.counts.count))
        }
        return gaps.reduce(0, +) / Double(gaps.count)
    }

    /// The greatest balanced accuracy with as many intervals as the factor has values, each of which predicts one
    /// value.
    ///
    /// Goes through the examples in the order of the number and keeps, for each count of intervals begun and each value
    /// that the last of them predicts, the most that can have been right so far. An interval counts as begun only when
    /// it first is right, at the last threshold before: the most right with fewer never falls, so no earlier one is
    /// better.
    private static func accuracy(_ factor: FactoredCodes.Factor, _ order: [Int], _ steps: [Bool]) -> Double {
        let k = factor.counts.count
        let weights = factor.counts.map { 1 / (Double($0) * Double(k)) }
        var right = [Double](repeating: 0, count: k * k)
        // The most right with so many intervals, whatever the last predicts: now, and at the last threshold.
        var best = [Double](repeating: 0, count: k)
        var before = best
        for (place, example) in order.enumerated() {
            if steps[place] { before = best }
            let value = factor.values[example]
            for intervals in 0..<k {
                let begun = intervals > 0 ? before[intervals - 1] : 0
                let now = max(right[value * k + intervals], begun) + weights[value]
                right[value * k + intervals] = now
                best[intervals] = max(best[intervals], now)
            }
        }
        return best.max() ?? 0
    }
}
