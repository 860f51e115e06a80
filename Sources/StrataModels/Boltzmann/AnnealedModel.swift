public import StrataGraph

/// An energy model that a path of distributions joins to one whose log Z is known: what annealed importance sampling
/// walks along.
///
/// At the inverse temperature β = 0 the units are independent and the visible ones have the biases of the base; at 1
/// the distribution is the model's own.
public protocol AnnealedModel: EnergyModel {
    /// log Z at β = 0 for the base's visible biases [features], as a scalar.
    func baseLogPartition(_ base: Tensor) -> Tensor

    /// One step along the path, for states [runs, features] of bits and scalars `from` and `to` of β.
    ///
    /// - Returns: `log p*(to) − log p*(from)` of each state, [runs], in nats and not normalised; and the states after a
    ///   transition that leaves the distribution at `to` as it is.
    func annealing(
        _ states: Tensor, from: Tensor, to: Tensor, base: Tensor, key: RandomKey
    ) -> (logRatios: Tensor, next: Tensor)
}

extension RestrictedBoltzmannMachine: AnnealedModel {
    /// No hidden unit feels anything at β = 0, so each doubles Z.
    public func baseLogPartition(_ base: Tensor) -> Tensor {
        base.softplus().sum() + Tensor.constant(2).logarithm() * Float(hidden)
    }

    /// `log p*(v) = ((1 − β) b₀ + β b)·v + Σ log(1 + exp(β (c + W v)))`: Salakhutdinov and Murray, "On the quantitative
    /// analysis of deep belief networks", 2008, with one set of hidden units for both ends.
    public func annealing(
        _ states: Tensor, from: Tensor, to: Tensor, base: Tensor, key: RandomKey
    ) -> (logRatios: Tensor, next: Tensor) {
        let inputs = hiddenInput(states)
        // Unit by unit, since the sums at both ends are large and nearly equal.
        let grown = ((inputs * to).softplus() - (inputs * from).softplus()).sum([1])
        let logRatios = (states * (visibleBias.tensor - base)).sum([1]) * (to - from) + grown
        let h = key.named("hidden").bernoulli((inputs * to).sigmoid())
        let field = (h.dot(weight.tensor) + visibleBias.tensor) * to + base * (1 - to)
        return (logRatios, key.named("visible").bernoulli(field.sigmoid()))
    }
}
