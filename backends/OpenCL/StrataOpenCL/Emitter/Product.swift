#if OpenCL
import StrataBackend

/// A contraction as a kernel runs it: a batch of products of rows and columns. Rows, columns and what is summed are each
/// gone through as one dimension, by a stride, or by a table of offsets where no stride does.
struct Product {
    /// One dimension of the batch, with the strides of both factors.
    struct Repetition {
        var extent: Int, lhs: Int, rhs: Int
        /// Which dimension it is to the epilogue.
        var dimension: Int
    }

    /// A side of the product: the left one keeps its rows, the right one its columns.
    struct Factor {
        var slot: Int, offset: Int
        var kept: Steps, summed: Steps
    }

    /// Where elements lie along dimensions that are gone through as one.
    struct Steps {
        var extents: [Int], strides: [Int]

        var count: Int { extents.reduce(1, *) }
        /// How far neighbours are apart, if all are as far.
        var stride: Int? { mergedStride(strides, extents) }
        /// So many neighbours lie side by side in memory, over and over.
        var run: Int {
            var length = 1
            for (extent, stride) in zip(extents, strides).reversed() where extent != 1 {
                guard stride == length else { break }
                length *= extent
            }
            return length
        }
        /// Whether vectors can be loaded, the first of which begins at a multiple of their width.
        func holdsVectors(_ width: Int) -> Bool { stride == 1 || run.isMultiple(of: width) }
    }

    var batch: [Repetition]
    var lhs: Factor, rhs: Factor
    /// Rows and columns are dimensions of the epilogue. Where lanes go along the columns, it goes through them as one, whose
    /// stride is the last one's.
    var rows: [Int], columns: [Int]
    /// Dimensions of the epilogue, some of one element among them.
    let rank: Int
    var epilogue: Expression
    var stores: [Store]

    var rowCount: Int { lhs.kept.count }
    var columnCount: Int { rhs.kept.count }
    var depth: Int { lhs.summed.count }
    var batchCount: Int { batch.reduce(1) { $0 * $1.extent } }

    /// The way round that suits the device, and an order of the sum in which more lies side by side.
    init(_ contract: Contract, tuning: Tuning) {
        let given = Product(contract)
        guard tuning.lanes > 1 else {
            // Neighbouring work items load neighbours of either side.
            self = given.sorted(by: \.lhs).width > given.width ? given.sorted(by: \.lhs) : given
            return
        }
        guard !contract.isPlain else {
            // (A B)ᵀ = Bᵀ Aᵀ: worth it where n is too short to fill a vector but m is not.
            self = given.columnCount < tuning.lanes && given.rowCount > given.columnCount ? given.turned : given
            return
        }
        let ways = [given, given.turned]
            .flatMap { [$0, $0.sorted(by: \.lhs), $0.sorted(by: \.rhs)] }
            .flatMap { [$0, $0.withRowsSorted] }
            .map { $0.withEvenColumns }
        self = ways.min { $0.time(tuning) < $1.time(tuning) } ?? given
    }

    /// As it stands in the program.
    private init(_ contract: Contract) {
        let (b, m, n, k) = (contract.batch.count, contract.m.count, contract.n.count, contract.k.count)
        let (left, right) = (contract.lhs.access.strides, contract.rhs.access.strides)
        batch = contract.batch.indices.map {
            Repetition(extent: contract.batch[$0], lhs: left[$0], rhs: right[$0], dimension: $0)
        }
        lhs = Factor(
            slot: contract.lhs.slot, offset: contract.lhs.access.offset,
            kept: Steps(extents: contract.m, strides: Array(left[b..<b + m])),
            summed: Steps(extents: contract.k, strides: Array(left[(b + m)...])))
        rhs = Factor(
            slot: contract.rhs.slot, offset: contract.rhs.access.offset,
            kept: Steps(extents: contract.n, strides: Array(right[(b + k)...])),
            summed: Steps(extents: contract.k, strides: Array(right[b..<b + k])))
        rank = b + m + n
        rows = Array(b..<b + m)
        columns = Array(b + m..<b + m + n)
        epilogue = contract.epilogue
        stores = contract.stores
    }

    /// The transpose.
    private var turned: Product {
        var result = self
        (result.lhs, result.rhs) = (rhs, lhs)
        (result.rows, result.columns) = (columns, rows)
        result.batch = batch.map {
            Repetition(extent: $0.extent, lhs: $0.rhs, rhs: $0.lhs, dimension: $0.dimension)
        }
        return result
    }

    /// The same sum in the order in which one of its factors lies in memory.
    private func sorted(by side: WritableKeyPath<Product, Factor>) -> Product {
        var result = self
        let strides = self[keyPath: side].summed.strides
        let order = strides.indices.sorted { (abs(strides[$1]), $0) < (abs(strides[$0]), $1) }
        for side in [\Product.lhs, \Product.rhs] {
            let summed = self[keyPath: side].summed
            result[keyPath: side].summed = Steps(
                extents: order.map { summed.extents[$0] }, strides: order.map { summed.strides[$0] })
        }
        return result
    }

    /// The same rows in the order in which they lie in memory.
    private var withRowsSorted: Product {
        var result = self
        let strides = lhs.kept.strides
        let order = strides.indices.sorted { (abs(strides[$1]), $0) < (abs(strides[$0]), $1) }
        result.rows = order.map { rows[$0] }
        result.lhs.kept = Steps(extents: order.map { lhs.kept.extents[$0] }, strides: order.map { strides[$0] })
        return result
    }

    /// Lanes go along columns that the epilogue goes through as one; outer ones are more of the batch.
    private var withEvenColumns: Product {
        // A dimension of one element may have any stride.
        var positions = columns.indices.filter { rhs.kept.extents[$0] != 1 }
        if positions.isEmpty { positions = [columns.count - 1] }
        let columns = positions.map { self.columns[$0] }
        let extents = positions.map { rhs.kept.extents[$0] }, strides = positions.map { rhs.kept.strides[$0] }
        let accesses =
            (epilogue.operands + stores.map(\.target)).map(\.access)
            + epilogue.instructions.compactMap { instruction in
                switch instruction {
                case .iota(let access): access
                case .random(let draw): draw.counter
                default: nil
                }
            }
        let isLookedUp = epilogue.operands.contains { $0.indirection != nil }
        let first =
            columns.indices.first { first in
                !isLookedUp
                    && accesses.allSatisfy { access in
                        mergedStride(columns[first...].map { access.strides[$0] }, Array(extents[first...])) != nil
                    }
            } ?? columns.count - 1
        var result = self
        for position in 0..<first {
            result.batch.append(
                Repetition(
                    extent: extents[position], lhs: 0, rhs: strides[position], dimension: columns[position]))
        }
        result.columns = Array(columns[first...])
        result.rhs.kept = Steps(extents: Array(extents[first...]), strides: Array(strides[first...]))
        return result
    }

    /// Whether the rows of most strips lie side by side, where the terms of a sum do not.
    func packsRows(_ tuning: Tuning) -> Bool {
        lhs.kept.stride == 1
            || lhs.kept.run >= 2 * tuning.contract.registerRows && !lhs.summed.holdsVectors(tuning.lanes)
    }

    /// How much work items share a load, one side as the other.
    private var width: Int {
        [lhs, rhs].reduce(0) { $0 + min(max($1.kept.run, $1.summed.run), 32) }
    }

    /// Cycles of a processor, roughly: to tell which way round is better.
    private func time(_ tuning: Tuning) -> Double {
        let lanes = tuning.lanes, rows = Double(rowCount)
        let vectors = Double((columnCount + lanes - 1) / lanes)
        let tile = tuning.contract
        let turning = rhs.kept.holdsVectors(lanes) ? 1.5 : rhs.summed.holdsVectors(lanes) ? 4 : 20
        let packing = packsRows(tuning) || lhs.summed.holdsVectors(lanes) ? 0.15 : 1.5
        let blocksDown = (rows / Double(tile.rows)).rounded(.up)
        let blocksAcross = (vectors * Double(lanes) / Double(tile.columns)).rounded(.up)
        let leaps = (epilogue.operands + stores.map(\.target)).count {
            !(0...1).contains($0.access.strides[columns[columns.count - 1]])
        }
        let sum = rows * vectors / 2 + turning * vectors * blocksDown + packing * rows * blocksAcross
        return Double(batchCount) * (Double(depth) * sum + Double(leaps * lanes) * rows * vectors)
    }
}

extension Contract {
    /// Whether rows, columns and what is summed are one dimension each.
    var isPlain: Bool { [m, n, k].allSatisfy { $0.count == 1 } }
}
#endif
