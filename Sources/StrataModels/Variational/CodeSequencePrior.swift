import StrataBackend
import StrataGraph
import StrataNN

/// A distribution over sequences of codes: an LSTM predicts each from those before it, `p(z) = Π p(z_i | z_<i)`.
struct CodeSequencePrior: Sendable {
    private let network: Network
    private let codes: Int
    private let length: Int

    /// - Parameters:
    ///   - name: The first part of its layers' names.
    ///   - codes: The codes that there are.
    ///   - length: Codes in a sequence.
    ///   - units: The width of the LSTM, and of what stands for a code in its input.
    init(_ name: String, codes: Int, length: Int, units: Int) {
        self.codes = codes
        self.length = length
        // One more, for the start.
        let embedding = Embedding(codes.saturatingAdding(1), width: units)
        network = Network(
            name, input: [length], type: .int32, Sequential([embedding, LSTM(units), Dense(codes)]))
    }

    var parameters: [StateVariable] { network.parameters }

    /// The logits of each code given those before it, one row for each: int32 [batch, length] → [batch · length, codes].
    private func logits(_ sequences: Tensor, _ pass: inout Pass) -> Tensor {
        if sequences.isInvalid { return sequences }
        let batch = sequences.shape.first ?? 1
        let start = Tensor.constant(Float(codes), [batch, 1]).cast(to: .int32)
        let before = sequences.slice(from: 0, count: max(length - 1, 0), axis: 1)
        let output = network(length > 1 ? .concatenate([start, before], axis: 1) : start, &pass)
        return output.isInvalid ? output : output.reshape([batch.saturatingMultiplied(by: length), codes])
    }

    /// log p(z), in nats: int32 [batch, length] → [batch].
    func logProbability(_ sequences: Tensor, _ pass: inout Pass) -> Tensor {
        let logits = logits(sequences, &pass)
        if logits.isInvalid { return logits }
        let labels = sequences.reshape([sequences.shape.elementCount])
        let each = Loss.softmaxCrossEntropy(logits: logits, labels: labels)
        return each.isInvalid ? each : -each.reshape(sequences.shape).sum([1])
    }

    /// Draws sequences code by code: the codes as they are after a run, int32 [count, length], and what makes a run the next
    /// one. `length` runs draw them all.
    func draws(_ count: Int, key: RandomKey) -> (codes: Tensor, updates: Updates) {
        let chain = StateVariable("sampling.chain", [count, length], initializer: .zeros)
        let step = StateVariable("sampling.step", [], initializer: .zeros)
        var pass = Pass.evaluation
        let logits = logits(chain.tensor.cast(to: .int32), &pass)
        let chosen = key.named("code").categorical(logits)
        let drawn = (chosen * Tensor.iota(chosen.shape, axis: 1)).sum([1])
        if drawn.isInvalid { return (drawn, []) }
        let isNext = Tensor.iota([count, length], axis: 1).equal(
            step.tensor.broadcast(to: [count, length], axes: []))
        let next = isNext.select(drawn.reshape([count, length]), chain.tensor)
        return (next.cast(to: .int32), [(chain, next), (step, step.tensor + 1)])
    }
}
