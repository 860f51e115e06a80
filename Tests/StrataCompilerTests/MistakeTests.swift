import StrataBackend
import StrataGraph
import Testing

/// Of several mistakes the first is reported, with its layer and its place.
@Suite struct MistakeTests {
    private func message(_ tensor: Tensor) -> String {
        do { _ = try Graph(outputs: [("y", tensor)]); return "" } catch { return "\(error)" }
    }

    /// A layer with a check of its own.
    private func layer(_ x: Tensor, inputs: Int, outputs: Int, line: Int) -> Tensor {
        guard x.rank == 2, x.shape[1] == inputs else {
            return .invalid(
                "expected [batch, \(inputs)], the input is \(x.shape)", of: x, file: "M/Net.swift", line: line)
        }
        return x.dot(.constant(1, [inputs, outputs]))
    }

    @Test func theFirstOfTwoLayersIsToBlame() {
        let x = Tensor.input("x", [128, 300])
        let h = layer(x, inputs: 400, outputs: 20, line: 12).named("encoder.0", from: x)
        let y = layer(h, inputs: 20, outputs: 10, line: 13).named("encoder.1", from: h)
        #expect(message(y) == "encoder.0: expected [batch, 400], the input is [128, 300] (Net.swift:12)")
        let right = layer(Tensor.input("x", [128, 400]), inputs: 400, outputs: 21, line: 12)
        let wrong = layer(right, inputs: 20, outputs: 10, line: 13).named("1", from: right)
        #expect(
            message(wrong.named("encoder", from: x))
                == "encoder.1: expected [batch, 20], the input is [128, 21] (Net.swift:13)")
    }

    @Test func everyHelperPassesAMistakeOn() {
        let x = Tensor.input("x", [2, 3]).reshape([5])
        let first = message(x)
        #expect(first.hasPrefix("reshape: [2, 3] has 6 elements, expected 5 for [5] (MistakeTests.swift:"))
        let other = Tensor.input("z", [2, 3])
        let results: [Tensor] = [
            x.flattened(from: 4), x.slice(0..<1, axis: 3), x.dot(other), other.dotTransposed(x), x.select(other, other),
            other.select(x, other), x.convolveTransposed(other), other.convolveTransposed(x), x + other, other * x,
            x + 1, 1 - x,
            x.softmax(axis: 2), x.logSumExp(axis: 2), x.argMax(axis: 1), x.mean([4]), x.sum([4], keepingAxes: true),
            x.solve(other),
            x.qr().r, Tensor.concatenate([other, x], axis: 5), x.transpose([1, 0]), x.pad(low: [1], high: [1]),
            x.broadcast(to: [2], axes: [0, 1]), gradient(of: x, withRespectTo: [other])[0], x.gather(other),
            x.adding(other, at: x),
            RandomKey(.input("key", [2], dtype: .int32)).categorical(x), x.maximum(2), x.power(2), x.greater(1),
        ]
        for (number, result) in results.enumerated() { #expect(message(result) == first, "\(number)") }
    }
}
