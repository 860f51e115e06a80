import StrataBackend

extension ReferenceKernels {
    static func run(_ map: Map, _ memory: (Int) -> UnsafeMutableRawPointer) {
        var tape = Tape(map.expression, stores: map.stores, rank: map.extents.count, memory)
        withIndex(rank: map.extents.count) { index in
            forEachIndex(of: map.extents, in: index) { tape.run(at: index) }
        }
    }
}
