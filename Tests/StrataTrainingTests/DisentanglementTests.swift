import StrataBackend
import StrataData
import StrataEvaluation
import Testing

@Suite struct DisentanglementTests {
    /// All combinations of three factors, eight times.
    private static let sizes = [3, 4, 5]
    private static let rows: [[Int]] = (0..<480).map { row in [row % 3, row / 3 % 4, row / 12 % 5] }
    private let factors = Factors(
        names: ["shape", "size", "place"], sizes: sizes, values: rows.flatMap { $0.map { Int32($0) } })

    /// Codes made of each row of factors.
    private func codes(_ code: ([Float]) -> [Float]) -> [Float] { Self.rows.flatMap { code($0.map { Float($0) }) } }

    private func scores(_ codes: [Float], width: Int, seed: UInt32 = 1) throws -> [String: Double] {
        let scores = try Disentanglement.scores(codes: Codes(codes, width: width), factors: factors, seed: seed)
        return Dictionary(uniqueKeysWithValues: scores.map { ($0.name, $0.value) })
    }

    private func isNear(_ a: Double?, _ b: Double) -> Bool { a.map { abs($0 - b) < 1e-9 } ?? false }

    @Test func aFactorANumberIsPerfect() throws {
        // In another order, bent and scaled, with a number that never varies.
        let codes = codes { [$0[2] * $0[2], 9, $0[0] * -0.01, 1000 + $0[1]] }
        let scores = try scores(codes, width: 4)
        for name in ["mig", "dci_disentanglement", "dci_completeness", "dci_informativeness", "factor_vae_score"] {
            #expect(isNear(scores[name], 1), "\(name) of \(scores)")
        }
        // What a number that tells nothing gets right: 1/3, 1/4, 1/5.
        #expect(isNear(scores["sap"], (2.0 / 3 + 3.0 / 4 + 4.0 / 5) / 3), "\(scores)")
    }

    @Test func mixedNumbersAreClearlyWorse() throws {
        // Two of the factors are turned by 45°: both of their numbers vary alike when one is held.
        func mixed(by angle: Float) -> [Float] {
            codes { row in
                let x = zip(row, Self.sizes).map { ($0 + 0.5) / Float($1) - 0.5 }
                return [x[0] + angle * x[1], x[1] - angle * x[0], x[2]]
            }
        }
        let (turned, straight) = (try scores(mixed(by: 1), width: 3), try scores(mixed(by: 0), width: 3))
        for (name, most) in [
            ("mig", 0.45), ("sap", 0.5), ("dci_disentanglement", 0.75), ("dci_completeness", 0.75),
            ("factor_vae_score", 0.75),
        ] {
            let (score, best) = (try #require(turned[name]), try #require(straight[name]))
            #expect(score < most && best > 0.7, "\(name): \(score) of \(best)")
        }
        // What is lost to single numbers, trees of several find.
        #expect(turned["dci_informativeness"].map { $0 > 0.9 } ?? false, "\(turned)")
    }

    @Test func aFactorInTwoNumbersHasNoGap() throws {
        let scores = try scores(codes { [$0[0], $0[0], $0[1], $0[2]] }, width: 4)
        #expect(isNear(scores["mig"], 2.0 / 3) && isNear(scores["sap"], (3.0 / 4 + 4.0 / 5) / 3), "\(scores)")
        // Each number is still for one factor.
        #expect(isNear(scores["dci_disentanglement"], 1))
    }

    @Test func noiseTellsNothing() throws {
        let scores = try scores(uniformNumbers(480, 4, seed: 5), width: 4)
        for (name, most) in [
            ("mig", 0.05), ("sap", 0.1), ("dci_disentanglement", 0.1), ("dci_completeness", 0.1),
            ("dci_informativeness", 0.4), ("factor_vae_score", 0.5),
        ] { #expect(scores[name].map { $0 < most } ?? false, "\(name) of \(scores)") }
    }

    @Test func codesThatNeverVaryScoreNothing() throws {
        let scores = try scores([Float](repeating: 3, count: 960), width: 2)
        #expect(scores.count == 6 && scores.values.allSatisfy { $0 == 0 }, "\(scores)")
    }

    @Test func thresholdsAreAsManyAsAFactorAllows() throws {
        // A, B, A along the number: with one threshold half of A is wrong.
        let order = (0..<30).map { Int32($0 / 10 % 2) }
        let codes = try FactoredCodes(
            Codes((0..<30).map { Float($0) }, width: 1), Factors(names: ["a"], sizes: [2], values: order))
        #expect(isNear(SeparatedAttributePredictability.score(codes), 0.75 - 0.5))
        // Five values folded onto three numbers, of which each can stand for one.
        let folded = try FactoredCodes(
            Codes((0..<50).map { row in [4, 1, 0, 1, 4][row % 5] }, width: 1),
            Factors(names: ["a"], sizes: [5], values: (0..<50).map { Int32($0 % 5) }))
        #expect(isNear(SeparatedAttributePredictability.score(folded), 3.0 / 5 - 1.0 / 5))
    }

    @Test func aSeedGivesTheSameScores() throws {
        let codes = rotated(codes { $0 }, width: 3, seed: 3)
        let (first, again) = (try scores(codes, width: 3), try scores(codes, width: 3))
        let other = try scores(codes, width: 3, seed: 2)
        #expect(first == again)
        for name in ["dci_disentanglement", "factor_vae_score"] { #expect(first[name] != other[name], "\(name)") }
        #expect(first["mig"] == other["mig"])
    }

    @Test func importancesAreShares() throws {
        let codes = try FactoredCodes(
            Codes(codes { [$0[0], $0[1] * 5 + $0[2]] }, width: 2), factors)
        let found = FactorImportance(codes)
        for factor in 0..<3 { #expect(isNear(found.importances.reduce(0) { $0 + $1[factor] }, 1)) }
        // One number has two of the factors, so it is half as disentangled as it could be, and every factor is in one.
        #expect(isNear(found.completeness, 1))
        #expect(found.importances[0][0] == 1 && found.disentanglement < 0.7 && found.disentanglement > 0.3, "\(found)")
    }

    @Test func whatDoesNotFitIsRefused() throws {
        func kind(_ count: Int, _ factors: Factors) throws -> StrataError {
            try #require(throws: StrataError.self) {
                try Disentanglement.scores(codes: Codes((0..<count).map { Float($0) }, width: 1), factors: factors)
            }
        }
        #expect(try kind(1, Factors(names: ["a"], sizes: [2], values: [0])).kind == .data)
        #expect(try kind(3, Factors(names: ["a"], sizes: [2], values: [0, 1])).kind == .shape)
        #expect(try kind(2, Factors(names: ["a"], sizes: [2], values: [0, 2])).message.contains("'a' is 2"))
        #expect(try kind(2, Factors(names: ["a"], sizes: [-1], values: [0, 0])).kind == .shape)
        #expect(try kind(2, Factors(names: ["a"], sizes: [2], values: [1, 1])).message.contains("vary"))
        #expect(try kind(2, Factors(names: [], sizes: [], values: [])).kind == .data)
        #expect(try kind(2, Factors(names: ["a"], sizes: [2], values: [0, 1])).message.contains("in common"))
    }
}
