import StrataBackend
import Testing

@testable import StrataData

@Suite struct PerturbedValuesTests {
    @Test func aShareOfTheValuesIsReplaced() throws {
        let base = try Sprites().dataSet(train: 60, test: 20)
        let data = try PerturbedValues(share: 0.25).dataSet(of: base, name: "perturbed:sprites", seed: 1)
        let (before, after) = (try base.train.bytes, try data.train.bytes)
        let changed = zip(before, after).count { $0 != $1 }
        // One in 256 of those replaced is what it was.
        let share = Double(changed) / Double(before.count)
        #expect(abs(share - 0.25 * 255 / 256) < 0.01, "\(share)")
        #expect(data.train.labels?.values == base.train.labels?.values && data.train.factors != nil)
        #expect(try PerturbedValues(share: 0.25).dataSet(of: base, seed: 1).train.bytes == after)
        #expect(try PerturbedValues(share: 0.25).dataSet(of: base, seed: 2).train.bytes != after)
        #expect(try PerturbedValues(share: 0).dataSet(of: base).test.bytes == base.test.bytes)
        #expect(try DataCatalog.builtIn.load("perturbed:sprites").train.count == 10_000)
    }

    @Test func whatCannotBePerturbedIsTold() throws {
        #expect(throws: StrataError.self) { try PerturbedValues(share: 1.5).dataSet(of: Sprites().dataSet()) }
        #expect(throws: StrataError.self) { try DataCatalog.builtIn.load("perturbed:spirals") }
    }
}
