import Foundation
public import StrataGraph
import StrataNN

/// What two views of an example should have in common, and different examples should not: a loss of embeddings
/// [batch, width] of the first and the second views.
public struct ViewObjective: Sendable {
    /// The name of the loss among the metrics.
    public var name: String
    /// The loss, a scalar, and what is reported besides.
    public var loss: @Sendable (_ first: Tensor, _ second: Tensor, RandomKey) -> (value: Tensor, metrics: [Metric])

    /// A loss of any functions.
    public init(
        _ name: String,
        loss: @escaping @Sendable (_ first: Tensor, _ second: Tensor, RandomKey) -> (value: Tensor, metrics: [Metric])
    ) {
        self.name = name
        self.loss = loss
    }

    /// Each view picks its counterpart among all others, NT-Xent in nats (SimCLR; Chen et al., "A simple framework for
    /// contrastive learning of visual representations", 2020).
    ///
    /// - `temperature`: What similarities are divided by, above 0.
    public static func contrast(temperature: Float = 0.5) -> ViewObjective {
        ViewObjective("contrastive_loss") { first, second, _ in
            let contrast = Contrast(first, second, temperature: temperature)
            return (contrast.loss.mean(), [Metric("contrastive_accuracy", contrast.accuracy.mean())])
        }
    }

    /// The correlations of the views' dimensions are those of the identity, `Σ (1 − C_ii)² + λ Σ_{i≠j} C_ij²` (Zbontar, Jing,
    /// Misra, LeCun and Deny, "Barlow Twins: self-supervised learning via redundancy reduction", 2021).
    ///
    /// - `redundancy`: The paper's λ.
    public static func correlation(redundancy: Float = 5e-3) -> ViewObjective {
        ViewObjective("barlow_twins_loss") { first, second, _ in
            let correlations =
                standardized(first).dot(
                    standardized(second), DotAxes(leftContract: [0], rightContract: [0]))
                * (1 / Float(max(first.extent(0), 1)))
            if correlations.isInvalid { return (correlations, []) }
            let unit = Tensor.identity(correlations.shape[0])
            let own = (unit * (1 - correlations).squared()).sum()
            let others = ((1 - unit) * correlations.squared()).sum()
            return (own + others * redundancy, [])
        }
    }

    /// Views are near one another, and each dimension keeps a standard deviation of 1 and is uncorrelated to the others
    /// (Bardes, Ponce and LeCun, "VICReg: variance-invariance-covariance regularization for self-supervised learning", 2022).
    public static func moments(
        invariance: Float = 25, variance: Float = 25, covariance: Float = 1
    ) -> ViewObjective {
        ViewObjective("vicreg_loss") { first, second, _ in
            let near = (first - second).squared().mean()
            let parts = [first, second].map { views -> (spread: Tensor, shared: Tensor) in
                let centred = views - views.mean([0], keepingAxes: true)
                let count = Float(max(views.extent(0) - 1, 1))
                let covariances = centred.dot(centred, DotAxes(leftContract: [0], rightContract: [0])) * (1 / count)
                if covariances.isInvalid { return (covariances, covariances) }
                let width = covariances.shape[0]
                let deviations = (centred.squared().sum([0]) * (1 / count) + 1e-4).squareRoot()
                let others = ((1 - Tensor.identity(width)) * covariances.squared()).sum() * (1 / Float(width))
                return ((1 - deviations).relu().mean(), others)
            }
            let spread = (parts[0].spread + parts[1].spread) * 0.5
            return (near * invariance + spread * variance + (parts[0].shared + parts[1].shared) * covariance, [])
        }
    }

    /// Views are near their mean, and embeddings are standard normal along random directions, by the test of Epps and
    /// Pulley: SIGReg (Balestriero and LeCun, "LeJEPA: provable and scalable self-supervised learning without the
    /// heuristics", 2025).
    ///
    /// - Parameters:
    ///   - weight: The share of the test in the loss.
    ///   - slices: Directions, drawn anew each step.
    public static func isotropy(weight: Float = 0.05, slices: Int = 256) -> ViewObjective {
        ViewObjective("lejepa_loss") { first, second, key in
            let near = (first - second).squared().mean() * 0.25
            let tests = [first, second].map { gaussianity($0, slices: slices, key: key.named("slices")) }
            let test = (tests[0] + tests[1]) * 0.5
            return (near * (1 - weight) + test * weight, [Metric("sigreg", test)])
        }
    }

    /// The cosine of a prediction and of what a slow copy of the network gives for the other view, `2 − 2 cos` (Grill et
    /// al., "Bootstrap your own latent", 2020).
    public static let prediction = ViewObjective("byol_loss") { first, second, _ in
        ((2 - (normalized(first) * normalized(second)).sum([1]) * 2).mean(), [])
    }

    // MARK: Parts

    /// Each row by its length: [rows, width] → the same shape.
    static func normalized(_ rows: Tensor) -> Tensor {
        rows / (rows.squared().sum([1], keepingAxes: true) + 1e-12).squareRoot()
    }

    /// Each column of mean 0 and standard deviation 1; a constant one is 0.
    private static func standardized(_ rows: Tensor) -> Tensor {
        let centred = rows - rows.mean([0], keepingAxes: true)
        return centred / (centred.squared().mean([0], keepingAxes: true) + 1e-5).squareRoot()
    }

    /// The mean over directions of `N ∫ |φ(t) − exp(−t²/2)|² exp(−t²/2) dt`, where φ is the empirical characteristic function
    /// of the N rows along a direction, at 17 points from −5 to 5 (Epps and Pulley 1983).
    static func gaussianity(_ rows: Tensor, slices: Int, key: RandomKey) -> Tensor {
        guard !rows.isInvalid, rows.rank == 2 else { return rows }
        let directions = normalized(key.normal([max(slices, 1), rows.shape[1]]))
        let projections = rows.dotTransposed(directions)
        let (count, points) = (Float(max(rows.shape[0], 1)), 17)
        let gap = 10 / Float(points - 1)
        // φ is conjugate symmetric: 0 once, the positive half twice.
        var sum = Tensor.constant(0, [projections.extent(1)])
        for place in 0...points / 2 {
            let t = gap * Float(place)
            let normal = Float(exp(-0.5 * Double(t) * Double(t)))
            let weight = normal * gap * (place == 0 ? 1 : place == points / 2 ? 1 : 2)
            let (real, imaginary) = ((projections * t).cosine().mean([0]), (projections * t).sine().mean([0]))
            sum = sum + ((real - normal).squared() + imaginary.squared()) * weight
        }
        return sum.mean() * count
    }
}

/// How well each of some views, [batch, width] twice, picks its counterpart among all others.
struct Contrast {
    /// The cross-entropy of picking the counterpart, NT-Xent in nats: [2 · batch].
    let loss: Tensor
    /// Whether nothing is nearer than the counterpart: [2 · batch], 1 or 0.
    let accuracy: Tensor

    init(_ first: Tensor, _ second: Tensor, temperature: Float) {
        let units = ViewObjective.normalized(.concatenate([first, second]))
        let (count, half) = (units.extent(0), first.extent(0))
        let pair = (units.slice(from: 0, count: half, axis: 0) * units.slice(from: half, count: half, axis: 0)).sum([1])
        let own = Tensor.concatenate([pair, pair]) * (1 / temperature)
        // A view is no candidate for itself.
        let similarities = units.dotTransposed(units) * (1 / temperature)
        let others = Tensor.identity(count).select(.constant(-1e30, similarities.shape), similarities)
        loss = others.logSumExp(axis: 1) - own
        accuracy = own.greaterOrEqual(others.maximum(over: [1]) - 1e-6)
    }
}
