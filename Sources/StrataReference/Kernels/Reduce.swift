import StrataBackend

extension ReferenceKernels {
    static func run(_ reduce: Reduce, _ memory: (Int) -> UnsafeMutableRawPointer) {
        let rank = reduce.kept.count + reduce.reduced.count
        var prologue = Tape(reduce.prologue, rank: rank, memory)
        var epilogue = Tape(reduce.epilogue, stores: reduce.stores, rank: reduce.kept.count, memory)
        withIndex(rank: rank) { index in
            forEachIndex(of: reduce.kept, in: index) {
                var total = Double(reduce.combiner.identity)
                forEachIndex(of: reduce.reduced, in: index + reduce.kept.count) {
                    prologue.evaluate(at: index)
                    total = reduce.combiner(total, prologue.last)
                }
                epilogue.run(at: index, accumulator: Float(total))
            }
        }
    }
}
