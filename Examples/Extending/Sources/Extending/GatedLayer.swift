import Strata

/// A gated linear unit: (x Wᵀ + b) · σ(x Vᵀ + c), [batch, inputs] → [batch, outputs] (Dauphin et al. 2017).
struct GatedLayer: Layer {
    var outputs: Int

    func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        let value = pass.apply(Dense(outputs), named: "value", to: x)
        return value * pass.apply(Dense(outputs, activation: .sigmoid), named: "gate", to: x)
    }
}
