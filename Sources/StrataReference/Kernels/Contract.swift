import StrataBackend

extension ReferenceKernels {
    static func run(_ contract: Contract, _ memory: (Int) -> UnsafeMutableRawPointer) {
        let lhs = memory(contract.lhs.slot).assumingMemoryBound(to: Float.self) + contract.lhs.access.offset
        let rhs = memory(contract.rhs.slot).assumingMemoryBound(to: Float.self) + contract.rhs.access.offset
        let (left, right) = (contract.lhs.access.strides, contract.rhs.access.strides)
        let (leftStep, rightStep) = (left[2], right[1])
        var epilogue = Tape(contract.epilogue, stores: contract.stores, rank: 3, memory)
        withIndex(rank: 3) { index in
            forEachIndex(of: [contract.batch, contract.m, contract.n], in: index) {
                let row = lhs + (index[0] * left[0] + index[1] * left[1])
                let column = rhs + (index[0] * right[0] + index[2] * right[2])
                var sum = 0.0
                for k in 0..<contract.k { sum += Double(row[k &* leftStep]) * Double(column[k &* rightStep]) }
                epilogue.run(at: index, accumulator: Float(sum))
            }
        }
    }
}
