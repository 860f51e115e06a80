import StrataGraph

/// The rules of an adversarial game: what the players descend on, and what keeps the discriminator from being too steep.
public struct AdversarialGame: Sendable {
    /// What both descend on.
    public var loss: AdversarialLoss
    /// Moves of the discriminator in a step; fewer than 1 count as 1.
    public var criticSteps: Int
    /// What is added to the discriminator's loss.
    public var penalties: GradientPenalties
    /// The bound c of all parameters of the discriminator, which are clipped to [−c, c] after each of its moves
    /// (Arjovsky et al. 2017); `nil` for none.
    public var clip: Float?
    /// Whether the discriminator's weights are divided by their spectral norms: see `SpectralNormalization`.
    public var normalizesSpectrum: Bool

    /// The rules of a game; by default the non-saturating loss and nothing else.
    public init(
        _ loss: AdversarialLoss.Name = .nonSaturating, criticSteps: Int = 1, penalties: GradientPenalties = .init(),
        clip: Float? = nil, normalizesSpectrum: Bool = false
    ) {
        self.loss = loss.loss
        self.criticSteps = criticSteps
        self.penalties = penalties
        self.clip = clip
        self.normalizesSpectrum = normalizesSpectrum
    }

    /// The parameters that a move of the discriminator leaves, given those that the optimizer does.
    var constraint: (@Sendable (Tensor) -> Tensor)? {
        guard let clip else { return nil }
        return { $0.maximum(-clip).minimum(clip) }
    }
}
