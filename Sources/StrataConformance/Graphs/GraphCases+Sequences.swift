import StrataBackend
import StrataGraph

extension GraphCase {
    /// Recurrences, whose gradients are put together from those of the steps, and arrays that are parts of one another.
    static let sequences: [GraphCase] = [
        GraphCase("scan: running sums", [Input([5, 2])]) { x in
            Tensor.scan([x[0]], carry: [.constant(0, [2])]) { carry, element in
                let sum = carry[0] + element[0]
                return ([sum], [sum])
            }.outputs[0].squared()
        },
        GraphCase("scan: a recurrence, and its last state", [Input([5, 2, 3]), Input([3, 3], -1...1), Input([3])]) {
            x in
            let (carry, states) = recurrence(x[0], x[1], x[2])
            return states.sum([0]) * carry.squared()
        },
        GraphCase("scan: from the last step to the first", [Input([4, 2, 3]), Input([3, 3], -1...1), Input([3])]) { x in
            let (_, forward) = recurrence(x[0], x[1], x[2])
            let (carry, states) = recurrence(forward, x[1], x[2], isReversed: true)
            return states.squared() + carry.broadcast(to: states.shape, axes: [1, 2])
        },
        GraphCase("scan: one step", [Input([1, 2, 3]), Input([3, 3], -1...1), Input([3])]) { x in
            recurrence(x[0], x[1], x[2]).states.squared()
        },
        GraphCase("scan: gates and two states", [Input([5, 2, 8]), Input([8, 2], -1...1)]) { x in
            let zero = Tensor.constant(0, [2, 2])
            return Tensor.scan([x[0]], carry: [zero, zero]) { carry, element in
                let gates = element[0] + carry[0].dotTransposed(x[1])
                let (i, f, g, o) = (
                    gates.slice(0..<2, axis: 1), gates.slice(2..<4, axis: 1), gates.slice(4..<6, axis: 1),
                    gates.slice(6..<8, axis: 1)
                )
                let cell = f.sigmoid() * carry[1] + i.sigmoid() * g.tanh()
                let output = o.sigmoid() * cell.tanh()
                return ([output, cell], [output])
            }.outputs[0]
        },
        GraphCase("slices that overlap", [Input([6, 3])]) { x in
            x[0].slice(0..<4, axis: 0).sine() * x[0].slice(2..<6, axis: 0)
        },
        GraphCase("slices with gaps, out of order, along two axes", [Input([7, 4])]) { x in
            x[0].slice(4..<6, axis: 0).squared() * x[0].slice(1..<3, axis: 0).sine()
                + x[0].slice(0..<2, axis: 1).sum([0], keepingAxes: true).sum() * x[0].slice(2..<3, axis: 1).sum()
        },
        GraphCase("concatenations of the first parts of a longer one", [Input([4, 2, 3]), Input([2, 3])]) { x in
            // Each step looks at all before it, as a decoder that attends to its own past.
            var past = [x[1].squared().reshape([1, 2, 3])]
            for step in 0..<4 {
                let seen = Tensor.concatenate(past)
                let element = x[0].slice(step..<step + 1, axis: 0)
                past.append((element * seen.sum([0], keepingAxes: true)).tanh())
            }
            return Tensor.concatenate(past).squared() + Tensor.concatenate(Array(past.dropFirst()) + [past[0]]).sine()
        },
        GraphCase("concatenation of every other part of a longer one", [Input([4, 2])]) { x in
            let parts = (0..<4).map { x[0].slice($0..<$0 + 1, axis: 0).exponential() }
            return Tensor.concatenate(parts).sine().sum([0])
                * Tensor.concatenate([parts[0], parts[2]]).squared().sum([0])
                * Tensor.concatenate([parts[3], parts[1]]).sum([0])
        },
        GraphCase("concatenation of wide parts of a longer one, which is a part itself", [Input([2, 6])]) { x in
            let parts = (0..<3).map { x[0].slice(2 * $0..<2 * $0 + 2, axis: 1).exponential() }
            let inner = Tensor.concatenate(parts, axis: 1)
            let outer = Tensor.concatenate([x[0].sine(), inner.squared(), inner], axis: 0)
            return outer * Tensor.concatenate([parts[1], parts[2], parts[0]], axis: 1).sum()
                + Tensor.concatenate([parts[1], parts[2]], axis: 1).sine().sum()
        },
        GraphCase("gather along the last axis", [Input([3, 5])]) { x in
            x[0].gather((Tensor.iota([4]) * 2).cast(to: .int32), axis: 1).squared()
        },
        GraphCase("gather a table of indices along the middle", [Input([2, 4, 3])]) { x in
            let indices = (Tensor.iota([2, 3], axis: 0) * 2 + Tensor.iota([2, 3], axis: 1)).cast(to: .int32)
            return x[0].gather(indices, axis: 1).sine()
        },
    ]

    /// tanh(x + h W + b) from step to step: [steps, batch, units].
    private static func recurrence(
        _ x: Tensor, _ weight: Tensor, _ bias: Tensor, isReversed: Bool = false
    ) -> (carry: Tensor, states: Tensor) {
        let shape = Shape(Array(x.shape.dropFirst()))
        let (carry, states) = Tensor.scan([x], carry: [.constant(0, shape)], isReversed: isReversed) { carry, element in
            let state = (element[0] + carry[0].dot(weight) + bias).tanh()
            return ([state], [state])
        }
        return (carry[0], states[0])
    }
}
