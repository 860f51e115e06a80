import Foundation
import StrataBackend
public import StrataData

/// How samples cover the modes of a distribution that is known to be a mixture of equal Gaussians: the measures of Lin et
/// al. ("PacGAN: the power of two samples in generative adversarial networks", 2018).
///
/// A sample belongs to the nearest mode, and is of high quality within three standard deviations of that mode's centre by
/// Euclidean distance, where 98.889 % of true samples are in the plane.
public struct ModeCoverage: Sendable, Hashable {
    /// The modes that there are.
    public let modes: Int
    /// The modes with at least one sample of high quality.
    public let covered: Int
    /// The share of samples of high quality.
    public let highQuality: Double
    /// `KL(p̂ ‖ 1/modes)` in nats of the shares p̂ that the modes have of all samples, of high quality or not; at most
    /// log(modes), where one has all.
    public let divergence: Double

    /// The standard deviations within which a sample is of high quality.
    private static let radius = 3.0

    /// Counts samples by modes. Throws `data` where there are none of either, `shape` where both have different widths.
    public init(_ samples: Codes, _ modes: GaussianModes) throws {
        guard samples.width == modes.width else {
            throw StrataError(.shape, "samples of \(samples.width) numbers are not about modes of \(modes.width)")
        }
        guard samples.count > 0, modes.count > 0 else {
            throw StrataError(.data, "\(samples.count) samples cannot be counted by \(modes.count) modes")
        }
        let centres = try Codes(modes.centres, width: modes.width)
        var (all, good) = ([Int](repeating: 0, count: modes.count), [Int](repeating: 0, count: modes.count))
        let bound = Self.radius * Double(modes.standardDeviation)
        for sample in 0..<samples.count {
            var nearest = (mode: 0, distance: Double.infinity)
            for mode in 0..<modes.count {
                let distance = samples.squaredDistance(sample, centres, mode)
                if distance < nearest.distance { nearest = (mode, distance) }
            }
            all[nearest.mode] += 1
            if nearest.distance <= bound * bound { good[nearest.mode] += 1 }
        }
        self.modes = modes.count
        covered = good.count { $0 > 0 }
        highQuality = Double(good.reduce(0, +)) / Double(samples.count)
        let shares = all.map { Double($0) / Double(samples.count) }
        divergence = shares.reduce(0) { $0 + ($1 > 0 ? $1 * log($1 * Double(modes.count)) : 0) }
    }

    /// What it found, by name: `modes_covered`, `high_quality_samples` and `mode_divergence`.
    public var measures: [SampleMeasures.Measure] {
        [
            SampleMeasures.Measure(name: "modes_covered", value: Double(covered)),
            SampleMeasures.Measure(name: "high_quality_samples", value: highQuality),
            SampleMeasures.Measure(name: "mode_divergence", value: divergence),
        ]
    }
}
