import StrataBackend

extension Conformance {
    /// Programs of several kernels: each sees what those before it wrote, and the arena is used again.
    static let programCases: [KernelCase] = [
        // Two layers and a loss through the arena.
        KernelCase.build("program/layers") { b in
            let (x, w) = (b.input(37 * 29), b.input(29 * 41))
            let hidden = b.scratch(37 * 41)
            let v = b.input(41 * 7)
            let (y, loss) = (b.output(37 * 7, .sum(41)), b.output(1, .sum(1024)))
            return [
                .contract(1, 37, 41, 29, x[0, 29, 1], w[0, 41, 1]) { e, sum in
                    [(e.unary(.tanh, sum), hidden[0, 41, 1])]
                },
                .contract(1, 37, 7, 41, hidden[0, 41, 1], v[0, 7, 1]) { _, sum in [(sum, y[0, 7, 1])] },
                .reduce([1], [259], .sum) { e in
                    _ = e.unary(.tanh, e.load(y[0, 1]))
                } _: { _, sum in
                    [(sum, loss[1])]
                },
            ]
        },
        // Overwritten after it was read: the second kernel must wait for the first, the third for the second.
        KernelCase.build("program/reuse") { b in
            let x = b.input(70_001)
            let shared = b.scratch(70_001)
            let (y, z) = (b.output(70_001, .rounded), b.output(70_001, .rounded))
            func scaled(_ from: Operand, _ factor: Float, _ to: Operand) -> Kernel {
                .map([70_001]) { e in [(e.binary(.multiply, e.load(from), e.constant(factor)), to)] }
            }
            return [
                scaled(x[1], 2, shared[1]), scaled(shared[1], 3, y[1]), scaled(x[1], 5, shared[1]),
                scaled(shared[1], 7, z[1]),
            ]
        },
        // The same state read, updated and read again.
        KernelCase.build("program/state") { b in
            let state = b.state(1031)
            let (before, after) = (b.output(1031), b.output(1031))
            func copy(_ to: CaseBuilder.Place) -> Kernel { .map([1031]) { e in [(e.load(state[1]), to[1])] } }
            return [
                copy(before), .map([1031]) { e in [(e.unary(.negate, e.load(state[1])), state[1])] }, copy(after),
            ]
        },
        // Products alone: the whole program of a backend that knows nothing else.
        KernelCase.build("program/products") { b in
            let (x, w) = (b.input(37 * 37, .uniform(-0.1, 0.1)), b.input(37 * 37))
            let between = b.scratch(37 * 37)
            let y = b.output(37 * 37, .sum(37))
            func product(_ a: Operand, _ c: Operand, _ to: Operand) -> Kernel {
                .contract(1, 37, 37, 37, a, c) { _, sum in [(sum, to)] }
            }
            return [
                product(x[0, 37, 1], w[0, 37, 1], between[0, 37, 1]),
                product(between[0, 37, 1], x[0, 1, 37], y[0, 37, 1]),
            ]
        },
        KernelCase.build("program/empty") { _ in [] },
    ]
}
