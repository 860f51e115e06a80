public import StrataGraph

/// The variational bound on log p(v) (Hinton, Osindero and Teh 2006; Salakhutdinov and Murray 2008): with q drawn
/// upwards, `log p(v) ≥ E_q[log p(v | h¹) + … + log p*(hⁿ⁻¹)] + H(q) − log Z` of the top machine.
extension DeepBeliefNetwork: AnnealedModel {
    public var hiddenStates: Int? { top.hiddenStates }
    public var isBinary: Bool { true }
    public var isBound: Bool { lower.count > 0 }

    /// One draw of each layer: an unbiased estimate of the bound, its sign changed.
    public func freeEnergy(_ examples: Tensor, key: RandomKey) -> Tensor {
        var states = examples
        var bound = Tensor.constant(0, [examples.extent(0)])
        for ((number, machine), layer) in zip(lower.enumerated(), generation.reversed()) {
            let input = machine.hiddenInput(states)
            let above = key.named("bound").numbered(number).bernoulli(input.sigmoid())
            let logits = layer.input(above)
            // log p(states | above), and −log q of the layer above in expectation.
            bound = bound + (states * logits - logits.softplus()).sum([1])
            bound = bound + (input.softplus() - input * input.sigmoid()).sum([1])
            states = above
        }
        return top.freeEnergy(states) - bound
    }

    public func logPartition() throws -> Tensor { try top.logPartition() }

    public var summedUnits: Int { top.summedUnits }
    public func states(of examples: Tensor) -> Tensor { lower.reduce(examples) { $1.encode($0) } }
    public var stateBias: Tensor { top.stateBias }
    public func summedInput(_ states: Tensor) -> Tensor { top.summedInput(states) }
    public func stateField(_ units: Tensor) -> Tensor { top.stateField(units) }
}
