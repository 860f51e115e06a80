public import StrataGraph

/// Penalties on the gradient of a discriminator's output with respect to its input, as it sees examples; each counts
/// with its weight, 0 for none.
///
/// The gradient of a batch is that of the sum of its outputs, which is each example's own unless the discriminator
/// normalizes over batches.
public struct GradientPenalties: Sendable, Hashable {
    /// λ of `λ E (‖∇D(x̂)‖ − 1)²` at points x̂ between an example and a sample, `ε x + (1 − ε) G(z)` with ε uniform on
    /// [0, 1] (Gulrajani et al., "Improved training of Wasserstein GANs", 2017, who have λ = 10).
    public var interpolated: Float
    /// γ of R1, `½ γ E ‖∇D(x)‖²` at examples (Mescheder, Geiger and Nowozin, "Which training methods for GANs do
    /// actually converge?", 2018, equation 9; their program leaves the ½ out).
    public var real: Float
    /// γ of R2, `½ γ E ‖∇D(G(z))‖²` at samples (equation 10 of the same).
    public var fake: Float

    /// Penalties of these weights, which are not checked.
    public init(interpolated: Float = 0, real: Float = 0, fake: Float = 0) {
        self.interpolated = interpolated
        self.real = real
        self.fake = fake
    }

    /// Whether all weights are 0.
    public var isEmpty: Bool { self == GradientPenalties() }

    /// `½ E ‖g‖²` of gradients [batch, features]: a scalar.
    public static func zeroCentred(_ gradients: Tensor) -> Tensor { gradients.squared().sum([1]).mean() * 0.5 }

    /// `E (‖g‖ − 1)²` of gradients [batch, features]: a scalar. A gradient of 0 counts as one of 10⁻⁶, so that it can be
    /// differentiated.
    public static func oneCentred(_ gradients: Tensor) -> Tensor {
        ((gradients.squared().sum([1]) + 1e-12).squareRoot() - 1).squared().mean()
    }

    /// The sum of all penalties times their weights, a scalar; `nil` where all weights are 0.
    ///
    /// - Parameters:
    ///   - real: Examples [batch, features], and what the discriminator says of them.
    ///   - fake: Samples of the same shape, and what it says of them.
    ///   - judge: What it says of other inputs of that shape.
    func callAsFunction(
        real: Judged, fake: Judged, key: RandomKey, judge: (Tensor) -> Tensor
    ) -> Tensor? {
        var terms: [Tensor] = []
        if interpolated != 0 {
            let share = key.named("interpolation").uniform([real.inputs.extent(0), 1])
            let between = real.inputs * share + fake.inputs * (1 - share)
            let gradients = gradient(of: judge(between).sum(), withRespectTo: [between])
            terms.append(Self.oneCentred(gradients[0]) * interpolated)
        }
        // Of both at once: what is said of an example does not depend on a sample.
        if self.real != 0 || self.fake != 0 {
            let gradients = gradient(
                of: real.outputs.sum() + fake.outputs.sum(), withRespectTo: [real.inputs, fake.inputs])
            if self.real != 0 { terms.append(Self.zeroCentred(gradients[0]) * self.real) }
            if self.fake != 0 { terms.append(Self.zeroCentred(gradients[1]) * self.fake) }
        }
        guard let first = terms.first else { return nil }
        return terms.dropFirst().reduce(first, +)
    }
}

/// What a discriminator was given, [batch, features], and what it said of it, [batch, 1].
struct Judged {
    var inputs: Tensor
    var outputs: Tensor
}
