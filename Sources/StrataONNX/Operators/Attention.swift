import StrataBackend
import StrataGraph

extension Operator {
    static let attention: [Operator] = [
        Operator("Attention") { try $0.attention() },
        Operator("FlexAttention", 1...1, domain: "ai.onnx.preview") { call in
            let (q, k, v) = (try call.number(0), try call.number(1), try call.number(2))
            guard q.rank == 4, k.rank == 4, v.rank == 4 else { throw call.fail("queries are \(q.shape)", .shape) }
            let scale = try call.float("scale", 1 / Float(max(q.shape[3], 1)).squareRoot())
            let (keys, values) = (try call.shared(k, q.shape[1]), try call.shared(v, q.shape[1]))
            func modified(_ name: String, _ x: Tensor) throws -> Tensor {
                guard call.has(name) else { return x }
                let results = try call.builder.run(
                    call.graph(name), [Value(x, .float32).depending(on: call.dependence)], around: call.scope)
                guard let first = results.first else { throw call.fail("'\(name)' gives nothing") }
                return try call.array(first, "its result").number()
            }
            let scores = try modified("score_mod", q.matrixProduct(keys.swapped(2, 3)) * scale)
            let weights = try modified("prob_mod", scores.softmax(axis: 3))
            return [Value(weights.matrixProduct(values), try call.operand(0).type)]
        },
        Operator("LinearAttention") { try $0.linearAttention() },
        Operator("RotaryEmbedding") { try $0.rotaryEmbedding() },
        Operator("TensorScatter") { call in
            let (past, update) = (try call.operand(0), try call.operand(1))
            let axis = try call.axis("axis", -2, of: past)
            let isCircular = try call.string("mode", "linear") == "circular"
            let starts = try call.has(2) ? call.knownIntegers(2) : past.shape.prefix(1).map { _ in 0 } + []
            let (length, count) = (past.shape[axis], update.shape.rank == past.rank ? update.shape[axis] : 0)
            let rows = past.shape.first ?? 0
            guard axis > 0, update.rank == past.rank, count <= length, length > 0 else {
                throw call.fail("\(update.shape) into \(past.shape)", .shape)
            }
            let (cache, more) = (try past.number(), try update.number())
            guard starts.count == rows || (!call.has(2)), rows > 0 else {
                throw call.fail("\(starts) for \(rows) rows")
            }
            let parts = try (0..<rows).map { row -> Tensor in
                let start = call.has(2) ? starts[row] : 0
                guard start >= 0, isCircular || start + count <= length else {
                    throw call.fail("\(count) elements from \(start) of \(length)")
                }
                let (old, new) = (cache.slice(row..<row + 1, axis: 0), more.slice(row..<row + 1, axis: 0))
                // Where each place of the cache is taken from: what stood there, or an element that is new.
                let places = (0..<length).map { place -> Int in
                    let offset = ((place - start) % length + length) % length
                    return offset < count && (isCircular || place >= start) ? length + offset : place
                }
                return Tensor.concatenate([old, new], axis: axis).taking(places, axis: axis)
            }
            return [Value(.concatenate(parts, axis: 0), past.type)]
        },
    ]
}

extension Call {
    /// The inputs of the graph that any argument depends on.
    var dependence: Set<String> { inputs.reduce(into: []) { $0.formUnion($1.dependence) } }

    /// [batch, steps, heads · width] as [batch, heads, steps, width].
    private func split(_ x: Tensor, _ name: String) throws -> Tensor {
        if x.rank == 4 { return x }
        let heads = try int(name)
        guard x.rank == 3, (1...1 << 20).contains(heads), x.shape[2] % heads == 0 else {
            throw fail("\(heads) heads of \(x.shape)", .shape)
        }
        return x.reshape([x.shape[0], x.shape[1], heads, x.shape[2] / heads]).transpose([0, 2, 1, 3])
    }

    private func merged(_ x: Tensor) -> Tensor {
        x.transpose([0, 2, 1, 3]).reshape([x.shape[0], x.shape[2], x.shape[1] * x.shape[3]])
    }

    /// Heads of keys or values, each repeated for the queries that share it.
    fileprivate func shared(_ x: Tensor, _ heads: Int) throws -> Tensor {
        guard x.shape[1] != heads else { return x }
        guard x.shape[1] > 0, heads % x.shape[1] == 0 else { throw fail("\(heads) heads share \(x.shape[1])", .shape) }
        let each = heads / x.shape[1]
        return x.unsqueezed(2).repeated(to: [x.shape[0], x.shape[1], each, x.shape[2], x.shape[3]])
            .reshape([x.shape[0], heads, x.shape[2], x.shape[3]])
    }

    fileprivate func attention() throws -> [Value] {
        let type = try operand(0).type
        let input = try number(0)
        let q = try split(input, "q_num_heads")
        var (k, v) = (try split(number(1), "kv_num_heads"), try split(number(2), "kv_num_heads"))
        guard q.rank == 4, k.rank == 4, v.rank == 4 else { throw fail("queries are \(q.shape)", .shape) }
        var pastLength = 0
        if let (pastKey, pastValue) = try optionalNumber(4).flatMap({ key in try optionalNumber(5).map { (key, $0) } })
        {
            guard pastKey.rank == 4 else { throw fail("past keys are \(pastKey.shape)", .shape) }
            pastLength = pastKey.shape[2]
            k = .concatenate([pastKey, k], axis: 2)
            v = .concatenate([pastValue, v], axis: 2)
        }
        let present = [k, v]
        let (queries, keys) = (q.shape[2], k.shape[2])
        let scale = try float("scale", 1 / Float(max(q.shape[3], 1)).squareRoot()).squareRoot()
        let softcap = try float("softcap", 0)
        var scores = (q * scale).matrixProduct(try shared(k, q.shape[1]).swapped(2, 3) * scale)
        let plain = scores
        if softcap > 0 { scores = (scores / softcap).tanh() * softcap }
        let capped = scores
        let masked = Tensor.constant(-.infinity)
        if let mask = try optional(3) {
            var bias = try mask.number()
            if mask.type == .bool { bias = bias.select(.constant(0), masked) }
            let missing = keys - (bias.shape.last ?? keys)
            guard bias.rank > 0, missing >= 0 else { throw fail("a mask \(bias.shape) for \(keys) keys", .shape) }
            if missing > 0 {
                let none = bias.shape.map { _ in 0 }
                bias = bias.padded(none, Array(none.dropLast()) + [missing], value: masked)
            }
            scores = scores + bias
        }
        if try flag("is_causal") {
            let (row, column) = (Tensor.iota([queries, keys], axis: 0), Tensor.iota([queries, keys], axis: 1))
            scores = column.greater(row + Float(pastLength)).select(masked, scores)
        }
        if let lengths = try optionalNumber(6) {
            let column = Tensor.iota([q.shape[0], 1, 1, keys], axis: 3)
            scores = column.less(lengths.reshape([q.shape[0], 1, 1, 1])).select(scores, masked)
        }
        let weights = scores.softmax(axis: 3)
        let result = weights.matrixProduct(try shared(v, q.shape[1]))
        // Before version 24, and without a cap, what a mode names may be one and the same.
        let seen = [plain, capped, scores, weights]
        let mode = try int("qk_matmul_output_mode", 0)
        guard seen.indices.contains(mode) else { throw fail("qk_matmul_output_mode \(mode) does not exist") }
        return [Value(input.rank == 3 ? merged(result) : result, type)]
            + present.map { Value($0, type) } + [Value(mode == 0 && softcap > 0 ? capped : seen[mode], type)]
    }

    fileprivate func linearAttention() throws -> [Value] {
        let type = try operand(0).type
        let (heads, sharing) = (try int("q_num_heads"), try int("kv_num_heads"))
        let (q, k, v) = (
            try split(number(0), "q_num_heads"), try split(number(1), "kv_num_heads"),
            try split(number(2), "kv_num_heads")
        )
        guard q.rank == 4, k.rank == 4, v.rank == 4, q.shape[2] > 0,
            k.shape == [q.shape[0], sharing, q.shape[2], q.shape[3]]
        else { throw fail("queries \(q.shape), keys \(k.shape)", .shape) }
        let (batch, steps, width, depth) = (q.shape[0], q.shape[2], q.shape[3], v.shape[3])
        let rule = try string("update_rule", "gated_delta")
        guard ["linear", "gated", "delta", "gated_delta"].contains(rule) else { throw fail("update_rule '\(rule)'") }
        /// [batch, steps, n] as [steps, batch, heads, n / heads].
        func stepwise(_ x: Tensor, _ count: Int) -> Tensor {
            x.reshape([batch, steps, count, x.shape[2] / max(count, 1)]).transpose([1, 0, 2, 3])
        }
        var sequences = [q.transpose([2, 0, 1, 3]), k.transpose([2, 0, 1, 3]), v.transpose([2, 0, 1, 3])]
        if rule.hasPrefix("gated") { sequences.append(stepwise(try number(4), sharing).exponential()) }
        if rule.hasSuffix("delta") {
            let beta = try number(5)
            sequences.append(stepwise(beta, beta.shape[2]))
        }
        let given = try float("scale", 0)
        let scale = given == 0 ? 1 / Float(width).squareRoot() : given
        let start = try optionalNumber(3) ?? .constant(0, [batch, sharing, width, depth])
        let (last, outputs) = Tensor.scan(sequences, carry: [start]) { carry, step in
            var (state, value) = (carry[0], step[2])
            if rule.hasPrefix("gated") { state = state * step[3].unsqueezed(3) }
            if rule.hasSuffix("delta") {
                let seen = step[1].unsqueezed(2).matrixProduct(state).squeezed(2)
                value = step[step.count - 1] * (value - seen)
            }
            state = state + step[1].unsqueezed(3) * value.unsqueezed(2)
            let read = (try? shared(state, heads)) ?? .invalid("\(heads) heads share \(sharing)", of: state)
            let output = step[0].unsqueezed(2).matrixProduct(read).squeezed(2) * scale
            return ([state], [output])
        }
        // [steps, batch, heads, depth]
        let result = outputs[0].transpose([1, 0, 2, 3]).reshape([batch, steps, heads * depth])
        return [Value(result, type), Value(last[0], type)]
    }

    fileprivate func rotaryEmbedding() throws -> [Value] {
        let operand = try operand(0)
        let input = try operand.number()
        let x = try split(input, "num_heads").transpose([0, 2, 1, 3])
        let asked = try int("rotary_embedding_dim", 0)
        let width = asked == 0 ? x.extent(3) : asked
        guard x.rank == 4, width % 2 == 0, (2...max(x.shape[3], 2)).contains(width) else {
            throw fail("a rotation of \(width) of \(x.shape)", .shape)
        }
        func angles(_ place: Int) throws -> Tensor {
            let cache = try number(place)
            guard has(3) else { return cache.unsqueezed(2) }
            return cache.gather(try self.operand(3).tensor()).unsqueezed(2)
        }
        let (cosine, sine) = (try angles(1), try angles(2))
        let (turned, rest) = (x.slice(0..<width, axis: 3), x.slice(width..<x.shape[3], axis: 3))
        let isInterleaved = try flag("interleaved")
        let half = width / 2
        let lead = Array(x.shape.prefix(3))
        let pairs = isInterleaved ? turned.reshape(Shape(lead + [half, 2])) : turned.reshape(Shape(lead + [2, half]))
        let axis = isInterleaved ? 4 : 3
        let (first, second) = (
            pairs.slice(0..<1, axis: axis).squeezed(axis), pairs.slice(1..<2, axis: axis).squeezed(axis)
        )
        let both = [first * cosine - second * sine, first * sine + second * cosine]
        let rotated = Tensor.stack(both, axis: axis).reshape(Shape(lead + [width]))
        let result = Tensor.concatenate([rotated, rest], axis: 3)
        return [Value(input.rank == 3 ? result.reshape(input.shape) : result.transpose([0, 2, 1, 3]), operand.type)]
    }
}
