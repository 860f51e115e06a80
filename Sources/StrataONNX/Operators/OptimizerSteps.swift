import StrataBackend
import StrataGraph

/// Steps of optimizers, which models of training hold as nodes.
extension Operator {
    static let optimizerSteps: [Operator] = [
        step("Adagrad", states: 1) { call, rate, count, x, gradient, state in
            let decayed = rate / (count * (try call.float("decay_factor", 0)) + 1)
            let sum = state[0] + gradient * gradient
            let scale = sum.squareRoot() + (try call.float("epsilon", 1e-6))
            return (x - decayed * gradient / scale, [sum])
        },
        step("Momentum", states: 1) { call, rate, count, x, gradient, state in
            let kept = try call.float("alpha")
            let part = count.greater(0).select(.constant(try call.float("beta")), .constant(1))
            let velocity = state[0] * kept + part * gradient
            let isAhead = try call.string("mode") == "nesterov"
            return (x - rate * (isAhead ? gradient + velocity * kept : velocity), [velocity])
        },
        step("Adam", states: 2) { call, rate, count, x, gradient, state in
            let (alpha, beta) = (try call.float("alpha", 0.9), try call.float("beta", 0.999))
            let mean = state[0] * alpha + gradient * (1 - alpha)
            let square = state[1] * beta + gradient * gradient * (1 - beta)
            func power(_ base: Float) -> Tensor { Tensor.constant(base, count.shape).power(count) }
            let corrected = rate * (1 - power(beta)).squareRoot() / (1 - power(alpha))
            let adjusted = count.greater(0).select(corrected, rate)
            let moved = x - adjusted * mean / (square.squareRoot() + (try call.float("epsilon", 1e-6)))
            return (moved * (1 - (try call.float("norm_coefficient_post", 0))), [mean, square])
        },
    ]

    /// A rate, a count, and then all arrays, all gradients, and all of each state.
    private static func step(
        _ name: String, states: Int,
        _ function:
            @escaping @Sendable (
                _ call: Call, _ rate: Tensor, _ count: Tensor, _ x: Tensor, _ gradient: Tensor, _ state: [Tensor]
            ) throws -> (Tensor, [Tensor])
    ) -> Operator {
        Operator(name, 1...1, domain: "ai.onnx.preview.training") { call in
            let arrays = (call.inputs.count - 2) / (2 + states)
            guard call.inputs.count >= 2 + 2 + states, (call.inputs.count - 2) % (2 + states) == 0 else {
                throw call.fail("\(call.inputs.count) arguments")
            }
            let (rate, count) = (try call.number(0).reshape([]), try call.number(1).reshape([]))
            let decay = try call.float("norm_coefficient", 0)
            let results = try (0..<arrays).map { number in
                let x = try call.number(2 + number)
                let gradient = try call.number(2 + arrays + number) + x * decay
                let state = try (0..<states).map { try call.number(2 + (2 + $0) * arrays + number) }
                return try function(call, rate, count, x, gradient, state)
            }
            let moved = results.map { Value($0.0, .float32) }
            return moved + (0..<states).flatMap { state in results.map { Value($0.1[state], .float32) } }
        }
    }
}
