import StrataBackend
import Testing

@Suite struct ThreefryTests {
    @Test(
        arguments: [
            ((0, 0), (0, 0), (0x6b20_0159, 0x99ba_4efe)),
            ((UInt32.max, UInt32.max), (UInt32.max, UInt32.max), (0x1cb9_96fc, 0xbb00_2be7)),
            ((0x1319_8a2e, 0x0370_7344), (0x243f_6a88, 0x85a3_08d3), (0xc492_3a9c, 0x483d_f7a0)),
        ] as [(Threefry.Words, Threefry.Words, Threefry.Words)])
    func matchesThePublishedKnownAnswers(key: Threefry.Words, counter: Threefry.Words, expected: Threefry.Words) {
        #expect(Threefry.block(key: key, counter: counter) == expected)
    }

    @Test func permutationsAreOrdersThatDependOnSeedAndEpoch() {
        let first = Threefry.permutation(count: 1000, seed: 1, epoch: 0)
        #expect(first.sorted() == (0..<1000).map { $0 })
        #expect(first == Threefry.permutation(count: 1000, seed: 1, epoch: 0))
        #expect(first != Threefry.permutation(count: 1000, seed: 1, epoch: 1))
        #expect(first != Threefry.permutation(count: 1000, seed: 2, epoch: 0))
        #expect(Threefry.permutation(count: 0, seed: 1, epoch: 0).isEmpty)
    }
}

@Suite struct NameTests {
    @Test func anUnknownNameSuggestsTheNearest() {
        #expect(
            StrataError.unknown("model", "vea", among: ["gan", "rbm", "vae"]).message
                == "unknown model 'vea': did you mean 'vae'? (known: gan, rbm, vae)")
        #expect(
            StrataError.unknown("model", "transformer", among: ["gan", "rbm"]).message
                == "unknown model 'transformer' (known: gan, rbm)")
    }
}
