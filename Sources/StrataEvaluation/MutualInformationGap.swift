#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How much more the best number of a code knows of a factor than the second best, as a share of the factor's entropy;
/// the mean over factors (Chen, Li, Grosse and Duvenaud, "Isolating sources of disentanglement in VAEs", 2018).
///
/// The mutual information is that of the factor with the number put into bins of equal width between its least and its
/// greatest value. 1 where each factor is all in one number that no other shares, 0 for codes that never vary.
public enum MutualInformationGap {
    /// - `bins`: of each number of a code.
    public static func score(_ codes: FactoredCodes, bins: Int = 20) -> Double {
        guard !codes.units.isEmpty else { return 0 }
        let binned = codes.units.map { bin($0, max(bins, 1)) }
        let gaps = codes.factors.map { factor in
            let known = binned.map { information($0, bins: max(bins, 1), factor) }.sorted(by: >)
            return (known[0] - (known.count > 1 ? known[1] : 0)) / entropy(factor.counts)
        }
        return gaps.reduce(0, +) / Double(gaps.count)
    }

    private static func bin(_ values: [Float], _ bins: Int) -> [Int] {
        let (least, most) = (Double(values.min() ?? 0), Double(values.max() ?? 0))
        return values.map { min(Int((Double($0) - least) / (most - least) * Double(bins)), bins - 1) }
    }

    /// In nats, of the empirical joint distribution.
    private static func information(_ bin: [Int], bins: Int, _ factor: FactoredCodes.Factor) -> Double {
        var joint = [Int](repeating: 0, count: bins * factor.counts.count)
        var counts = [Int](repeating: 0, count: bins)
        for (bin, value) in zip(bin, factor.values) {
            joint[bin * factor.counts.count + value] += 1
            counts[bin] += 1
        }
        return max(entropy(counts) + entropy(factor.counts) - entropy(joint), 0)
    }

    private static func entropy(_ counts: [Int]) -> Double {
        let total = Double(counts.reduce(0, +))
        return counts.reduce(0) { sum, count in
            count > 0 ? sum - Double(count) / total * log(Double(count) / total) : sum
        }
    }
}
