public import StrataGraph

extension EnergyModel {
    /// `features · log p(vᵢ | the others)` for one feature i of each example, chosen at random: [batch], an unbiased
    /// estimate of the pseudo-log-likelihood (Besag 1975) of the example rounded to bits, in nats.
    public func pseudoLogLikelihood(_ examples: Tensor, key: RandomKey) -> Tensor {
        PseudoLikelihood.logarithm(examples, key: key) { freeEnergy($0, key: key) }
    }
}

enum PseudoLikelihood {
    /// The same estimate for any free energies [rows, features] → [rows].
    static func logarithm(_ rows: Tensor, key: RandomKey, freeEnergy: (Tensor) -> Tensor) -> Tensor {
        guard rows.rank == 2 else {
            return .invalid("pseudoLogLikelihood: \(rows.shape), expected [batch, features]")
        }
        let features = Float(rows.extent(1))
        let v = rows.greater(0.5)
        let chosen = (key.uniform([v.extent(0), 1]) * features).floor()
        let isChosen = Tensor.iota(v.shape, axis: 1).equal(chosen.broadcast(to: v.shape, axes: [0, 1]))
        let flipped = isChosen.select(1 - v, v)
        return -(freeEnergy(v) - freeEnergy(flipped)).softplus() * features
    }
}
