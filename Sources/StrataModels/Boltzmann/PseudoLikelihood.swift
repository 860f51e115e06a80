public import StrataGraph

extension EnergyModel {
    /// `features · log p(vᵢ | the others)` for one feature i of each example, chosen at random: [batch], an unbiased
    /// estimate of the pseudo-log-likelihood (Besag 1975) of the example rounded to bits, in nats.
    public func pseudoLogLikelihood(_ examples: Tensor, key: RandomKey) -> Tensor {
        guard examples.rank == 2 else {
            return .invalid("pseudoLogLikelihood: \(examples.shape), expected [batch, features]")
        }
        let features = Float(examples.extent(1))
        let v = examples.greater(0.5)
        let chosen = (key.uniform([v.extent(0), 1]) * features).floor()
        let isChosen = Tensor.iota(v.shape, axis: 1).equal(chosen.broadcast(to: v.shape, axes: [0, 1]))
        let flipped = isChosen.select(1 - v, v)
        return -(freeEnergy(v, key: key) - freeEnergy(flipped, key: key)).softplus() * features
    }
}
