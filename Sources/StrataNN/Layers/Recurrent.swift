import StrataBackend
public import StrataGraph

/// Long short-term memory, as PyTorch's `LSTM` with `batch_first`: see `LSTMCell`.
public typealias LSTM = Recurrent<LSTMCell>
/// Gated recurrent units, as PyTorch's `GRU` with `batch_first`: see `GRUCell`.
public typealias GRU = Recurrent<GRUCell>
/// A simple recurrent network, as PyTorch's `RNN` with `batch_first`: see `TanhCell`.
public typealias RNN = Recurrent<TanhCell>

/// A recurrent layer over sequences: a stack of one or more, in one direction or both.
///
/// ```
/// let encoder = Network("encoder", input: [28, 28], Sequential([LSTM(128, returns: .last), Dense(16)]))
/// ```
///
/// Parameters are named as PyTorch's, for layer `n` of the stack: `weight_ih_ln` [gates · units, inputs], `weight_hh_ln`
/// [gates · units, units], `bias_ih_ln` and `bias_hh_ln` [gates · units], and for the opposite direction the same with `_reverse`
/// at the end. All start uniform on ±√(1 / units).
public struct Recurrent<Cell: RecurrentCell>: Layer, Hashable {
    /// What the layer gives of its outputs.
    public enum Returned: Hashable, Sendable {
        /// The output of each step: [batch, steps, units], both directions side by side where there are two.
        case sequence
        /// The state after the last step of the sequence, and of the opposite direction after the first: [batch, units].
        case last
    }

    /// The width of a state, in each direction.
    public var units: Int
    /// How many are stacked, each over the outputs of the one before.
    public var layers: Int
    /// Whether there is a second recurrence from the end to the start, whose outputs follow those of the first.
    public var isBidirectional: Bool
    /// The share of outputs dropped in training between the layers of the stack, from 0 up to but not including 1.
    public var dropout: Float
    /// What the layer gives of its outputs.
    public var returns: Returned

    /// A recurrent layer of as many inputs a step as its input has. Nothing is checked here: no units, no layers or
    /// over 1,024 give an invalid tensor when it is applied, as do sequences too long for `Tensor.scan`.
    public init(
        _ units: Int, layers: Int = 1, isBidirectional: Bool = false, dropout: Float = 0, returns: Returned = .sequence
    ) {
        self.units = units
        self.layers = layers
        self.isBidirectional = isBidirectional
        self.dropout = dropout
        self.returns = returns
    }

    /// [batch, steps, inputs] → [batch, steps, units] or, where the last is wanted alone, [batch, units]; twice the units where
    /// there are two directions.
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor { self(x, lengths: nil, &pass) }

    /// The same for sequences of different lengths, which end in padding: [batch, steps, inputs] → [batch, steps, units], 0
    /// from each one's end on, or [batch, units] after its own last step.
    ///
    /// - `lengths`: The steps of each sequence [batch], float32 or int32; what lies beyond has no effect. The opposite
    ///   direction starts at each one's end. Without any, all are whole.
    public func callAsFunction(_ x: Tensor, lengths: Tensor?, _ pass: inout Pass) -> Tensor {
        if let invalid = [x, lengths].compactMap(\.self).first(where: \.isInvalid) { return invalid }
        guard x.rank == 3, x.shape[1] > 0, Shape.isExtent(units), (1...1024).contains(layers) else {
            return pass.invalid(
                "\(Cell.name): the input is \(x.shape) and there are \(layers) layers of \(units) units, expected [batch, steps, inputs]"
            )
        }
        let (batch, steps) = (x.shape[0], x.shape[1])
        if let lengths, lengths.shape != [batch] {
            return pass.invalid("\(Cell.name): the lengths are \(lengths.shape), expected [\(batch)]")
        }
        // Steps lead, so that each is one block of memory. [steps, batch, units]
        func isWithin(_ width: Int) -> Tensor? {
            lengths.map { lengths in
                let shape: Shape = [steps, batch, width]
                return Tensor.iota(shape, axis: 0).less(lengths.cast(to: .float32).broadcast(to: shape, axes: [1]))
            }
        }
        var sequence = x.transpose([1, 0, 2])
        if let isInput = isWithin(x.shape[2]) { sequence = isInput.select(sequence, .constant(0, sequence.shape)) }
        var last = sequence
        for layer in 0..<layers {
            if layer > 0, dropout != 0 {
                sequence = pass.apply(Dropout(dropout), named: "dropout_l\(layer - 1)", to: sequence)
            }
            var directions = [recurrence(sequence, isWithin(units), "l\(layer)", isReversed: false, &pass)]
            if isBidirectional {
                directions.append(recurrence(sequence, isWithin(units), "l\(layer)_reverse", isReversed: true, &pass))
            }
            sequence = .concatenate(directions.map(\.outputs), axis: 2)
            last = .concatenate(directions.map(\.last), axis: 1)
        }
        return returns == .last ? last : sequence.transpose([1, 0, 2])
    }

    /// One direction of one layer: [steps, batch, inputs] → [steps, batch, units] and the last state [batch, units].
    private func recurrence(
        _ x: Tensor, _ isWithin: Tensor?, _ suffix: String, isReversed: Bool, _ pass: inout Pass
    ) -> (outputs: Tensor, last: Tensor) {
        if x.isInvalid { return (x, x) }
        let gates = Cell.gateCount * units
        let start = Initializer.linear(fanIn: units)
        let inputWeight = pass.weight("weight_ih_\(suffix)", [gates, x.shape[2]], start)
        let stateWeight = pass.weight("weight_hh_\(suffix)", [gates, units], start)
        let inputBias = pass.parameter("bias_ih_\(suffix)", [gates], start)
        let stateBias = pass.parameter("bias_hh_\(suffix)", [gates], start)

        let batch = x.shape[1]
        let projected = x.dotTransposed(inputWeight) + inputBias
        let zeros = [Tensor](repeating: .constant(0, [batch, units]), count: Cell.stateCount)
        let initial = pass.state(suffix) ?? zeros
        guard initial.map(\.shape) == zeros.map(\.shape) else {
            let invalid = pass.invalid("\(Cell.name): begins with a state of \(initial.map(\.shape))")
            return (invalid, invalid)
        }
        let (carry, outputs) = Tensor.scan(
            [projected] + (isWithin.map { [$0] } ?? []), carry: initial, isReversed: isReversed
        ) { state, elements in
            // Nothing has been said before the first step but the bias.
            let recalled =
                state[0].isZero
                ? stateBias.broadcast(to: [batch, gates], axes: [1]) : state[0].dotTransposed(stateWeight) + stateBias
            let next = Cell.step(elements[0], recalled, state)
            guard elements.count > 1 else { return (next, [next[0]]) }
            // Beyond its end a sequence keeps its state and puts out 0.
            let kept = zip(next, state).map { elements[1].select($0, $1) }
            return (kept, [elements[1].select(next[0], .constant(0, next[0].shape))])
        }
        pass.leave(suffix, carry)
        return (outputs[0], carry[0])
    }
}
