import StrataBackend
import StrataCompiler
import StrataGraph
import StrataModels
import StrataNN

extension Predictor {
    /// The codes whose examples are nearest to given ones, for a model without an encoder, such as an adversarial
    /// network: found by descent on the squared error from several codes of the prior, of which the best counts (Creswell
    /// and Bharath, "Inverting the generator of a generative adversarial network", 2018). [count · code]
    ///
    /// Throws `unsupported` for a model without a decoder, `shape` for numbers that are no examples.
    ///
    /// - `starts`: Codes that each example begins from.
    public func invert(_ examples: [Float], starts: Int = 4, seed: UInt32 = 0) throws -> [Float] {
        guard let decoder = model as? any DecodingModel else { throw unable("invert: it has no decoder") }
        guard !model.hasTokens else { throw unable("invert: its examples are tokens, which have no gradient") }
        guard examples.count % features == 0 else {
            throw StrataError(.shape, "invert: \(examples.count) numbers are no examples of \(features)")
        }
        guard (1...1000).contains(starts) else {
            throw StrataError(parameter: "starts", starts, "expected a number from 1 to 1000")
        }
        let (count, width) = (examples.count / features, decoder.codeSize)
        guard count > 0 else { return [] }
        let rows = count * starts
        let targets = Tensor.input("targets", [count, features]).broadcast(
            to: [starts, count, features], axes: [1, 2]
        )
        .reshape([rows, features])
        let start = Tensor.input("start", [rows, width])
        let inputs = ["targets": examples, "start": try priorCodes(rows, seed: seed)]
        let codes = try minimized(inputs, [rows, width], scale: 1) { moved in
            let points = start + moved
            return ((decoder.decode(points) - targets).squared().sum(), points)
        }
        let found = try decode(codes)
        func error(_ row: Int) -> Double {
            let example = row % count * features
            return (0..<features).reduce(0.0) { sum, place in
                let difference = Double(found[row * features + place]) - Double(examples[example + place])
                return sum + difference * difference
            }
        }
        return (0..<count).flatMap { example -> ArraySlice<Float> in
            let best = stride(from: example, to: rows, by: count).min { error($0) < error($1) } ?? example
            return codes[best * width..<(best + 1) * width]
        }
    }

    /// The steps of a descent, and the share of `scale` that the first ones have.
    private static let (descentSteps, descentRate) = (500, Float(0.05))

    /// Descends from 0 on numbers of a shape, by Adam at a rate that falls to nothing.
    ///
    /// - Parameters:
    ///   - inputs: What the graph takes.
    ///   - scale: About how far the numbers will go.
    ///   - body: From the numbers to what is made small, a scalar, and to what is wanted of them.
    func minimized(
        _ inputs: [String: [Float]], _ shape: Shape, scale: Float, _ body: (Tensor) -> (energy: Tensor, result: Tensor)
    ) throws -> [Float] {
        let moved = StateVariable("descent.moved", shape, initializer: .zeros)
        let count = StateVariable("descent.count", [], initializer: .zeros)
        let (energy, result) = body(moved.tensor)
        var optimizer = Optimizer.adam(Self.descentRate * scale)
        optimizer.schedule = Cosine()
        let step = count.tensor + 1
        let updates = optimizer.updates(
            [moved], gradients: gradient(of: energy, withRespectTo: [moved.tensor]), step: step,
            steps: Self.descentSteps)
        let session = try branch()
        let descent = try session.prepare(
            Graph(outputs: [("energy", energy)], updates: (updates + [(count, step)]).map { ($0.variable, $0.value) }))
        for (name, values) in inputs where descent.inputNames.contains(name) { try descent.write(name, values) }
        for _ in 0..<Self.descentSteps { try descent.run() }
        let reading = try session.prepare(Graph(outputs: [("result", result)]))
        for (name, values) in inputs where reading.inputNames.contains(name) { try reading.write(name, values) }
        try reading.run()
        return try reading.read("result")
    }
}
