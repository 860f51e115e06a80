import StrataBackend
public import StrataTraining

extension ModeCoverage {
    /// Counts samples by their classes, which a classifier tells. Of samples that are several of the classifier's examples in
    /// a row, such as the channels of an image, the modes are all combinations of classes (Metz et al., "Unrolled generative
    /// adversarial networks", 2017).
    ///
    /// Throws `unsupported` for a model that is no classifier, `shape` where samples are no whole number of its examples,
    /// `data` where there are none.
    ///
    /// - `samples`: [count · width].
    public init(_ samples: [Float], width: Int, by classifier: Predictor) throws {
        let (parts, rest) = width.quotientAndRemainder(dividingBy: classifier.features)
        guard parts > 0, rest == 0, samples.count % max(width, 1) == 0 else {
            throw StrataError(
                .shape,
                "the classifier takes \(classifier.features) numbers, of which samples of \(width) are no whole number")
        }
        let (classes, count) = try classifier.classes(of: samples)
        var modes = 1
        for _ in 0..<parts {
            modes *= count
            guard modes <= Self.mostModes else {
                throw StrataError(.data, "\(parts) examples of \(count) classes have more modes than can be counted")
            }
        }
        try self.init(
            stride(from: 0, to: classes.count, by: parts).map { start in
                classes[start..<start + parts].reduce(0) { $0 * count + $1 }
            }, among: modes)
    }

    /// The most modes that samples are counted by.
    private static let mostModes = 1 << 24

    /// Counts samples whose modes are known.
    ///
    /// Throws `data` where there are none of either, or too many modes, or one is outside `0..<count`.
    public init(_ modes: [Int], among count: Int) throws {
        guard (1...Self.mostModes).contains(count), !modes.isEmpty, modes.allSatisfy({ (0..<count).contains($0) })
        else {
            throw StrataError(.data, "\(modes.count) samples cannot be counted by \(count) modes")
        }
        var all = [Int](repeating: 0, count: count)
        for mode in modes { all[mode] += 1 }
        self.init(counts: all, covered: all.count { $0 > 0 }, highQuality: nil)
    }

    /// What as many draws come to of modes that are all as probable: a divergence above 0, as none has exactly its share.
    ///
    /// Throws `usage` for numbers of draws that cannot be, `data` where there are no modes.
    public static func uniform(_ count: Int, among modes: Int, seed: UInt32) throws -> ModeCoverage {
        guard (1...10_000_000).contains(count) else {
            throw StrataError(parameter: "samples", count, "expected a number from 1 to 10000000")
        }
        var draws = Draws(seed: seed, stream: 0x6D6F_6465)
        return try ModeCoverage((0..<count).map { _ in draws.next(below: max(modes, 1)) }, among: modes)
    }
}
