import Testing

@testable import StrataCompiler

@Suite struct AncestryTests {
    /// Clusters that come, gain inputs and are merged, against a search through the edges.
    @Test(arguments: 0..<30) func agreesWithASearch(seed: UInt32) {
        var state = UInt64(seed) &* 2 &+ 1
        func draw(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        // More than a word of bits.
        let count = 90
        var ancestry = Ancestry()
        var inputs: [Set<Int>] = []
        var living: [Int] = []
        func reaches(_ cluster: Int, _ goal: Int) -> Bool {
            var visited: Set<Int> = []
            var stack = Array(inputs[cluster])
            while let next = stack.popLast() {
                if next == goal { return true }
                if visited.insert(next).inserted { stack += inputs[next] }
            }
            return false
        }
        for cluster in 0..<count {
            inputs.append(Set((0..<draw(3)).compactMap { _ in living.isEmpty ? nil : living[draw(living.count)] }))
            living.append(cluster)
            ancestry.add(cluster, dependingOn: inputs[cluster])
            let (a, b) = (living[draw(living.count)], living[draw(living.count)])
            guard a != b, !reaches(a, b), !reaches(b, a) else { continue }
            if draw(2) == 0 {
                // One that was there may come to depend on a later one.
                inputs[a].insert(b)
                ancestry.add(a, dependingOn: inputs[a])
            } else {
                inputs[b].formUnion(inputs[a])
                inputs[a] = []
                for other in living where inputs[other].remove(a) != nil { inputs[other].insert(b) }
                ancestry.merge(a, into: b)
                living.removeAll { $0 == a }
            }
        }
        for a in living {
            for b in living where a != b { #expect(ancestry.depends(a, on: b) == reaches(a, b), "\(a) on \(b)") }
        }
    }
}
