public import StrataGraph

/// What a recurrent layer does at a step.
///
/// ```
/// enum RectifiedCell: RecurrentCell {
///     static let name = "RNN", gateCount = 1, stateCount = 1
///     static func step(_ input: Tensor, _ recalled: Tensor, _ state: [Tensor]) -> [Tensor] { [(input + recalled).relu()] }
/// }
/// ```
public protocol RecurrentCell: Sendable, Hashable {
    /// For messages.
    static var name: String { get }
    /// How many times a unit's inputs are weighted.
    static var gateCount: Int { get }
    /// How many tensors [batch, units] a step hands to the next; the first is the output.
    static var stateCount: Int { get }

    /// The state after a step.
    ///
    /// - `input`: The step's input, weighted [batch, gates · units]: x W_ihᵀ + b_ih, gate by gate.
    /// - `recalled`: The output of the step before, weighted alike: h W_hhᵀ + b_hh.
    /// - `state`: The state before, `stateCount` tensors [batch, units], all 0 before the first step.
    static func step(_ input: Tensor, _ recalled: Tensor, _ state: [Tensor]) -> [Tensor]
}

extension RecurrentCell {
    /// A gate's columns: [batch, gates · units] → [batch, units].
    fileprivate static func gate(_ number: Int, of gates: Tensor) -> Tensor {
        let units = gates.extent(1) / gateCount
        return gates.slice(from: number * units, count: units, axis: 1)
    }
}

/// Long short-term memory (Hochreiter and Schmidhuber 1997) with a forget gate (Gers et al. 2000). The gates are, in
/// PyTorch's order, input i, forget f, candidate g and output o:
///
///     c′ = σ(f) c + σ(i) tanh(g)
///     h′ = σ(o) tanh(c′)
public enum LSTMCell: RecurrentCell {
    public static let name = "LSTM"
    public static let gateCount = 4
    public static let stateCount = 2

    /// The state is h, which is the output, and c.
    public static func step(_ input: Tensor, _ recalled: Tensor, _ state: [Tensor]) -> [Tensor] {
        let gates = input + recalled
        let written = gate(0, of: gates).sigmoid() * gate(2, of: gates).tanh()
        let cell = state[1].isZero ? written : gate(1, of: gates).sigmoid() * state[1] + written
        return [gate(3, of: gates).sigmoid() * cell.tanh(), cell]
    }
}

/// Gated recurrent units (Cho et al. 2014) with the reset gate behind the product, as PyTorch and cuDNN have it. The
/// gates are, in PyTorch's order, reset r, update z and candidate n, of which each has an input part x and a recalled one h:
///
///     n = tanh(nₓ + σ(rₓ + rₕ) nₕ)
///     h′ = (1 − σ(zₓ + zₕ)) n + σ(zₓ + zₕ) h
public enum GRUCell: RecurrentCell {
    public static let name = "GRU"
    public static let gateCount = 3
    public static let stateCount = 1

    /// The state is h, which is the output.
    public static func step(_ input: Tensor, _ recalled: Tensor, _ state: [Tensor]) -> [Tensor] {
        let reset = (gate(0, of: input) + gate(0, of: recalled)).sigmoid()
        let update = (gate(1, of: input) + gate(1, of: recalled)).sigmoid()
        let candidate = (gate(2, of: input) + reset * gate(2, of: recalled)).tanh()
        return [candidate + update * (state[0] - candidate)]
    }
}

/// The simple recurrent network (Elman, "Finding structure in time", 1990), with the tangent: h′ = tanh(x + W h).
public enum TanhCell: RecurrentCell {
    public static let name = "RNN"
    public static let gateCount = 1
    public static let stateCount = 1

    /// The state is h, which is the output.
    public static func step(_ input: Tensor, _ recalled: Tensor, _ state: [Tensor]) -> [Tensor] {
        [(input + recalled).tanh()]
    }
}
