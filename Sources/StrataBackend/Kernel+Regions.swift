/// Bytes of a slot that a kernel may touch.
public struct KernelRegion: Hashable, Sendable {
    /// The index in `Program.slots`.
    public var slot: Int
    /// Offsets within the slot, from that of the first byte to past the last.
    public var bytes: Range<Int>
    /// Whether the kernel may write there; if not, it only reads.
    public var isWritten: Bool
}

extension Kernel {
    /// Everything that the kernel reads or writes: for each operand, the span from its first to its last byte.
    public var regions: [KernelRegion] {
        switch self {
        case .map(let map):
            map.expression.regions(map.extents) + map.stores.flatMap { $0.target.regions(map.extents, isWritten: true) }
        case .reduce(let reduce):
            reduce.prologue.regions(reduce.kept + reduce.reduced) + reduce.epilogue.regions(reduce.kept)
                + reduce.stores.flatMap { $0.target.regions(reduce.kept, isWritten: true) }
        case .contract(let contract):
            contract.lhs.regions(contract.batch + contract.m + contract.k)
                + contract.rhs.regions(contract.batch + contract.k + contract.n)
                + contract.epilogue.regions(contract.batch + contract.m + contract.n)
                + contract.stores.flatMap {
                    $0.target.regions(contract.batch + contract.m + contract.n, isWritten: true)
                }
        case .convolve(let convolve):
            [convolve.input.region(isWritten: false), convolve.filter.region(isWritten: false)]
                + convolve.epilogue.regions(convolve.outputShape.extents)
                + convolve.stores.flatMap { $0.target.regions(convolve.outputShape.extents, isWritten: true) }
        case .scatterAdd(let scatter):
            [
                scatter.target.region(isWritten: true), scatter.indices.region(isWritten: false),
                scatter.updates.region(isWritten: false),
            ]
        case .decompose(let decompose):
            decompose.inputs.map { $0.region(isWritten: false) } + [decompose.output.region(isWritten: true)]
        }
    }
}

extension Expression {
    fileprivate func regions(_ extents: [Int]) -> [KernelRegion] {
        operands.flatMap { $0.regions(extents, isWritten: false) }
            + instructions.flatMap { instruction -> [KernelRegion] in
                guard case .random(let draw) = instruction else { return [] }
                let start = draw.key.access.offset * 4
                return [KernelRegion(slot: draw.key.slot, bytes: start..<start + 8, isWritten: false)]
            }
    }
}

extension Operand {
    fileprivate func regions(_ extents: [Int], isWritten: Bool = false) -> [KernelRegion] {
        var (first, last) = (access.offset, access.offset)
        var result: [KernelRegion] = []
        for (dimension, stride) in access.strides.enumerated() {
            var extent = extents[dimension]
            if let indirection, indirection.dimension == dimension {
                let start = indirection.offset * 4
                result.append(
                    KernelRegion(slot: indirection.slot, bytes: start..<start + extent * 4, isWritten: false))
                extent = indirection.rowCount
            }
            let reach = max(extent - 1, 0) * stride
            if reach < 0 { first += reach } else { last += reach }
        }
        let isEmpty = extents.contains(0) || indirection?.rowCount == 0
        let bytes = first * dtype.byteCount..<(isEmpty ? first : last + 1) * dtype.byteCount
        return result + [KernelRegion(slot: slot, bytes: bytes, isWritten: isWritten)]
    }
}

extension ArrayOperand {
    fileprivate func region(isWritten: Bool) -> KernelRegion {
        let start = offset * dtype.byteCount
        return KernelRegion(
            slot: slot, bytes: start..<start + shape.elementCount * dtype.byteCount, isWritten: isWritten)
    }
}
