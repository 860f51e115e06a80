import StrataBackend
import StrataGraph
import StrataNN

/// A recurrent network that begins with given states, and tells those that it comes to: a step can be taken after the
/// other.
struct StatefulNetwork: Sendable {
    let network: Network
    /// Its states by the names of their layers and directions, each of some tensors [rows, width].
    let states: [(name: String, widths: [Int])]

    /// A network from [steps, width] to [steps, any width].
    init(_ network: Network) {
        self.network = network
        // What states there are, a first pass tells.
        var pass = Pass.evaluation
        pass.states = [:]
        _ = pass.apply(network.layer, named: network.name, to: .constant(0, [1, 1, network.inputShape.last ?? 1]))
        states = (pass.states ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value.map { $0.extent(1) }) }
    }

    /// A layer that makes states to begin with: [rows, width] → the tensors of all, side by side, on −1 … 1.
    var start: Dense { Dense(states.flatMap(\.widths).reduce(0) { $0.saturatingAdding($1) }, activation: .tanh) }

    /// The states in their order out of what `start` gives.
    func split(_ all: Tensor) -> [Tensor] {
        var begin = 0
        return states.flatMap(\.widths).map { width in
            defer { begin = begin.saturatingAdding(width) }
            return all.isInvalid ? all : all.slice(from: begin, count: width, axis: 1)
        }
    }

    /// The outputs for inputs [rows, steps, width] of any number of steps and the states before them in their order, and
    /// the states after them.
    func callAsFunction(
        _ x: Tensor, from before: [Tensor], _ pass: inout Pass
    ) -> (outputs: Tensor, states: [Tensor]) {
        if x.isInvalid { return (x, before) }
        let outer = pass.states
        defer { pass.states = outer }
        var rest = before[...]
        pass.states = [:]
        for (name, widths) in states {
            pass.states?[name] = Array(rest.prefix(widths.count))
            rest = rest.dropFirst(widths.count)
        }
        let outputs = pass.apply(network.layer, named: network.name, to: x)
        return (outputs, states.flatMap { pass.states?[$0.name] ?? [] })
    }

    /// The same for a single step: [rows, width] → [rows, outputs].
    func step(_ x: Tensor, from before: [Tensor], _ pass: inout Pass) -> (output: Tensor, states: [Tensor]) {
        let row = x.isInvalid ? x : x.reshape([x.extent(0), 1, x.extent(1)])
        let (outputs, states) = self(row, from: before, &pass)
        return (outputs.isInvalid ? outputs : outputs.reshape([outputs.extent(0), outputs.extent(2)]), states)
    }
}

extension Sampling {
    /// Sequences that are drawn step by step, each run of the graph a step.
    ///
    /// - Parameters:
    ///   - network: From the frames before each step [steps, width] to what its distribution depends on.
    ///   - shown: The numbers of a step in the examples.
    ///   - draw: From the network's output of a step [count, outputs] and the frame before [count, width] to the next frame
    ///     [count, width] and what the examples show of it [count, shown].
    static func stepwise(
        _ count: Int, steps: Int, network: Network, shown: Int,
        _ draw: (_ output: Tensor, _ last: Tensor) -> (next: Tensor, shown: Tensor)
    ) -> Sampling {
        let stepped = StatefulNetwork(network)
        let memory = stepped.states.flatMap { name, widths in
            widths.enumerated().map { StateVariable("sampling.\(name).\($0)", [count, $1], initializer: .zeros) }
        }
        let last = StateVariable("sampling.last", [count, network.inputShape.last ?? 1], initializer: .zeros)
        let drawn = StateVariable("sampling.chain", [count, steps, shown], initializer: .zeros)
        return .counting(to: steps) { number in
            var pass = Pass.evaluation
            let (output, states) = stepped.step(last.tensor, from: memory.map(\.tensor), &pass)
            let (next, new) = draw(output, last.tensor)
            let shape = drawn.type.shape
            let isNow = Tensor.iota(shape, axis: 1).equal(number.broadcast(to: shape, axes: []))
            let all = isNow.select(new.broadcast(to: shape, axes: [0, 2]), drawn.tensor)
            return (
                all.reshape([count, all.shape.elementCount / max(count, 1)]),
                [(drawn, all), (last, next)] + zip(memory, states).map { ($0, $1) }
            )
        }
    }
}
