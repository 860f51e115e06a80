import StrataBackend
import StrataCompiler
import StrataGraph
import StrataReference
import StrataTraining
import Testing

@testable import StrataModels

/// What holds for any weights of a network that predicts each bit from those before it.
@Suite struct AutoregressiveTests {
    private static let bits = 12

    /// A model of 12 bits, by name.
    private static func model(_ name: String, _ features: Int = bits) -> any AutoregressiveModel {
        switch name {
        case "fvsbn": MADE(features: features, hidden: [])
        case "made": MADE(features: features, hidden: [9, 7], activation: .tanh)
        default: NADE(features: features, hidden: 6)
        }
    }

    private let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 5)

    /// All states of some bits, [2^bits, bits].
    private func states(_ bits: Int) -> [Float] {
        (0..<1 << bits).flatMap { state in (0..<bits).map { Float(state >> $0 & 1) } }
    }

    private func run(_ outputs: [Tensor]) throws -> [[Float]] {
        let function = try session.prepare(Graph(outputs: outputs.enumerated().map { ("\($0)", $1) }))
        try function.run()
        return try outputs.indices.map { try function.read("\($0)") }
    }

    @Test(arguments: ["fvsbn", "made", "nade"])
    func probabilitiesSumToOne(_ name: String) throws {
        let model = Self.model(name)
        let all = Tensor.literal(states(Self.bits), [1 << Self.bits, Self.bits])
        let key = RandomKey(Tensor.constant(0, [2]).cast(to: .int32))
        let values = model.evaluation(Batch(examples: all), key: key)[0].values
        let logarithms = try run([values])[0]
        let total = logarithms.reduce(0) { $0 + exponential(Double($1)) }
        #expect(abs(total - 1) < 1e-5, "\(total)")
        #expect(logarithms.allSatisfy { $0 < 0 })
    }

    /// A bit that is turned changes the logits after it, and no other by a single bit.
    @Test(arguments: ["fvsbn", "made", "nade"])
    func noBitSeesItselfOrThoseAfterIt(_ name: String) throws {
        let (model, n) = (Self.model(name), Self.bits)
        let start = (0..<n).map { Float($0 % 3 == 0 ? 1 : 0) }
        let rows = [start] + (0..<n).map { turned in start.indices.map { $0 == turned ? 1 - start[$0] : start[$0] } }
        let found = try run([model.logits(.literal(Array(rows.joined()), [n + 1, n]))])[0]
        for turned in 0..<n {
            for place in 0..<n {
                let (before, after) = (found[place], found[(turned + 1) * n + place])
                if place <= turned { #expect(before == after, "\(turned) \(place)") }
                if place == turned + 1 { #expect(before != after, "\(turned) \(place)") }
            }
        }
    }

    /// Three bits, drawn 20,000 times: each state as often as it is probable, within four standard errors.
    @Test(arguments: ["fvsbn", "made", "nade"])
    func samplesAreAsProbable(_ name: String) throws {
        let model = Self.model(name, 3)
        let key = RandomKey(Tensor.constant(0, [2]).cast(to: .int32))
        let values = model.evaluation(Batch(examples: .literal(states(3), [8, 3])), key: key)[0].values
        let logarithms = try run([values])[0]
        let predictor = try Predictor(model, features: 3, session: session)
        let (count, samples) = (20_000, try predictor.sample(20_000, seed: 2))
        var counts = [Double](repeating: 0, count: 8)
        for row in 0..<count { counts[(0..<3).reduce(0) { $0 + Int(samples[row * 3 + $1]) << $1 }] += 1 }
        for (state, logarithm) in logarithms.enumerated() {
            let p = exponential(Double(logarithm))
            let error = (p * (1 - p) / Double(count)).squareRoot()
            #expect(abs(counts[state] / Double(count) - p) < 4 * error, "\(state): \(counts[state]) \(p)")
        }
        #expect(throws: StrataError.self) {
            try predictor.sample(1, given: .init(values: [0, 0, 0], mask: [1, 0, 0]))
        }
    }
}
