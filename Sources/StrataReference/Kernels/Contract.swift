import StrataBackend

extension ReferenceKernels {
    static func run(_ contract: Contract, _ memory: (Int) -> UnsafeMutableRawPointer) {
        let lhs = memory(contract.lhs.slot).assumingMemoryBound(to: Float.self) + contract.lhs.access.offset
        let rhs = memory(contract.rhs.slot).assumingMemoryBound(to: Float.self) + contract.rhs.access.offset
        let (batch, m, n, k) = (contract.batch, contract.m, contract.n, contract.k)
        // Both factors as seen from the dimensions of the result, and from those that are summed over.
        let (left, right) = (contract.lhs.access.strides, contract.rhs.access.strides)
        let leftResult = left.dropLast(k.count) + n.map { _ in 0 }
        let rightResult = right.prefix(batch.count) + m.map { _ in 0 } + right.suffix(n.count)
        let leftOffsets = strideOffsets(k, Array(left.suffix(k.count)))
        let rightOffsets = strideOffsets(k, Array(right[batch.count..<batch.count + k.count]))
        let rank = batch.count + m.count + n.count
        var epilogue = Tape(contract.epilogue, stores: contract.stores, rank: rank, memory)
        withIndex(rank: rank) { index in
            forEachIndex(of: batch + m + n, in: index) {
                var (row, column) = (lhs, rhs)
                for d in 0..<rank {
                    row += index[d] * leftResult[leftResult.startIndex + d]
                    column += index[d] * rightResult[rightResult.startIndex + d]
                }
                var sum = 0.0
                for (i, j) in zip(leftOffsets, rightOffsets) { sum += Double(row[i]) * Double(column[j]) }
                epilogue.run(at: index, accumulator: Float(sum))
            }
        }
    }
}
