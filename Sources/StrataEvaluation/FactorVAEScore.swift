import StrataBackend

/// Whether the number of a code that varies least while a factor is held tells which factor it was (Kim and Mnih,
/// "Disentangling by factorising", 2018).
///
/// A vote holds a factor, drawn at random, at the value that an example, drawn at random, has, takes other examples of
/// that value from the data itself, and notes the number whose variance over them is least beside its variance over
/// all. Half of the votes teach which factor each number stands for, by majority, and the other half measure it. 1 for
/// disentangled codes, 0 for codes that never vary; a code that tells nothing gets about 1 over the factors.
public enum FactorVAEScore {
    /// - `votes`: to learn from, and as many again to measure.
    /// - `examples`: of a vote; all that there are where a value has fewer.
    ///
    /// Throws `data` where no two examples have a value of a factor in common, `usage` for no votes or fewer than 2
    /// examples.
    public static func score(
        _ codes: FactoredCodes, seed: UInt32 = 0, votes: Int = 5000, examples: Int = 64
    ) throws -> Double {
        guard votes > 0, examples > 1 else {
            throw StrataError(.usage, "a FactorVAE score takes at least 1 vote of 2 examples")
        }
        let groups = codes.factors.map(groups)
        // Those that share a factor's value with another one.
        let sharing = groups.map { $0.filter { $0.count > 1 }.flatMap { $0 } }
        let usable = groups.indices.filter { !sharing[$0].isEmpty }
        guard !usable.isEmpty else {
            throw StrataError(
                .data, "a FactorVAE score takes examples that have a factor's value in common, and there are none")
        }
        guard !codes.units.isEmpty else { return 0 }
        let deviations = codes.units.map { variance($0, $0.indices).squareRoot() }
        let scaled = zip(codes.units, deviations).map { unit, deviation in unit.map { Double($0) / deviation } }

        var draws = Draws(seed: seed, stream: 0x6661_6374)
        var table = [Int](repeating: 0, count: scaled.count * groups.count)
        var right = 0
        for vote in 0..<2 * votes {
            let factor = usable[draws.next(below: usable.count)]
            let example = sharing[factor][draws.next(below: sharing[factor].count)]
            let drawn = draw(examples, of: groups[factor][codes.factors[factor].values[example]], &draws)
            let spreads = scaled.map { variance($0, drawn) }
            let steadiest = spreads.indices.min { (spreads[$0], $0) < (spreads[$1], $1) } ?? 0
            if vote < votes {
                table[steadiest * groups.count + factor] += 1
            } else {
                let known = table[steadiest * groups.count..<(steadiest + 1) * groups.count]
                let most = known.max() ?? 0
                if most > 0, known.firstIndex(of: most) == known.startIndex + factor { right += 1 }
            }
        }
        return Double(right) / Double(votes)
    }

    /// The examples that have each value.
    private static func groups(_ factor: FactoredCodes.Factor) -> [[Int]] {
        var groups = factor.counts.map { _ in [Int]() }
        for (example, value) in factor.values.enumerated() { groups[value].append(example) }
        return groups
    }

    /// So many of a group, none twice.
    private static func draw(_ count: Int, of group: [Int], _ draws: inout Draws) -> ArraySlice<Int> {
        guard group.count > count else { return group[...] }
        var group = group
        for place in 0..<count { group.swapAt(place, place + draws.next(below: group.count - place)) }
        return group.prefix(count)
    }

    private static func variance<Value: BinaryFloatingPoint>(
        _ values: [Value], _ examples: some Collection<Int>
    ) -> Double {
        let count = Double(examples.count)
        let mean = examples.reduce(0) { $0 + Double(values[$1]) } / count
        return examples.reduce(0) { $0 + (Double(values[$1]) - mean) * (Double(values[$1]) - mean) } / count
    }
}
