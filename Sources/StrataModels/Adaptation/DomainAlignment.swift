public import StrataBackend
public import StrataGraph
public import StrataNN

/// What makes the codes of two domains alike: a loss that a network learns with besides that of its task.
public protocol DomainAlignment: Sendable {
    /// What it learns itself, such as a network that tells the domains apart.
    var parameters: [StateVariable] { get }

    /// What is made alike.
    var aligned: AlignedLayer { get }

    /// The loss, a scalar, and what is reported of it.
    ///
    /// - Parameters:
    ///   - codes: Of both domains, [batch, width], or what else is made alike.
    ///   - weights: Which rows are of which domain.
    ///   - progress: How much of the training is done, a scalar from 0 to 1.
    ///   - pass: Of training.
    func loss(
        _ codes: Tensor, _ weights: DomainWeights, progress: Tensor, _ pass: inout Pass
    ) -> (value: Tensor, metrics: [Metric])
}

/// A layer of a network that is the same for two domains.
public enum AlignedLayer: Sendable, Hashable {
    /// The encoder's output.
    case code
    /// The logits of the classes.
    case logits
}

extension DomainAlignment {
    public var aligned: AlignedLayer { .code }
}

/// A network learns to tell the domains of codes apart, and the encoder learns to make it fail: its gradient is reversed on the
/// way to the codes (Ganin et al., "Domain-adversarial training of neural networks", 2016).
public struct AdversarialAlignment: DomainAlignment {
    private let discriminator: Network

    /// A network of dense layers on codes of a shape, without that of an example.
    public init(code: Shape, hidden: [Int]) {
        discriminator = Network(
            "discriminator", input: code,
            Sequential([Flatten()] + hidden.map { Dense($0, activation: .relu) } + [Dense(1)]))
    }

    public var parameters: [StateVariable] { discriminator.parameters }

    /// The factor of the reversed gradient: `2 / (1 + exp(−10 p)) − 1` of the progress p, so that the network learns its task
    /// before its codes are fought over.
    static func reversal(at progress: Tensor) -> Tensor { (progress * 5).tanh() }

    /// The sum of both domains' mean cross-entropy, 2 log 2 = 1.3863 for a network that cannot tell, or that knows nothing yet.
    public func loss(
        _ codes: Tensor, _ weights: DomainWeights, progress: Tensor, _ pass: inout Pass
    ) -> (value: Tensor, metrics: [Metric]) {
        // The same numbers, of which the gradient is reversed.
        let held = codes.stopGradient()
        let reversed = held - (codes - held) * Self.reversal(at: progress)
        let logits = discriminator(reversed, &pass)
        if logits.isInvalid { return (logits, []) }
        let logit = logits.reshape([logits.extent(0)])
        let loss = (logit.softplus() * weights.source).sum() + ((-logit).softplus() * weights.target).sum()
        let isSource = logit.less(0)
        let right = (isSource * weights.source).sum() + ((1 - isSource) * weights.target).sum()
        return (loss, [Metric("domain_loss", loss), Metric("domain_accuracy", right * 0.5)])
    }
}

/// The covariances of both domains' logits are made alike, `‖C_S − C_T‖²_F / 4 d²` (Sun and Saenko, "Deep CORAL: correlation
/// alignment for deep domain adaptation", 2016).
public struct CovarianceAlignment: DomainAlignment {
    /// An alignment without parameters.
    public init() {}

    public var parameters: [StateVariable] { [] }
    public var aligned: AlignedLayer { .logits }

    public func loss(
        _ codes: Tensor, _ weights: DomainWeights, progress: Tensor, _ pass: inout Pass
    ) -> (value: Tensor, metrics: [Metric]) {
        let width = Float(max(codes.extent(1), 1))
        let difference = Self.covariance(codes, weights.source) - Self.covariance(codes, weights.target)
        let loss = difference.squared().sum() * (1 / (4 * width * width)) * weights.areBoth
        return (loss, [Metric("coral_loss", loss)])
    }

    /// The covariance of the rows of one domain, divided by one less than their number: [batch, width] → [width, width].
    static func covariance(_ rows: Tensor, _ weights: Tensor) -> Tensor {
        let centred = rows - DomainWeights.mean(rows, weights)
        let product = (centred * DomainWeights.column(weights)).dot(
            centred, DotAxes(leftContract: [0], rightContract: [0]))
        // 1 − 1/n of weights 1/n.
        return product / (1 - weights.squared().sum()).maximum(1e-6)
    }
}

/// The mean discrepancy of both domains' codes is made small, under a sum of Gaussian kernels of several widths (Long, Cao,
/// Wang and Jordan, "Learning transferable features with deep adaptation networks", 2015).
public struct KernelAlignment: DomainAlignment {
    /// The variances of the kernels, in units of half the mean squared distance of two codes.
    public var scales: [Float]

    /// Kernels of five widths, a factor of two in their variance apart. Nothing is checked.
    public init(scales: [Float] = [0.25, 0.5, 1, 2, 4]) { self.scales = scales }

    public var parameters: [StateVariable] { [] }

    public func loss(
        _ codes: Tensor, _ weights: DomainWeights, progress: Tensor, _ pass: inout Pass
    ) -> (value: Tensor, metrics: [Metric]) {
        let distances = codes.squaredDistances(to: codes)
        let typical = distances.mean().stopGradient().maximum(1e-12) * 0.5
        let loss =
            Self.discrepancy(distances, weights, variances: scales.map { typical * $0 }) * weights.areBoth
        return (loss, [Metric("mmd", loss)])
    }

    /// The squared maximum mean discrepancy, `Σ (p − q)_i (p − q)_j k(x_i, x_j)` with the mean of the kernels
    /// `exp(−‖x − y‖² / 2 s²)` (Gretton, Borgwardt, Rasch, Schölkopf and Smola, "A kernel two-sample test", 2012), the biased
    /// estimate, which is never below 0.
    ///
    /// - Parameters:
    ///   - distances: Squared ones of all pairs of rows, [batch, batch].
    ///   - weights: p and q.
    ///   - variances: The squares s² of the kernels' widths, scalars.
    static func discrepancy(_ distances: Tensor, _ weights: DomainWeights, variances: [Tensor]) -> Tensor {
        let kernels = variances.map { (distances * (-0.5 / $0)).exponential() }
        let kernel = kernels.dropFirst().reduce(kernels.first ?? .invalid("kernels: there are none"), +)
        let difference = weights.source - weights.target
        let sums = (kernel * difference).sum([1])
        return (sums * difference).sum() * (1 / Float(max(kernels.count, 1)))
    }
}
