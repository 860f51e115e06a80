import StrataBackend
public import StrataGraph
import StrataNN

/// The neural autoregressive distribution estimator (Larochelle and Murray, "The neural autoregressive distribution
/// estimator", 2011): a hidden layer for each bit, all of one weight, `h_d = sigmoid(c + W_<d x_<d)` and
/// `p(x_d = 1 | x_<d) = sigmoid(b_d + V_d h_d)`, so that the likelihood is exact.
public struct NADE: EncodingModel, AutoregressiveModel {
    /// W and V [features, hidden], c [hidden], b [features].
    private let weight: StateVariable
    private let outputWeight: StateVariable
    private let bias: StateVariable
    private let outputBias: StateVariable

    /// - `features`: Bits of an example.
    /// - `hidden`: Hidden units of each bit.
    public init(features: Int, hidden: Int = 500) {
        let start = Initializer.linear(fanIn: max(features, 1))
        weight = StateVariable("nade.weight", [features, hidden], initializer: start)
        outputWeight = StateVariable(
            "nade.output_weight", [features, hidden], initializer: .linear(fanIn: max(hidden, 1)))
        bias = StateVariable("nade.bias", [hidden], initializer: .zeros)
        outputBias = StateVariable("nade.output_bias", [features], initializer: .zeros)
    }

    private var features: Int { weight.type.shape[0] }
    private var hidden: Int { weight.type.shape[1] }
    public var variables: [StateVariable] { [weight, bias, outputWeight, outputBias] }

    /// The logit of each bit given those before it: [batch, features] → [batch, features].
    ///
    /// The bits are taken in blocks of about the root of their number. What the blocks before make of the hidden units
    /// is known to all bits of a block, and what its own bits add is a product with a triangle of them, so that running
    /// sums take no step for each bit and no array [batch, features, hidden].
    public func logits(_ x: Tensor) -> Tensor {
        if x.isInvalid { return x }
        guard x.rank == 2, x.shape[1] == features else {
            return .invalid("NADE: the input is \(x.shape), expected [batch, \(features)]")
        }
        let (count, length) = (x.shape[0], max(Int(Double(features).squareRoot().rounded(.up)), 1))
        var before = bias.tensor.broadcast(to: [count, hidden], axes: [1])
        var blocks: [Tensor] = []
        for start in stride(from: 0, to: features, by: length) {
            let range = start..<min(start + length, features)
            let (bits, weight) = (x.slice(range, axis: 1), weight.tensor.slice(range, axis: 0))
            let square: Shape = [count, range.count, range.count]
            let triangle = Tensor.iota(square, axis: 1).greater(Tensor.iota(square, axis: 2))
            let own = (bits.reshape([count, 1, range.count]).broadcast(to: square, axes: [0, 1, 2]) * triangle)
                .reshape([count * range.count, range.count]).dot(weight)
            let units = own.reshape([count, range.count, hidden]) + before.reshape([count, 1, hidden])
            blocks.append((units.sigmoid() * outputWeight.tensor.slice(range, axis: 0)).sum([2]))
            before = before + bits.dot(weight)
        }
        return .concatenate(blocks, axis: 1) + outputBias.tensor
    }

    /// The hidden units after all bits: [batch, features] → [batch, hidden].
    public func encode(_ examples: Tensor) -> Tensor { (examples.dot(weight.tensor) + bias.tensor).sigmoid() }

    /// Bit by bit, each given those before it: what these make of the hidden units is part of the chain's state.
    public func sampling(_ count: Int, key: RandomKey, holding evidence: Evidence) -> Sampling {
        let x = StateVariable("sampling.chain", [count, features], initializer: .zeros)
        let sums = StateVariable("sampling.sums", [count, hidden], initializer: .zeros)
        return .counting(to: features) { step in
            let place = step.reshape([1]).cast(to: .int32)
            let units = (sums.tensor + bias.tensor).sigmoid()
            let logit = units.dotTransposed(outputWeight.tensor.gather(place)) + outputBias.tensor.gather(place)
            let bit = key.named("bit").bernoulli(logit.sigmoid())
            let isNext = Tensor.iota([count, features], axis: 1).equal(
                step.broadcast(to: [count, features], axes: []))
            let next = isNext.select(bit.broadcast(to: [count, features], axes: [0, 1]), x.tensor)
            return (next, [(x, next), (sums, sums.tensor + bit * weight.tensor.gather(place))])
        }
    }

    /// `nade` in the zoo: 500 hidden units, Adam at 1e-3, batches of 100.
    public static let description = ModelDescription(
        name: "nade",
        summary: "neural autoregressive distribution estimator, exact likelihood (Larochelle & Murray 2011)",
        hyperparameters: [Hyperparameter("hidden", .integer(500), in: 1...65536, "hidden units of each bit")],
        batchSize: 100, optimizer: .adam(1e-3),
        build: { spec, settings in NADE(features: spec.features, hidden: settings.integer("hidden")) })
}
