public import StrataGraph

/// A binary energy model that a path of distributions joins to one whose log Z is known: what annealed importance
/// sampling walks along.
///
/// Its units fall into two sets without connections inside: *states*, on which the walk goes, and others that are summed
/// out given them. At the inverse temperature β = 0 all units are independent and the states have the biases of the base;
/// at 1 the distribution is the model's own.
public protocol AnnealedModel: EnergyModel {
    /// Units that are summed out.
    var summedUnits: Int { get }
    /// The states that belong to examples [batch, features], or their probabilities: [batch, states].
    func states(of examples: Tensor) -> Tensor
    /// The biases of the states: [states].
    var stateBias: Tensor { get }
    /// What the units that are summed out get from states [runs, states], with their biases: [runs, summed].
    func summedInput(_ states: Tensor) -> Tensor
    /// What the states get from those units, without their biases: [runs, summed] → [runs, states].
    func stateField(_ units: Tensor) -> Tensor
}

extension AnnealedModel {
    /// log Z at β = 0 for the base's biases [states], as a scalar: no unit that is summed out feels anything, so each
    /// doubles Z.
    public func baseLogPartition(_ base: Tensor) -> Tensor {
        base.softplus().sum() + Tensor.constant(2).logarithm() * Float(summedUnits)
    }

    /// One step along the path, for states [runs, states] of bits and scalars `from` and `to` of β:
    /// `log p*(s) = ((1 − β) b₀ + β b)·s + Σ log(1 + exp(β (c + W s)))`, after Salakhutdinov and Murray, "On the
    /// quantitative analysis of deep belief networks", 2008, with one set of units summed out for both ends.
    ///
    /// - Returns: `log p*(to) − log p*(from)` of each state, [runs], in nats and not normalized; and the states after a
    ///   transition that leaves the distribution at `to` as it is.
    public func annealing(
        _ states: Tensor, from: Tensor, to: Tensor, base: Tensor, key: RandomKey
    ) -> (logRatios: Tensor, next: Tensor) {
        let inputs = summedInput(states)
        // Unit by unit, since the sums at both ends are large and nearly equal.
        let grown = ((inputs * to).softplus() - (inputs * from).softplus()).sum([1])
        let logRatios = (states * (stateBias - base)).sum([1]) * (to - from) + grown
        let units = key.named("hidden").bernoulli((inputs * to).sigmoid())
        let field = (stateField(units) + stateBias) * to + base * (1 - to)
        return (logRatios, key.named("visible").bernoulli(field.sigmoid()))
    }
}

extension RestrictedBoltzmannMachine: AnnealedModel {
    public var summedUnits: Int { codeSize }
    public func states(of examples: Tensor) -> Tensor { examples }
    public var stateBias: Tensor { visibleBias.tensor }
    public func summedInput(_ states: Tensor) -> Tensor { hiddenInput(states) }
    public func stateField(_ units: Tensor) -> Tensor { units.dot(weight.tensor) }
}
