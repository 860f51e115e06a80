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
        let own = visibleUnits == .gaussian
            ? (v - visibleBias.tensor).squared().sum([1]) * 0.5 : -(v * visibleBias.tensor).sum([1])
        return own - hiddenUnits.logPartition(hiddenInput(v)).sum([1])
    }

    /// By enumeration of all hidden states, with the visible units summed out: Z = Σₕ exp(c·h + Σᵢ log(1 + exp(b + hW)ᵢ)).
    public func logPartition() throws -> Tensor {
        guard hiddenUnits == .bernoulli else {
            throw StrataError(.unsupported, "exact log Z enumerates binary hidden units; these are \(hiddenUnits.rawValue)")
        }
        let hidden = codeSize
        guard hidden <= 25 else {
            throw StrataError(
                .usage, "exact log Z enumerates 2^hidden states; \(hidden) hidden units are more than 25")
        }
        // In pieces of 4,096 states, as the inputs of all visible units are held for each.
        let rows = 1 << min(hidden, 12)
        let bits = Tensor.iota([rows, hidden], axis: 1)
        let parts = (0..<(1 << hidden) / rows).map { part -> Tensor in
            let state = Tensor.iota([rows, hidden], axis: 0) + Float(part * rows)
            let halved = (state / Tensor.constant(2, bits.shape).power(bits).rounded()).floor()
            let h = halved - (halved * 0.5).floor() * 2
            let visible = visibleUnits == .gaussian
                // ∫ exp(−½‖v − b‖² + v·hW), less the (2π)^(D/2) that the free energy has.
                ? { let field = h.dot(weight.tensor); return field * (visibleBias.tensor + field * 0.5) }()
                : visibleInput(h).softplus()
            return ((h * hiddenBias.tensor).sum([1]) + visible.sum([1])).logSumExp(axis: 0).reshape([1])
        }
        return Tensor.concatenate(parts).logSumExp(axis: 0)
    }
}

private let halfLogTwoPi = Float(0.5 * log(2 * Double.pi))
