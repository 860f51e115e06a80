import StrataBackend

/// A stream whose rule changes three times: of three numbers from 0 to 10 the sum of the first two is at most a threshold or
/// not, and the threshold moves (Street and Kim, "A streaming ensemble algorithm (SEA) for large-scale classification", 2001).
///
/// ```
/// let data = try SEAConcepts(noise: 0).dataSet()
/// print(data.train.labels!.classNames)      // ["above", "at most"]
/// ```
public struct SEAConcepts: Sendable, Hashable {
    /// The thresholds, each for as many examples.
    public var thresholds: [Float]
    /// The share of labels that are wrong.
    public var noise: Float

    /// The paper's stream, 8, 9, 7 and 9.5 with a tenth of the labels wrong. Nothing is checked here: `dataSet` throws.
    public init(thresholds: [Float] = [8, 9, 7, 9.5], noise: Float = 0.1) {
        (self.thresholds, self.noise) = (thresholds, noise)
    }

    /// A stream in its order, which a column `time` tells too, and test examples of the last rule. Models see numbers from 0 to
    /// 1. The same seed gives the same bits.
    ///
    /// Throws `usage` for numbers of examples that cannot be drawn, or for noise that is no share, `data` where there are no
    /// examples to learn from.
    public func dataSet(train: Int = 50_000, test: Int = 2_500, seed: UInt32 = 0) throws -> DataSet {
        try DrawnSet.check(train: train, test: test)
        guard !thresholds.isEmpty, (0...1).contains(noise) else {
            throw StrataError(parameter: "noise", noise, "expected a share from 0 to 1, and a threshold at least")
        }
        let last = thresholds.count - 1
        return try DataSet(
            name: "sea",
            train: split(0..<train, seed) { thresholds[min($0 * thresholds.count / max(train, 1), last)] },
            test: split(train..<train + test, seed) { _ in thresholds[last] })
    }

    /// Whether the rule holds for the three numbers of an example: the first class is that of those for which it does not.
    static func holds(_ example: ArraySlice<Float>, threshold: Float) -> Bool {
        example[example.startIndex] + example[example.startIndex + 1] <= threshold
    }

    private func split(_ examples: Range<Int>, _ seed: UInt32, _ threshold: (Int) -> Float) throws -> DataSplit {
        var (values, labels): ([Float], [Int32]) = ([], [])
        for example in examples {
            let draws = [UInt32(0), 1].flatMap { half -> [Float] in
                let words = Threefry.block(key: (seed, 0x7365_6163), counter: (UInt32(example), half))
                return [Threefry.uniform(words.0), Threefry.uniform(words.1)]
            }
            values += draws.prefix(3).map { 10 * $0 }
            let holds = Self.holds(values.suffix(3), threshold: threshold(example))
            labels.append(holds != (draws[3] < noise) ? 1 : 0)
        }
        let spec = ColumnSpec(ColumnName.example, dtype: .float32, shape: [3], scale: 0.1)
        return try DataSplit(columns: [
            Column(spec, values), Column(Labels(values: labels, classNames: ["above", "at most"])),
            Column(ColumnSpec(ColumnName.time, dtype: .int32), examples.map { Int32($0) }),
        ])
    }
}
