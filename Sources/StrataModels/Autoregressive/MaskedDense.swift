import StrataBackend
public import StrataGraph
public import StrataNN

/// The last of the inputs, counted from 1, that each unit of a layer may depend on: the degrees of Germain et al.
/// (2015).
public struct AutoregressiveDegrees: Sendable, Hashable {
    /// The units of the layer.
    public var units: Int
    /// The inputs of the network, whose order is their own.
    public var inputs: Int
    private var isHidden: Bool

    /// The inputs themselves, or outputs of which each is about the input of its place.
    public static func ordered(_ inputs: Int) -> AutoregressiveDegrees {
        AutoregressiveDegrees(units: inputs, inputs: inputs, isHidden: false)
    }

    /// Hidden units, spread evenly over all inputs but the last, which nothing may depend on.
    public static func hidden(_ units: Int, of inputs: Int) -> AutoregressiveDegrees {
        AutoregressiveDegrees(units: units, inputs: inputs, isHidden: true)
    }

    /// The degrees along an axis of a matrix of that shape.
    func along(_ axis: Int, of shape: Shape) -> Tensor {
        let place = Tensor.iota(shape, axis: axis)
        guard isHidden else { return place + 1 }
        return (place * (Float(max(inputs - 1, 0)) / Float(max(units, 1)))).floor() + 1
    }
}

/// A dense layer without the weights that an order forbids: `x (W ⊙ M)ᵀ + b`, with `weight` [outputs, inputs] and
/// `bias` [outputs] (Germain et al., "MADE: masked autoencoder for distribution estimation", 2015).
public struct MaskedDense: Layer, Hashable {
    /// The degrees of the units of the input and of the output.
    public var from: AutoregressiveDegrees, to: AutoregressiveDegrees
    /// Whether a unit of the output sees lower degrees only, as the last layer does; else its own as well.
    public var isStrict: Bool

    /// A layer between units of known degrees.
    public init(from: AutoregressiveDegrees, to: AutoregressiveDegrees, isStrict: Bool = false) {
        self.from = from
        self.to = to
        self.isStrict = isStrict
    }

    /// [batch, inputs] → [batch, outputs].
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        if x.isInvalid { return x }
        guard x.rank == 2, x.shape[1] == from.units, to.units > 0 else {
            return pass.invalid("masked layer: the input is \(x.shape), expected [batch, \(from.units)]")
        }
        let shape: Shape = [to.units, from.units]
        let weight = pass.parameter("weight", shape, Initialization.standard.weight(from.units, to.units))
        let bias = pass.parameter("bias", [to.units], Initialization.standard.bias(from.units))
        let (own, seen) = (to.along(0, of: shape), from.along(1, of: shape))
        return x.dotTransposed(weight * (isStrict ? own.greater(seen) : own.greaterOrEqual(seen))) + bias
    }
}
