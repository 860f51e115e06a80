import StrataBackend
import StrataCompiler
import StrataGraph
import StrataReference
import Testing

@testable import StrataModels

@Suite struct ContrastTests {
    private func values(_ views: Tensor, temperature: Float) throws -> (loss: [Float], alignment: Float) {
        let half = views.shape[0] / 2
        let (first, second) = (views.slice(0..<half, axis: 0), views.slice(half..<2 * half, axis: 0))
        let contrast = Contrast(first, second, temperature: temperature)
        let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 1)
        let function = try session.prepare(
            Graph(outputs: [("loss", contrast.loss), ("alignment", EmbeddingHealth.alignment(first, second).mean)]))
        try function.run()
        return try (function.read("loss"), function.read("alignment")[0])
    }

    /// Codes that are all the same: each of 2 N − 1 candidates is as likely as the counterpart.
    @Test(arguments: [(128, 5.54126), (256, 6.23637)] as [(Int, Float)])
    func aCollapseCostsTheLogarithmOfTheCandidates(pairs: Int, expected: Float) throws {
        let (loss, alignment) = try values(.constant(1, [2 * pairs, 8]), temperature: 0.5)
        #expect(loss.count == 2 * pairs && loss.allSatisfy { abs($0 - expected) < 1e-4 })
        #expect(alignment < 1e-6)
    }

    /// Counterparts alike, all others at right angles: log(e² + 510) − 2 for 256 pairs.
    @Test func codesAtRightAngles() throws {
        let basis = Tensor.identity(256) * 3
        let (loss, alignment) = try values(.concatenate([basis, basis]), temperature: 0.5)
        #expect(loss.allSatisfy { abs($0 - 4.24880) < 1e-4 })
        #expect(alignment < 1e-6)
    }

    /// Three pairs in the plane, by hand: similarities are cosines of the angles between them.
    @Test func anglesMatterAlone() throws {
        let angles: [Float] = [0, 1.5, 3, 0.2, 1.4, 3.3]
        let x = Tensor.literal(angles, [6, 1])
        let scale = Tensor.literal([1, 2, 0.5, 3, 1, 7], [6, 1])
        let (loss, alignment) = try values(
            .concatenate([x.cosine() * scale, x.sine() * scale], axis: 1), temperature: 0.4)
        for i in 0..<6 {
            let own = (i + 3) % 6
            func similarity(_ j: Int) -> Double { cosineOf(Double(angles[i] - angles[j])) / 0.4 }
            let others = (0..<6).filter { $0 != i }.map { exponential(similarity($0)) }
            let expected = logarithm(others.reduce(0, +)) - similarity(own)
            #expect(abs(Double(loss[i]) - expected) < 1e-4, "\(i): \(loss[i]), \(expected)")
        }
        let exact = [0.2, 0.1, 0.3].reduce(0) { $0 + (2 - 2 * cosineOf($1)) / 3 }
        #expect(abs(Double(alignment) - exact) < 1e-5)
    }
}
