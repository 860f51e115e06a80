public import StrataGraph
public import StrataNN

/// Layers that learn one after the other, each from the codes of those below it, which then stay as they are (Hinton,
/// Osindero and Teh, "A fast learning algorithm for deep belief nets", 2006; Bengio et al., "Greedy layer-wise training
/// of deep networks", 2007).
///
/// The layers' variables are those of the network that the stack is the start of: what is learned here, the network
/// goes on with.
public struct LayerStack: Sendable {
    /// The layers from the bottom up, each of which takes codes of the one below.
    public let layers: [any StackableLayer]
    /// The epochs of each layer; `nil` for as many as the user asks.
    public let epochs: Int?
    /// One for each layer; where there are fewer or none, the layers above go by the one that the model is trained by.
    public let optimizers: [Optimizer]?

    /// A stack of layers, from the bottom up.
    public init(_ layers: [any StackableLayer], epochs: Int?, optimizers: [Optimizer]?) {
        self.layers = layers
        self.epochs = epochs
        self.optimizers = optimizers
    }

    /// The whole stack as the layers of a network.
    public var encoder: Sequential { Sequential(layers.map(\.encoder)) }
    /// The variables of all layers, from the bottom up.
    public var variables: [StateVariable] { layers.flatMap(\.variables) }

    /// The codes [batch, outputs] of the layers below one of them: its inputs.
    public func codes(of examples: Tensor, below layer: Int) -> Tensor {
        layers[..<layer].reduce(examples) { $1.inputsAbove($0) }
    }

    /// The layers' own phases, from the bottom up.
    ///
    /// - Parameter end: What else follows each epoch of the last layer, such as setting up what the stack is the start of.
    public func phases(then end: Updates = []) -> [TrainingPhase] {
        var phases = layers.indices.flatMap { number in
            layers[number].phases.map { phase in
                phase.adapted(
                    epochs: epochs, hint: "try a lower pretraining rate",
                    optimizer: optimizers?.dropFirst(number).first,
                    batch: { batch in
                        var batch = batch
                        batch.examples = codes(of: batch.examples, below: number)
                        return batch
                    },
                    key: { $0.named("layer").numbered(number) })
            }
        }
        if !end.isEmpty, var last = phases.popLast() {
            last.epochEnd = { [epochEnd = last.epochEnd] in epochEnd($0) + [EpochEndUpdate(end)] }
            phases.append(last)
        }
        return phases
    }
}
