public import StrataGraph
public import StrataNN

/// A deep Boltzmann machine as the encoder of a network: a few mean-field updates of its hidden units, one after the
/// other, with the mean states of the top units as the code.
///
/// Salakhutdinov and Hinton ("Deep Boltzmann machines", 2009) copy the weights into a feedforward network whose input
/// is the example and, beside it, the second layer's posterior, which stays as the machine had it. Here the gradient
/// goes back through the mean-field updates themselves (as in Stoyanov, Ropson and Eisner 2011 and Goodfellow et al.
/// 2013): the network has no variables but the machine's, and the posterior moves with them.
public struct MeanFieldNetwork: Layer {
    let machine: DeepBoltzmannMachine
    let updates: Int
    let dropout: Dropout

    /// - `updates`: Of all hidden units, after the pass upwards that they begin with.
    /// - `dropout`: Of the code; units dropped inside would not be those of a mean field.
    public init(_ machine: DeepBoltzmannMachine, updates: Int = 3, dropout: Float = 0) {
        self.machine = machine
        self.updates = unrolled(updates)
        self.dropout = Dropout(dropout)
    }

    /// [batch, features] → the mean states of the top units, [batch, units].
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        // All but the biases of the visible units, which are held.
        for variable in machine.layers.map(\.weight) + machine.biases.dropFirst() { _ = pass.parameter(variable) }
        let states = machine.meanField(x, updates: updates)
        for (place, state) in states.dropFirst().enumerated() { pass.note("\(place)", state) }
        return pass.apply(dropout, named: "dropout", to: states[machine.layers.count])
    }
}
