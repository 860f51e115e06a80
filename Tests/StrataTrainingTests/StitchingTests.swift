import StrataBackend
import StrataData
import Testing

@testable import StrataEvaluation

/// Two models whose codes are the same but for a turn, and classifiers that are carried from one to the other.
@Suite struct StitchingTests {
    /// Three clusters of directions in space, with their classes.
    private func clusters(_ count: Int, seed: UInt32) throws -> (codes: Codes, labels: Labels) {
        var draws = Draws(seed: seed, stream: 9)
        let labels = (0..<count).map { Int32($0 % 3) }
        let values = labels.flatMap { label in
            (0..<3).map { Float(draws.normal() * 0.3) + ($0 == Int(label) ? 2 : 0) }
        }
        return (try Codes(values, width: 3), Labels(values: labels, classNames: ["a", "b", "c"]))
    }

    /// x → −2 y, y → 2 z, z → 2 x.
    private func turned(_ codes: Codes) throws -> Codes {
        try Codes(
            (0..<codes.count).flatMap { row -> [Float] in
                let code = codes.values[3 * row..<3 * row + 3].map { 2 * $0 }
                return [code[2], -code[0], code[1]]
            }, width: 3)
    }

    @Test func headsOfTurnedCodes() throws {
        let backend = try SmallMachine.session().backend
        let (train, test) = (try clusters(120, seed: 1), try clusters(60, seed: 2))
        let anchors = try clusters(12, seed: 3).codes
        let found = try Stitching(
            train: .init(train.codes, turned(train.codes), train.labels),
            test: .init(test.codes, turned(test.codes), test.labels), anchors: (anchors, turned(anchors)),
            backend: backend, seed: 0)
        #expect(found.relative.allSatisfy { $0.own > 0.95 && abs($0.own - $0.stitched) < 1e-6 }, "\(found)")
        #expect(found.absolute.count == 2 && found.absolute.allSatisfy { $0.own > 0.95 && $0.stitched < 0.6 })
        // Codes of other widths are stitched by relative codes alone.
        let flat = try Codes((0..<120).map { train.codes.values[3 * $0] + 5 }, width: 1)
        let flatTest = try Codes((0..<60).map { test.codes.values[3 * $0] + 5 }, width: 1)
        let one = try Codes([Float](repeating: 1, count: 12), width: 1)
        let mixed = try Stitching(
            train: .init(train.codes, flat, train.labels), test: .init(test.codes, flatTest, test.labels),
            anchors: (anchors, one), backend: backend, seed: 0)
        #expect(mixed.absolute.isEmpty && mixed.relative[0].own > 0.95)
    }

    @Test func similarityOfRelativeCodes() throws {
        let backend = try SmallMachine.session().backend
        let (codes, anchors) = (try clusters(40, seed: 4).codes, try clusters(9, seed: 5).codes)
        let (own, other) = (
            try RelativeRepresentation.cosines(codes, to: anchors),
            try RelativeRepresentation.cosines(turned(codes), to: turned(anchors))
        )
        let same = try RelativeSimilarity(own, other, backend: backend)
        #expect(abs(same.cosine - 1) < 1e-6 && same.meanReciprocalRank == 1 && same.jaccard > 0.98)
        // By hand, of one anchor: neighbours on a line.
        let (a, b) = (try Codes([0, 1, 3, 7], width: 1), try Codes([0, 1, 1.5, 0.4], width: 1))
        let found = try RelativeSimilarity(a, b, neighbours: 1, backend: backend)
        // Nearest in a: 1, 0, 1, 2; in b: 3, 2, 1, 0.
        #expect(found.jaccard == 0.25)
        // 0 and 1 find themselves first; 3 is nearest to 1.5, which is it; 7 to 1.5, 1, and then to 0.4.
        #expect(abs(found.meanReciprocalRank - (1 + 1 + 1 + 1.0 / 3) / 4) < 1e-12, "\(found)")
        #expect(abs(found.cosine - 0.75) < 1e-12)
        #expect(throws: StrataError.self) { try RelativeSimilarity(a, codes, backend: backend) }
        #expect(throws: StrataError.self) { try RelativeSimilarity(a, b.rows([0, 1]), backend: backend) }
    }
}
