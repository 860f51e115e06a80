import StrataBackend
import StrataKernelInterface
import Testing

@testable import StrataSIMD

/// Which thread gets which part of a product, and what it fetches for the next.
@Suite struct AffinityTests {
    private let memory = [Float](repeating: 0, count: 64)

    private func factor(_ base: UnsafePointer<Float>, kept: Int, summed: Int) -> Factor {
        Factor(base: base, batch: 0, kept: kept, summed: summed)
    }

    @Test func aWeightIsWrittenAlongWhatItIsMostlyReadBy() {
        memory.withUnsafeBufferPointer { memory in
            let weight = memory.baseAddress!
            func written(_ affinity: Affinity) -> Int? {
                let form = Form(base: Int(bitPattern: weight), strides: [0, 32, 4], elementSize: 4, weight: 2)
                let other = Form(base: Int(bitPattern: weight + 32), strides: [0, 32, 4], elementSize: 4, weight: 2)
                return affinity.dimension(of: [other, form])
            }
            var affinity = Affinity()
            #expect(written(affinity) == nil)
            affinity.add(factor(weight, kept: 8, summed: 1))
            #expect(written(affinity) == 1)
            affinity.add(factor(weight, kept: 1, summed: 8))
            #expect(written(affinity) == nil, "read both ways alike")
            affinity.add(factor(weight, kept: 1, summed: 8))
            #expect(written(affinity) == 2)
        }
    }

    @Test func eachThreadFetchesWhatItPacksNext() {
        func pieces(_ addresses: [Int]) -> [Region] {
            addresses.map { Region(address: $0, stride: 64, rows: 2, bytes: 64) }
        }
        let planMemory = PlanMemory()
        var succession = Succession(threadCount: 2)
        let first = succession.append(pieces([1, 2, 3, 4]), planMemory)
        let second = succession.append(pieces([5, 6]), planMemory)
        let third = succession.append(pieces([7]), planMemory)
        succession.close()
        #expect((0..<4).map { first[$0].address } == [2, 5, 4, 6])
        // A single task is the last thread's: the first has nothing to fetch.
        #expect((0..<2).map { second[$0].address } == [0, 7])
        #expect(third[0].address == 3)
    }
}
