public import StrataGraph
public import StrataNN

/// A deep Boltzmann machine as the body of a network: a few mean-field updates of its hidden units, one after the
/// other, with the mean states of the top units as the code.
///
/// Salakhutdinov and Hinton ("Deep Boltzmann machines", 2009) copy the weights into a feedforward network whose input
/// is the example and, beside it, the second layer's posterior, which stays as the machine had it. Here the gradient
/// goes back through the mean-field updates themselves (as in Stoyanov, Ropson and Eisner 2011 and Goodfellow et al.
/// 2013): the network has no variables but the machine's, and the posterior moves with them.
public struct MeanFieldNetwork: NetworkBody {
    let machine: DeepBoltzmannMachine
    let updates: Int
    let dropout: Dropout

    /// - Parameters:
    ///   - updates: of all hidden units, after the pass upwards that they begin with.
    ///   - dropout: of the code; units that are put out inside would not be those of a mean field.
    public init(_ machine: DeepBoltzmannMachine, updates: Int = 3, dropout: Float = 0) {
        self.machine = machine
        self.updates = updates
        self.dropout = Dropout(dropout)
    }

    /// All but the biases of the visible units, which are held.
    public var parameters: [StateVariable] { machine.layers.map(\.weight) + machine.biases.dropFirst() }
    public var variables: [StateVariable] { parameters }

    public func callAsFunction(_ x: Tensor) -> Tensor { machine.meanField(x, updates: updates)[machine.layers.count] }

    public func activations(_ x: Tensor) -> [(name: String, activations: Tensor)] {
        zip(machine.layers, machine.meanField(x, updates: updates).dropFirst()).map { ($0.encoder.name, $1) }
    }

    public func training(_ x: Tensor, _ key: RandomKey) -> (output: Tensor, updates: Updates) {
        (dropout(self(x), key.named("dropout")), [])
    }
}
