import Foundation
import StrataBackend
public import StrataGraph

extension RestrictedBoltzmannMachine: EnergyModel {
    public var hiddenStates: Int? { hiddenUnits == .bernoulli ? codeSize : nil }
    public var isBinary: Bool { visibleUnits == .bernoulli && hiddenUnits == .bernoulli }

    public func freeEnergy(_ examples: Tensor, key: RandomKey) -> Tensor { freeEnergy(examples) }

    /// `F(v) = −b·v − Σ log(1 + exp(c + W v))`, so that p(v) = exp(−F(v)) / Z. For Gaussian visible units that of the
    /// density of examples, not of their standardised states.
    func freeEnergy(_ examples: Tensor) -> Tensor {
        let energy = freeEnergy(ofVisible: visible(examples))
        guard let standardization else { return energy }
        let constant = standardization.deviation.tensor.logarithm().sum() + Float(features) * halfLogTwoPi
        return energy + constant
    }

    /// That of states of the visible units.
    func freeEnergy(ofVisible v: Tensor) -> Tensor {
        let own =
            visibleUnits == .gaussian
            ? (v - visibleBias.tensor).squared().sum([1]) * 0.5 : -(v * visibleBias.tensor).sum([1])
        return own - hiddenUnits.logPartition(hiddenInput(v)).sum([1])
    }

    /// By enumeration of all hidden states, with the visible units summed out: Z = Σₕ exp(c·h + Σᵢ log(1 + exp(b + hW)ᵢ)).
    public func logPartition() throws -> Tensor {
        guard hiddenUnits == .bernoulli else {
            throw StrataError(
                .unsupported, "exact log Z enumerates binary hidden units; these are \(hiddenUnits.rawValue)")
        }
        return try HiddenStates.logSum(over: codeSize) { h in
            let visible =
                visibleUnits == .gaussian
                // ∫ exp(−½‖v − b‖² + v·hW), less the (2π)^(D/2) that the free energy has.
                ? {
                    let field = h.dot(weight.tensor); return field * (visibleBias.tensor + field * 0.5)
                }()
                : visibleInput(h).softplus()
            return (h * hiddenBias.tensor).sum([1]) + visible.sum([1])
        }
    }
}

private let halfLogTwoPi = Float(0.5 * log(2 * Double.pi))
