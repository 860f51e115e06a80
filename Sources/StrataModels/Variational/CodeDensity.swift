import Foundation
import StrataBackend
import StrataGraph
import StrataNN

/// How common the codes of training examples are, as far as training has gone: what makes rare ones count more.
///
/// Everything that it keeps is state of the training, so that this goes on where it stopped.
protocol CodeDensity: Sendable {
    /// Weights of a batch's examples, up to a factor: codes [batch, latent] → [batch]; and what is kept of the batch.
    func weights(of codes: Tensor) -> (weights: Tensor, updates: Updates)
    /// What follows an epoch.
    var epochEnd: Updates { get }
}

/// A kernel density estimate from the latest codes: `w(x) = 1 / (Q(z) / Q̄ + α)` with Gaussians of Scott's bandwidth, in units of
/// the prior's standard deviation, about each of these codes, and the batch's mean Q̄. It sees what is rare only together, such as
/// a corner. While there are too few codes all weights are 1.
struct KernelCodeDensity: CodeDensity {
    private let bank: StateVariable
    private let seen: StateVariable
    private let smoothing: Float

    private static let size = 1024

    init(latent: Int, smoothing: Float) {
        bank = StateVariable("density.codes", [Self.size, latent], initializer: .zeros)
        seen = StateVariable("density.seen", [], initializer: .zeros)
        self.smoothing = smoothing
    }

    var epochEnd: Updates { [] }

    func weights(of codes: Tensor) -> (weights: Tensor, updates: Updates) {
        if codes.isInvalid { return (codes, []) }
        let (count, latent) = (codes.extent(0), codes.extent(1))
        let bandwidth = pow(Double(Self.size), -1 / (Double(latent) + 4))
        let distances = codes.squaredDistances(to: bank.tensor)
        let density = (distances * Float(-0.5 / (bandwidth * bandwidth))).exponential().mean([1])
        let weights = (density / density.mean().maximum(.leastNormalMagnitude) + smoothing).reciprocal()
        let isKnown = seen.tensor.greater(Float(Self.size) - 0.5).broadcast(to: [count], axes: [])
        let kept = min(count, Self.size)
        let next = Tensor.concatenate(
            [bank.tensor.slice(kept..<Self.size, axis: 0), codes.slice(count - kept..<count, axis: 0)], axis: 0)
        return (
            isKnown.select(weights, .constant(1, [count])),
            [(bank, next), (seen, (seen.tensor + Float(count)).minimum(Float(Self.size)))]
        )
    }
}

/// A histogram of each latent dimension over the epoch before, dimensions taken for independent:
/// `w(x) = Π_i 1 / (Q_i(z_i) + α)` (Amini et al. 2019). In the first epoch all weights are the same.
///
/// Bins divide −3 … 3, in units of the prior's standard deviation, and what lies outside falls into the outermost.
struct HistogramCodeDensity: CodeDensity {
    /// Shares of the epoch before and numbers of this one: [latent, bins].
    private let shares: StateVariable
    private let counts: StateVariable
    private let smoothing: Float

    private static let (bins, reach) = (20, Float(3))
    /// What the logarithm of a weight is kept within, lest weights overflow.
    private static let largest: Float = 30

    init(latent: Int, smoothing: Float) {
        let shape: Shape = [latent, Self.bins]
        shares = StateVariable("density.shares", shape, initializer: .constant(1 / Float(Self.bins)))
        counts = StateVariable("density.counts", shape, initializer: .zeros)
        self.smoothing = smoothing
    }

    func weights(of codes: Tensor) -> (weights: Tensor, updates: Updates) {
        if codes.isInvalid { return (codes, []) }
        let place: Shape = [codes.extent(0), codes.extent(1), Self.bins]
        let scaled = (codes + Self.reach) * (Float(Self.bins) / (2 * Self.reach))
        let bin = scaled.floor().maximum(0).minimum(Float(Self.bins - 1))
        let isWithin = Tensor.iota(place, axis: 2).equal(
            bin.reshape([place[0], place[1], 1]).broadcast(to: place, axes: [0, 1, 2]))
        // Relative to bins that are all as full.
        let density = (isWithin * shares.tensor).sum([2]) * Float(Self.bins)
        let logarithms = -(density + smoothing * Float(Self.bins)).logarithm().sum([1])
        return (
            logarithms.maximum(-Self.largest).minimum(Self.largest).exponential(),
            [(counts, counts.tensor + isWithin.sum([0]))]
        )
    }

    /// What was counted becomes the density of the next epoch.
    var epochEnd: Updates {
        let filled = counts.tensor.sum([1], keepingAxes: true)
        return [(shares, counts.tensor / filled.maximum(1)), (counts, .constant(0, counts.type.shape))]
    }
}

/// Weights whose mean over the examples of an epoch so far is 1.
struct NormalizedWeights: Sendable {
    /// The sum of the weights of the epoch, and their number: [2].
    private let total = StateVariable("density.total", [2], initializer: .zeros)

    func callAsFunction(_ weights: Tensor) -> (weights: Tensor, updates: Updates) {
        if weights.isInvalid { return (weights, []) }
        let sums =
            Tensor.concatenate([weights.sum().reshape([1]), .constant(Float(weights.extent(0)), [1])], axis: 0)
            + total.tensor
        return (weights / (sums.slice(0..<1, axis: 0) / sums.slice(1..<2, axis: 0)), [(total, sums)])
    }

    /// The next epoch counts anew.
    var epochEnd: Updates { [(total, .constant(0, [2]))] }
}
