import StrataBackend
import StrataGraph
import StrataNN

/// The decoder of MusicVAE over codes: a conductor puts out a vector for each bar, and from that a recurrent network
/// predicts the tokens of the bar, each given those before it. Both begin in states that a layer of tangents makes, the
/// conductor's out of the code, a bar's out of its vector.
///
/// No bar sees the tokens of another: what connects them goes through the code.
struct HierarchicalDecoder: Sendable {
    private let conductorStart: Network
    private let conductor: StatefulNetwork
    private let barStart: Network
    private let notes: StatefulNetwork
    private let bars: Int
    private let bar: Int
    private let vocabulary: Int

    /// - `bar`: Steps of a bar, from 1 on.
    /// - `units`: The width of the conductor and of the network of a bar, and their `layers`.
    init(bars: Int, bar: Int, vocabulary: Int, latent: Int, units: Int, layers: Int) {
        (self.bars, self.bar, self.vocabulary) = (bars, bar, vocabulary)
        conductor = StatefulNetwork(Network("conductor", input: [bars, 1], LSTM(units, layers: layers)))
        notes = StatefulNetwork(
            Network(
                "decoder", input: [bar, vocabulary.saturatingAdding(units)],
                Sequential([LSTM(units, layers: layers), Dense(vocabulary)])))
        conductorStart = Network("conductor_start", input: [latent], conductor.start)
        barStart = Network("decoder_start", input: [units], notes.start)
    }

    var networks: [Network] { [conductorStart, conductor.network, barStart, notes.network] }

    /// The logits of each token given the code and those before it in its bar: melodies [batch, steps, vocabulary], codes
    /// [batch, code] → [batch, steps, vocabulary].
    func logits(of melodies: Tensor, given codes: Tensor, _ pass: inout Pass) -> Tensor {
        let conducted = conducted(codes, &pass)
        if let invalid = [melodies, conducted].first(where: \.isInvalid) { return invalid }
        let before = byBars(melodies).framesBefore()
        let context = conducted.broadcast(to: [conducted.extent(0), bar, conducted.extent(1)], axes: [0, 2])
        let start = notes.split(barStart(conducted, &pass))
        let (logits, _) = notes(.concatenate([before, context], axis: 2), from: start, &pass)
        return logits.isInvalid ? logits : logits.reshape(melodies.shape)
    }

    /// The same where the decoder sees, in place of a melody's own token, with some probability one that it draws itself
    /// (Bengio et al., "Scheduled sampling for sequence prediction with recurrent neural networks", 2015).
    ///
    /// - `share`: That probability, a scalar.
    func logits(
        of melodies: Tensor, given codes: Tensor, drawing share: Tensor, _ key: RandomKey, _ pass: inout Pass
    ) -> Tensor {
        if melodies.isInvalid { return melodies }
        let truth = byBars(melodies)
        return decoded(codes, &pass) { logits, step in
            let key = key.numbered(step)
            let rows: Shape = [logits.extent(0), 1]
            let isOwn = key.named("own").uniform(rows).less(share.broadcast(to: rows, axes: []))
            return isOwn.select(
                key.named("token").categorical(logits), truth.slice(step..<step + 1, axis: 1).reshape(logits.shape))
        }.logits
    }

    /// Melodies whose tokens are chosen from the logits as decoding goes: [batch, code] → the logits, and 1s at the tokens,
    /// [batch, steps, vocabulary] each.
    ///
    /// - `choice`: From the logits of a step of all bars [rows, vocabulary] and its number in the bar to 1s at the tokens.
    func decoded(
        _ codes: Tensor, _ pass: inout Pass, choice: (_ logits: Tensor, _ step: Int) -> Tensor
    ) -> (logits: Tensor, chosen: Tensor) {
        let conducted = conducted(codes, &pass)
        if conducted.isInvalid { return (conducted, conducted) }
        var states = notes.split(barStart(conducted, &pass))
        var token = Tensor.constant(0, [conducted.extent(0), vocabulary])
        var all: (logits: [Tensor], chosen: [Tensor]) = ([], [])
        for step in 0..<bar {
            let (logits, after) = notes.step(.concatenate([token, conducted], axis: 1), from: states, &pass)
            if logits.isInvalid { return (logits, logits) }
            (states, token) = (after, choice(logits, step))
            all.logits.append(logits)
            all.chosen.append(token)
        }
        func melodies(_ steps: [Tensor]) -> Tensor {
            Tensor.concatenate(steps.map { $0.reshape([$0.extent(0), 1, vocabulary]) }, axis: 1)
                .reshape([codes.extent(0), bars.saturatingMultiplied(by: bar), vocabulary])
        }
        return (melodies(all.logits), melodies(all.chosen))
    }

    /// What the conductor says of each bar, the bars of a code one after the other: [batch, code] → [batch · bars, units].
    private func conducted(_ codes: Tensor, _ pass: inout Pass) -> Tensor {
        let start = conductor.split(conductorStart(codes, &pass))
        let (outputs, _) = conductor(.constant(0, [codes.extent(0), bars, 1]), from: start, &pass)
        if outputs.isInvalid { return outputs }
        return outputs.reshape([outputs.extent(0).saturatingMultiplied(by: bars), outputs.extent(2)])
    }

    /// [batch, steps, vocabulary] → [batch · bars, bar, vocabulary].
    private func byBars(_ melodies: Tensor) -> Tensor {
        melodies.reshape([melodies.extent(0).saturatingMultiplied(by: bars), bar, vocabulary])
    }
}

/// How often training shows a decoder tokens of its own in place of the true ones: a share that rises linearly.
public struct ScheduledSampling: Sendable, Hashable {
    /// The share that is reached, from 0 to 1; 0 for true tokens alone, which is called teacher forcing.
    public var share: Float
    /// The steps over which it rises from 0; 0 for none.
    public var steps: Int

    /// A share of tokens, none where nothing is given.
    public init(share: Float = 0, steps: Int = 0) { (self.share, self.steps) = (share, steps) }

    /// The share at a step counted from 1, a scalar; `nil` where there is none.
    func share(at step: Tensor) -> Tensor? {
        guard share > 0 else { return nil }
        return steps > 0 ? (step * (1 / Float(steps))).minimum(1) * share : .constant(share)
    }
}
