import StrataGraph

/// Ω(h): what keeps an autoencoder's code from being a mere copy of the example.
public struct CodePenalty: Sendable, Hashable {
    /// What is penalised about a code.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Nothing: codes go without a penalty.
        case none
        /// The sum of absolute values: a Laplace prior on the code.
        case l1
        /// The divergence of each unit's mean activity over the batch from a target (Lee, Ekanadham and Ng 2008), for
        /// codes between 0 and 1.
        case kl
        /// The squared Frobenius norm of the code's Jacobian (Rifai et al., "Contractive auto-encoders", 2011).
        case contractive
    }

    /// What is penalised about a code; `none` for no penalty.
    public var kind: Kind
    /// The factor of the penalty where it is added to the loss; 0 for no effect.
    public var weight: Float
    /// The activity that `kl` draws units to.
    public var activity: Float

    /// A penalty, without effect unless it has a weight. Nothing is checked.
    ///
    /// - `activity`: Between 0 and 1, for `kl` alone.
    public init(_ kind: Kind, weight: Float = 0, activity: Float = 0.05) {
        self.kind = kind
        self.weight = weight
        self.activity = activity
    }

    /// No penalty: the loss is that of the reconstruction.
    public static let none = CodePenalty(.none)

    /// The mean over the batch of what is added to the loss, without its weight; `nil` for none.
    ///
    /// - `code`: [batch, code], a function of `input` [batch, features].
    func value(_ code: Tensor, of input: Tensor, _ key: RandomKey) -> Tensor? {
        switch kind {
        case .none: return nil
        case .l1: return code.absolute().sum([1]).mean()
        case .kl:
            let mean = code.mean([0]).maximum(1e-6).minimum(1 - 1e-6)
            return -(mean.logarithm() * activity + (1 - mean).logarithm() * (1 - activity)).sum()
        case .contractive:
            // E‖uᵀJ‖² = ‖J‖² for a standard normal u, of which each example gets one (Hutchinson 1990).
            let u = key.named("direction").normal(code.shape)
            return gradient(of: (code * u).sum(), withRespectTo: [input])[0].squared().sum([1]).mean()
        }
    }
}
