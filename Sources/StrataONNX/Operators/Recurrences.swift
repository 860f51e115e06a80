import StrataBackend
import StrataGraph

extension Operator {
    static let recurrences: [Operator] = [
        Operator("RNN") { call in
            try call.recurrence(gates: 1) { cell, x, state in
                let sum = x + state[0].dotTransposed(cell.recurrent[0]) + cell.recurrentBias[0]
                return [cell.activate(0, sum)]
            }
        },
        Operator("GRU") { call in
            let isReset = try call.flag("linear_before_reset")
            return try call.recurrence(gates: 3) { cell, x, state in
                let h = state[0]
                func gate(_ number: Int) -> Tensor {
                    cell.part(x, number) + h.dotTransposed(cell.recurrent[number]) + cell.recurrentBias[number]
                }
                let update = cell.activate(0, gate(0))
                let reset = cell.activate(0, gate(1))
                let candidate =
                    isReset
                    ? reset * (h.dotTransposed(cell.recurrent[2]) + cell.recurrentBias[2])
                    : (reset * h).dotTransposed(cell.recurrent[2]) + cell.recurrentBias[2]
                let hidden = cell.activate(1, cell.part(x, 2) + candidate)
                return [(1 - update) * hidden + update * h]
            }
        },
        Operator("LSTM") { call in
            let isCoupled = try call.flag("input_forget")
            return try call.recurrence(gates: 4, states: 2) { cell, x, state in
                let (h, c) = (state[0], state[1])
                // Gates lie in the order input, output, forget, cell; peepholes in that of input, output, forget.
                func gate(_ number: Int, _ seen: Tensor?) -> Tensor {
                    let sum =
                        cell.part(x, number) + h.dotTransposed(cell.recurrent[number]) + cell.recurrentBias[number]
                    guard let seen, let peephole = cell.peephole else { return sum }
                    return sum + peephole[number] * seen
                }
                let input = cell.activate(0, gate(0, c))
                let forget = isCoupled ? 1 - input : cell.activate(0, gate(2, c))
                let next = forget * c + input * cell.activate(1, gate(3, nil))
                return [cell.activate(0, gate(1, next)) * cell.activate(2, next), next]
            }
        },
    ]
}

/// One direction of a recurrence.
private struct Cell {
    var width: Int
    var recurrent: [Tensor]
    var recurrentBias: [Tensor]
    var peephole: [Tensor]?
    var activations: [@Sendable (Tensor) -> Tensor]
    var clip: Float?

    func part(_ x: Tensor, _ gate: Int) -> Tensor { x.slice(gate * width..<(gate + 1) * width, axis: 1) }

    func activate(_ number: Int, _ x: Tensor) -> Tensor {
        activations[number](clip.map { x.maximum(-$0).minimum($0) } ?? x)
    }
}

/// The activations that recurrences name: how many numbers each takes, with those it has by itself.
private let recurrentActivations:
    [String: (defaults: [Float], make: @Sendable ([Float]) -> @Sendable (Tensor) -> Tensor)] = [
        "relu": ([], { _ in { $0.relu() } }), "tanh": ([], { _ in { $0.tanh() } }),
        "sigmoid": ([], { _ in { $0.sigmoid() } }), "softsign": ([], { _ in { $0 / (1 + $0.absolute()) } }),
        "softplus": ([], { _ in { $0.softplus() } }),
        "affine": ([1, 0], { p in { $0 * p[0] + p[1] } }),
        "leakyrelu": ([0.01], { p in { x in x.less(0).select(x * p[0], x) } }),
        "thresholdedrelu": ([1], { p in { x in x.greater(p[0]).select(x, .constant(0)) } }),
        "scaledtanh": ([1, 1], { p in { ($0 * p[1]).tanh() * p[0] } }),
        "hardsigmoid": ([0.2, 0.5], { p in { ($0 * p[0] + p[1]).maximum(0).minimum(1) } }),
        "elu": ([1], { p in { x in x.greater(0).select(x, x.minimum(0).exponentialMinusOne() * p[0]) } }),
    ]

extension Call {
    /// The activations of all directions, as many for each as the operator has.
    private func activations(directions: Int, _ standard: [String]) throws -> [@Sendable (Tensor) -> Tensor] {
        let names = try strings("activations") ?? (0..<directions).flatMap { _ in standard }
        guard names.count == directions * standard.count else { throw fail("\(names.count) activations") }
        var alphas = try floats("activation_alpha") ?? []
        var betas = try floats("activation_beta") ?? []
        return try names.map { name in
            guard let activation = recurrentActivations[name.lowercased()] else {
                throw fail("activation '\(name)' does not exist")
            }
            var numbers = activation.defaults
            if !numbers.isEmpty, !alphas.isEmpty { numbers[0] = alphas.removeFirst() }
            if numbers.count > 1, !betas.isEmpty { numbers[1] = betas.removeFirst() }
            return activation.make(numbers)
        }
    }

    /// A recurrence over the steps of a sequence, in one direction or both.
    fileprivate func recurrence(
        gates: Int, states: Int = 1, _ step: (Cell, Tensor, [Tensor]) -> [Tensor]
    ) throws -> [Value] {
        let direction = try string("direction", "forward")
        let isBatchFirst = try flag("layout")
        var (x, weight, recurrent) = (try number(0), try number(1), try number(2))
        guard x.rank == 3, weight.rank == 3, recurrent.rank == 3 else { throw fail("an input is \(x.shape)", .shape) }
        if isBatchFirst { x = x.swapped(0, 1) }
        let (steps, batch, width) = (x.shape[0], x.shape[1], recurrent.shape[2])
        let directions = direction == "bidirectional" ? 2 : 1
        guard ["forward", "reverse", "bidirectional"].contains(direction),
            weight.shape == [directions, gates * width, x.shape[2]], steps > 0,
            recurrent.shape == [directions, gates * width, width]
        else { throw fail("weights \(weight.shape) and \(recurrent.shape) for \(x.shape), \(direction)", .shape) }
        let bias = try optionalNumber(3)
        guard bias == nil || bias?.shape == [directions, 2 * gates * width] else { throw fail("its bias", .shape) }
        let lengths = try optionalNumber(4)
        let starts = try (0..<states).map { number -> Tensor in
            guard let given = try optionalNumber(5 + number) else { return .constant(0, [directions, batch, width]) }
            return isBatchFirst ? given.swapped(0, 1) : given
        }
        let peepholes = states == 2 ? try optionalNumber(7) : nil
        let standard = [1: ["Tanh"], 3: ["Sigmoid", "Tanh"], 4: ["Sigmoid", "Tanh", "Tanh"]][gates] ?? []
        let functions = try activations(directions: directions, standard)
        let clip = try has("clip") ? float("clip") : nil

        func row(_ tensor: Tensor, _ direction: Int) -> Tensor {
            tensor.slice(direction..<direction + 1, axis: 0).squeezed(0)
        }
        func pieces(_ tensor: Tensor, from start: Int, _ count: Int) -> [Tensor] {
            (0..<count).map { tensor.slice(start + $0 * width..<start + ($0 + 1) * width, axis: 0) }
        }
        var sequences: [Tensor] = []
        var finals: [[Tensor]] = []
        for number in 0..<directions {
            let biases = bias.map { row($0, number) } ?? .constant(0, [2 * gates * width])
            let cell = Cell(
                width: width, recurrent: pieces(row(recurrent, number), from: 0, gates),
                recurrentBias: pieces(biases, from: gates * width, gates),
                peephole: peepholes.map { pieces(row($0, number), from: 0, 3) },
                activations: Array(functions[number * standard.count..<(number + 1) * standard.count]), clip: clip)
            // What the input adds to all gates at all steps is one product.
            let inputs =
                x.dotTransposed(row(weight, number))
                + biases.slice(0..<gates * width, axis: 0)
            let stepNumber = Tensor.iota([steps, batch, 1], axis: 0)
            let isRunning = lengths.map { stepNumber.less($0.reshape([1, batch, 1])) }
            let (last, outputs) = Tensor.scan(
                [inputs] + (isRunning.map { [$0] } ?? []), carry: starts.map { row($0, number) },
                isReversed: direction == "reverse" || number == 1
            ) { carry, elements in
                var next = step(cell, elements[0], carry)
                guard elements.count > 1 else { return (next, [next[0]]) }
                // A sequence that has ended keeps its state, and gives zeros.
                let output = elements[1].select(next[0], .constant(0))
                next = zip(next, carry).map { elements[1].select($0, $1) }
                return (next, [output])
            }
            sequences.append(outputs[0])
            finals.append(last)
        }
        let y = Tensor.stack(sequences, axis: isBatchFirst ? 2 : 1)
        let type = try operand(0).type
        let ends = (0..<states).map { state in
            Value(Tensor.stack(finals.map { $0[state] }, axis: isBatchFirst ? 1 : 0), type)
        }
        return [Value(isBatchFirst ? y.swapped(0, 1) : y, type)] + ends
    }
}
