/// What a kernel has to do at least, for comparing measured times with what the machine could do.
public struct KernelCost: Hashable, Sendable {
    /// Additions and multiplications; a function such as `exp` counts as one.
    public var flops: Int
    /// Each operand's elements once, read or written.
    public var bytes: Int
}

extension Kernel {
    /// `map`, `reduce`, `contract`, …
    public var className: String {
        switch self {
        case .map: "map"
        case .reduce: "reduce"
        case .contract: "contract"
        case .convolve: "convolve"
        case .scatterAdd: "scatterAdd"
        case .decompose(let decompose): "\(decompose.method)"
        }
    }

    /// The extents that it iterates over.
    public var extents: [Int] {
        switch self {
        case .map(let map): map.extents
        case .reduce(let reduce): reduce.kept + reduce.reduced
        case .contract(let contract): [contract.batch, contract.m, contract.n, contract.k].map(\.product)
        case .convolve(let convolve):
            convolve.outputShape.extents + convolve.filter.shape.extents.dropFirst()
        case .scatterAdd(let scatter): scatter.updates.shape.extents
        case .decompose(let decompose): decompose.inputs[0].shape.extents
        }
    }

    /// An estimate for one run from extents and accesses alone, without measuring; a decomposition of [m, n] counts
    /// m · n · min(m, n) operations.
    public var cost: KernelCost {
        // Far beyond what any machine does, and few enough to be multiplied by the length of an expression.
        let elements = min(Shape(extents).elementCount, 1 << 50)
        // A span counts no more than once for each element of the iteration space: a gather reads few rows.
        let bytes = regions.reduce(0) { $0 + min($1.bytes.count, max(elements, 1) * 4) }
        let flops =
            switch self {
            case .map(let map): elements * map.expression.operationCount
            case .reduce(let reduce):
                elements * (reduce.prologue.operationCount + 1)
                    + reduce.kept.reduce(1, *) * reduce.epilogue.operationCount
            case .contract(let contract):
                2 * elements
                    + (contract.batch + contract.m + contract.n).product * contract.epilogue.operationCount
            case .convolve(let convolve):
                2 * elements + convolve.outputShape.elementCount * convolve.epilogue.operationCount
            case .scatterAdd: elements
            case .decompose(let decompose):
                decompose.inputs[0].shape.elementCount.saturatingMultiplied(by: decompose.inputs[0].shape.min() ?? 0)
            }
        return KernelCost(flops: flops, bytes: bytes)
    }
}

extension Expression {
    fileprivate var operationCount: Int {
        instructions.reduce(0) { count, instruction in
            switch instruction {
            case .unary, .binary, .select, .random: count + 1
            case .load, .accumulator, .constant, .iota: count
            }
        }
    }
}
