public import StrataGraph
public import StrataNN

/// A layer that learns on its own to give its inputs a code, and may stand on others that did so before it.
public protocol StackableLayer: EncodingModel {
    /// What `encode` does, as a layer of a network that goes on learning with the same variables.
    var encoder: Affine { get }
    /// What the next layer learns from; by default the code.
    func inputsAbove(_ examples: Tensor) -> Tensor
    /// What leads from a code back to the input: weight [inputs, outputs] and bias [inputs], before a nonlinearity.
    var decoder: (weight: Tensor, bias: Tensor) { get }
}

extension StackableLayer {
    public func inputsAbove(_ examples: Tensor) -> Tensor { encode(examples) }
}

extension RestrictedBoltzmannMachine: StackableLayer {
    /// With the input of the layer that is to come made up for.
    public func inputsAbove(_ examples: Tensor) -> Tensor {
        hiddenUnits.mean(learning.hiddenInput(self, visible(examples)))
    }

    public var encoder: Affine {
        Affine(weight: weight, bias: hiddenBias, activation: hiddenUnits.activation)
    }
    public var decoder: (weight: Tensor, bias: Tensor) { (weight.tensor.transpose(), visibleBias.tensor) }
}

extension UnitKind {
    /// The nonlinearity that gives the units' mean.
    var activation: Activation {
        switch self {
        case .bernoulli: .sigmoid
        case .gaussian: .identity
        case .rectified: .relu
        }
    }
}
