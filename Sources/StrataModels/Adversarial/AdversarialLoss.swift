public import StrataGraph

/// What the two players of an adversarial game descend on: functions of what the discriminator says of a batch of
/// examples and of as many samples, outputs [batch, 1], r and f below; E is the mean over the batch.
///
/// ```
/// let hinge = AdversarialLoss.Name.hinge.loss
/// let loss = hinge.discriminator(discriminator(examples), discriminator(samples))
/// ```
public struct AdversarialLoss: Sendable {
    /// What the discriminator minimizes, a scalar.
    public var discriminator: @Sendable (_ real: Tensor, _ fake: Tensor) -> Tensor
    /// What the generator minimizes, a scalar. Only a loss of pairs asks what the discriminator says of examples.
    public var generator: @Sendable (_ fake: Tensor, _ real: () -> Tensor) -> Tensor
    /// How well the discriminator tells examples from samples.
    public var progress: @Sendable (_ real: Tensor, _ fake: Tensor) -> Metric
    /// The discriminator's loss where it can tell nothing, whose least is 0; `nil` for a loss that has no least.
    public var tie: Float?

    /// A loss of any functions.
    public init(
        discriminator: @escaping @Sendable (_ real: Tensor, _ fake: Tensor) -> Tensor,
        generator: @escaping @Sendable (_ fake: Tensor, _ real: () -> Tensor) -> Tensor,
        progress: @escaping @Sendable (_ real: Tensor, _ fake: Tensor) -> Metric, tie: Float? = nil
    ) {
        self.discriminator = discriminator
        self.generator = generator
        self.progress = progress
        self.tie = tie
    }

    /// A loss whose parts are means over examples and over samples: `E a(r) + E b(f)` of the discriminator, `E c(f)` of
    /// the generator.
    public init(
        real: @escaping @Sendable (Tensor) -> Tensor, fake: @escaping @Sendable (Tensor) -> Tensor,
        generator: @escaping @Sendable (Tensor) -> Tensor,
        progress: @escaping @Sendable (_ real: Tensor, _ fake: Tensor) -> Metric, tie: Float? = nil
    ) {
        self.init(
            discriminator: { real($0).mean() + fake($1).mean() },
            generator: { output, _ in generator(output).mean() }, progress: progress, tie: tie)
    }

    /// The losses that have names.
    public enum Name: String, Sendable, Hashable, CaseIterable {
        /// Both players on one value: `−E log σ(r) − E log(1 − σ(f))`, and its negative `E log(1 − σ(f))`, all that
        /// depends on the generator (Goodfellow et al., "Generative adversarial nets", 2014).
        case minimax
        /// The same for the discriminator, `−E log σ(f)` for the generator, whose gradient does not vanish where the
        /// discriminator is sure (Goodfellow et al. 2014).
        case nonSaturating = "non-saturating"
        /// `½ E (r − 1)² + ½ E f²` and `½ E (f − 1)²` (Mao et al., "Least squares generative adversarial networks",
        /// 2017, their a = 0 and b = c = 1).
        case leastSquares = "least-squares"
        /// `E f − E r` and `−E f` of a critic that must not be steep (Arjovsky, Chintala and Bottou, "Wasserstein
        /// generative adversarial networks", 2017).
        case wasserstein
        /// `E max(0, 1 − r) + E max(0, 1 + f)` and `−E f` (Lim and Ye, "Geometric GAN", 2017; Miyato et al. 2018).
        case hinge
        /// `E softplus(f − r)` and `E softplus(r − f)` over pairs of an example and a sample (Jolicoeur-Martineau, "The
        /// relativistic discriminator", 2018; Huang et al., "The GAN is dead; long live the GAN!", 2024).
        case relativistic

        /// The loss of that name.
        public var loss: AdversarialLoss {
            switch self {
            case .minimax:
                AdversarialLoss(
                    real: { (-$0).softplus() }, fake: { $0.softplus() }, generator: { -$0.softplus() },
                    progress: AdversarialLoss.accuracy(about: 0), tie: 2 * AdversarialLoss.log2)
            case .nonSaturating:
                AdversarialLoss(
                    real: { (-$0).softplus() }, fake: { $0.softplus() }, generator: { (-$0).softplus() },
                    progress: AdversarialLoss.accuracy(about: 0), tie: 2 * AdversarialLoss.log2)
            case .leastSquares:
                AdversarialLoss(
                    real: { ($0 - 1).squared() * 0.5 }, fake: { $0.squared() * 0.5 },
                    generator: { ($0 - 1).squared() * 0.5 }, progress: AdversarialLoss.accuracy(about: 0.5), tie: 0.25)
            case .wasserstein:
                AdversarialLoss(
                    real: { -$0 }, fake: { $0 }, generator: { -$0 },
                    progress: { Metric("wasserstein_estimate", $0.mean() - $1.mean()) })
            case .hinge:
                AdversarialLoss(
                    real: { (1 - $0).relu() }, fake: { ($0 + 1).relu() }, generator: { -$0 },
                    progress: AdversarialLoss.accuracy(about: 0), tie: 2)
            case .relativistic:
                AdversarialLoss(
                    discriminator: { ($1 - $0).softplus().mean() }, generator: { ($1() - $0).softplus().mean() },
                    progress: { Metric(AdversarialLoss.accuracyName, $0.greater($1).mean()) }, tie: AdversarialLoss.log2
                )
            }
        }
    }

    private static let log2: Float = 0.693_147_2
    private static let accuracyName = "discriminator_accuracy"

    /// The share of examples above a bound and of samples below it, of both together.
    private static func accuracy(about bound: Float) -> @Sendable (_ real: Tensor, _ fake: Tensor) -> Metric {
        { Metric(accuracyName, ($0.greater(bound).mean() + $1.less(bound).mean()) * 0.5) }
    }
}
