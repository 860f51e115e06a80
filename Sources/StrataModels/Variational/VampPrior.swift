import StrataBackend
public import StrataGraph

/// The VampPrior (Tomczak and Welling, "VAE with a VampPrior", 2018): the mean of the posteriors of some pseudo-inputs,
/// examples that are learned.
public struct VampPrior: LatentPrior {
    private let inputs: StateVariable
    private let domain: ValueDomain?

    /// - Parameters:
    ///   - features: Numbers of an example.
    ///   - components: The pseudo-inputs. Sizes below 1 are told where the prior is used.
    ///   - domain: The values that examples have; `nil` for any.
    public init(features: Int, components: Int, domain: ValueDomain? = nil) {
        inputs = StateVariable(
            "prior.pseudo_inputs", [components, features], initializer: .normal(mean: 0, standardDeviation: 1))
        self.domain = domain
    }

    public var parameters: [StateVariable] { [inputs] }

    /// [components, features], within the domain.
    var pseudoInputs: Tensor {
        guard let range = domain?.range else { return inputs.tensor }
        return inputs.tensor.sigmoid() * (range.upperBound - range.lowerBound) + range.lowerBound
    }

    public func density(_ posterior: (Tensor) -> DiagonalGaussian) -> any LatentDensity {
        GaussianMixtureDensity(
            logits: .constant(0, [inputs.type.shape[0]]), components: posterior(pseudoInputs))
    }
}
