import StrataBackend
import StrataKernelInterface

extension Planner {
    /// A contraction over groups of dimensions, whose factors are found through tables of offsets.
    mutating func planGathered(_ contract: Contract) throws {
        let (batch, m, n, k) = (contract.batch, contract.m, contract.n, contract.k)
        guard contract.fitsTables else {
            throw StrataError(.unsupported, "the operands of a product over groups reach too far; `supports` says so")
        }
        let lhs = try slots.form(contract.lhs, over: batch + m + k, weight: 1)
        let rhs = try slots.form(contract.rhs, over: batch + k + n, weight: 1)
        let builder = try TapeBuilder(contract.epilogue, stores: contract.stores, over: batch + m + n, slots: slots)
        guard !(batch + m + n).contains(0), !contract.stores.isEmpty else { return }
        let asGiven = GatheredProduct(contract, lhs: lhs, rhs: rhs, epilogue: builder.forms)
        let (own, turned) = (asGiven.fitted(), asGiven.turned.fitted())
        var product = turned.time(kernels) < own.time(kernels) ? turned : own
        product.placeTables(memory)
        addGathered(product, epilogue: builder)
    }

    private mutating func addGathered(_ product: GatheredProduct, epilogue: TapeBuilder) {
        let (rows, columns, summed) = (product.rows.count, product.columns.count, product.summed.count)
        let pieces =
            summed <= kernels.longestGatheredDepth ? 1 : divideUp(summed, by: kernels.gatheredPiece)
        let summedBlock = max(4, divideUp(divideUp(summed, by: pieces), by: 4) * 4)
        let keepsBlock = pieces > 1 || summed == 0
        let vectors = divideUp(columns, by: kernels.vectorWidth)
        let mostVectors = max(2, Blocking.mostPacked / (4 * kernels.vectorWidth * summedBlock))
        let mostRows = keepsBlock ? max(kernels.tileRows, Self.mostKept / (4 * columns)) : rows
        let instructions = epilogue.expression.instructions.count
        let parts = Blocking.parts(
            rows: rows, vectors: vectors, kernels, threadCount: threadCount,
            least: (divideUp(rows, by: mostRows), divideUp(vectors, by: mostVectors))
        ) { product.time(kernels, threadCount: threadCount, instructions: instructions, rows: $0, vectors: $1) }
        let (blockRows, blockColumns) = (parts.rows, parts.vectors * kernels.vectorWidth)

        let tiling = Tiling(gathered: columns, of: blockColumns, kernels)
        var encoder = TapeEncoder(epilogue, over: product.axes, tiling: tiling)
        let tape = encoder.encode(memory: memory)
        // So many rows of tiles that they and a panel stay in the first level of cache.
        let tilesOfPanel = max(1, min(Self.mostTilesOfPanel, Self.mostRead / product.bytesOfTile(kernels, summedBlock)))
        let finishedRows =
            divideUp(max(tiling.rows, tilesOfPanel * kernels.tileRows), by: kernels.tileRows) * kernels.tileRows
        func aligned(_ floats: Int) -> Int { divideUp(floats * 4, by: 64) * 64 + 64 }
        let packedRhs = aligned(tape.pointee.scratchBytes / 4)
        let block = packedRhs + aligned(blockColumns * summedBlock)
        let keptRows = keepsBlock ? blockRows : min(finishedRows, blockRows)
        add(
            kernels.contractGathered,
            GatheredContractPlan(
                lhs: factor(product.lhs, product.batch.lhs, product.rows, product.summed, \.lhs, product),
                rhs: factor(product.rhs, product.batch.rhs, product.columns, product.summed, \.rhs, product),
                rows: rows, columns: columns, summed: summed, blockRows: blockRows, blockColumns: blockColumns,
                summedBlock: summedBlock, keepsBlock: keepsBlock, finishedRows: finishedRows,
                batchDimensions: product.batch.extents.count, run: product.run, epilogue: tape, packedRhs: packedRhs,
                block: block),
            count: product.batch.count * divideUp(rows, by: blockRows) * divideUp(columns, by: blockColumns),
            scratchBytes: block + aligned(blockColumns * keptRows))
    }

    /// Rows of tiles that meet a panel one after the other, and the bytes of the left factor that they may read.
    private static let mostTilesOfPanel = 8
    private static let mostRead = 12 << 10

    /// Bytes of a block that several depths are added to: it shall stay in the second level of cache.
    private static let mostKept = 256 << 10

    private func factor(
        _ base: Int, _ batch: [Int], _ kept: GatheredProduct.Group, _ summed: GatheredProduct.Group,
        _ strides: KeyPath<GatheredProduct.Group, [Int]>, _ product: GatheredProduct
    ) -> GatheredFactor {
        GatheredFactor(
            base: .init(bitPattern: base)!,
            batch: memory.copy(strideOffsets(product.batch.extents, batch)),
            kept: memory.copy(strideOffsets(kept.extents, kept[keyPath: strides]).map(Int32.init)),
            summed: memory.copy(strideOffsets(summed.extents, summed[keyPath: strides]).map(Int32.init)),
            keptStride: mergedStride(kept[keyPath: strides], kept.extents) ?? 0,
            summedStride: mergedStride(summed[keyPath: strides], summed.extents) ?? 0)
    }
}

extension Tiling {
    /// As many rows as a tile holds. Those of a block that has them whole follow one another without a gap.
    fileprivate init(gathered columns: Int, of block: Int, _ kernels: KernelTable) {
        let width = min(columns, block), padded = divideUp(width, by: kernels.vectorWidth) * kernels.vectorWidth
        let isWhole = columns <= block && (columns == padded || columns < 4 * kernels.vectorWidth)
        let rows = Space.tileElements / (isWhole ? columns : padded)
        self.init(
            rows: max(1, rows >= kernels.tileRows ? rows / kernels.tileRows * kernels.tileRows : rows),
            columns: min(width, Space.tileElements))
        pitch = isWhole || self.rows == 1 ? 0 : padded
    }
}

/// A contraction over groups of dimensions with its operands resolved.
private struct GatheredProduct {
    /// Dimensions that are gone through as one, with the strides of both factors in elements.
    struct Group {
        var extents: [Int]
        var lhs: [Int]
        var rhs: [Int]

        var count: Int { extents.product }

        mutating func append(_ other: Group, _ dimensions: Range<Int>) {
            extents += other.extents[dimensions]
            lhs += other.lhs[dimensions]
            rhs += other.rhs[dimensions]
        }
    }

    /// Addresses.
    var lhs: Int
    var rhs: Int
    var batch: Group
    var rows: Group
    var columns: Group
    var summed: Group
    /// The epilogue's space and accesses: the batch, the rows, the columns.
    var axes: Axes
    /// Rows that the epilogue goes through as one dimension, by its tables where they do not lie evenly.
    var run = 1
    /// For accesses by number where their rows lie.
    private var rowOffsets: [Int: Form.Offsets] = [:]

    init(_ contract: Contract, lhs: Form, rhs: Form, epilogue: [Form]) {
        let (b, m, n, k) = (contract.batch.count, contract.m.count, contract.n.count, contract.k.count)
        let (left, right) = (lhs.strides.map { $0 / 4 }, rhs.strides.map { $0 / 4 })
        func none(_ count: Int) -> [Int] { [Int](repeating: 0, count: count) }
        self.lhs = lhs.base
        self.rhs = rhs.base
        batch = Group(extents: contract.batch, lhs: Array(left[..<b]), rhs: Array(right[..<b]))
        rows = Group(extents: contract.m, lhs: Array(left[b..<b + m]), rhs: none(m))
        columns = Group(extents: contract.n, lhs: none(n), rhs: Array(right[(b + k)...]))
        summed = Group(extents: contract.k, lhs: Array(left[(b + m)...]), rhs: Array(right[b..<b + k]))
        axes = Axes(extents: contract.batch + contract.m + contract.n, forms: epilogue)
    }

    /// Rows that follow one another are to be neighbours in the left factor, which is read row beside row.
    private mutating func sortRows() {
        let order = rows.extents.indices.sorted { (abs(rows.lhs[$1]), $0) < (abs(rows.lhs[$0]), $1) }
        let (b, end) = (batch.extents.count, batch.extents.count + order.count)
        rows = Group(
            extents: order.map { rows.extents[$0] }, lhs: order.map { rows.lhs[$0] }, rhs: order.map { rows.rhs[$0] })
        axes.reorder(Array(0..<b) + order.map { $0 + b } + (end..<axes.rank))
    }

    /// The same the other way round: Cᵀ = Bᵀ Aᵀ.
    var turned: GatheredProduct {
        var result = self
        (result.lhs, result.rhs) = (rhs, lhs)
        func exchanged(_ group: Group) -> Group { Group(extents: group.extents, lhs: group.rhs, rhs: group.lhs) }
        result.batch = exchanged(batch)
        result.rows = exchanged(columns)
        result.columns = exchanged(rows)
        result.summed = exchanged(summed)
        let (b, m, n) = (batch.extents.count, rows.extents.count, columns.extents.count)
        result.axes.reorder(Array(0..<b) + (b + m..<b + m + n) + (b..<b + m))
        return result
    }

    /// Makes the epilogue's space one of tiles: as many of the inner rows one dimension as can be gone through as one, and
    /// the columns; outer columns that cannot are a dimension of the batch. Rows that lie unevenly in memory are looked up
    /// in a table.
    func fitted() -> GatheredProduct {
        var sorted = self
        sorted.sortRows()
        return sorted.fittedAsSorted()
    }

    private func fittedAsSorted() -> GatheredProduct {
        var result = self
        let (b, m, n) = (batch.extents.count, rows.extents.count, columns.extents.count)
        /// The first of a group's dimensions from which on they can be gone through as one.
        func stride(_ form: Form, _ group: Range<Int>) -> Int? {
            mergedStride(Array(form.strides[group]), Array(axes.extents[group]))
        }
        func evenlyFrom(_ group: Range<Int>, where isBound: (Form) -> Bool) -> Int {
            group.first { first in
                axes.forms.allSatisfy { !isBound($0) || stride($0, first..<group.upperBound) != nil }
            } ?? group.upperBound
        }
        let row = evenlyFrom(b..<b + m) { $0.elementSize == 0 || $0.lookup != nil }
        let column = evenlyFrom(b + m..<b + m + n) { _ in true }
        let outerColumns = 0..<column - b - m
        result.batch.append(columns, outerColumns)
        result.columns = Group(extents: [], lhs: [], rhs: [])
        result.columns.append(columns, outerColumns.upperBound..<n)

        let groups =
            (Array(0..<b) + (b + m..<column) + (b..<row)).map { $0..<$0 + 1 } + [row..<b + m, column..<b + m + n]
        result.axes.extents = groups.map { axes.extents[$0].product }
        result.axes.isReduced = groups.map { _ in false }
        for f in axes.forms.indices {
            let form = axes.forms[f]
            result.axes.forms[f].strides = groups.map { stride(form, $0) ?? 0 }
            result.rowOffsets[f] = form.offsets(
                Array(axes.extents[row..<b + m]), Array(form.strides[row..<b + m]))
        }
        result.run = axes.extents[row..<b + m].product
        return result
    }

    /// To be called before the epilogue is encoded.
    mutating func placeTables(_ memory: PlanMemory) {
        for (form, offsets) in rowOffsets.sorted(by: { $0.key < $1.key }) {
            axes.forms[form].lookUp(axes.rank - 2, offsets, memory)
        }
    }

    /// Bytes of the cache lines of the left factor that a row of tiles reads in one depth, its rows taken to be like the first.
    func bytesOfTile(_ kernels: KernelTable, _ depth: Int) -> Int {
        let starts = strideOffsets(rows.extents, rows.lhs).prefix(kernels.tileRows)
        let steps = strideOffsets(summed.extents, summed.lhs).prefix(depth)
        return max(1, Set(starts.flatMap { start in steps.map { (start + $0) >> 4 } }).count) * 64
    }

    /// The cycles that a vector of the right factor takes to be packed.
    private var turning: Double {
        let kept = mergedStride(columns.rhs, columns.extents), depth = mergedStride(summed.rhs, summed.extents)
        if kept == 1 { return 1.5 }
        return columns.rhs.last == 1 ? 4 : kept != nil && depth == 1 ? 5 : 40
    }

    /// The cycles of the whole on one thread, roughly: to tell which way round is better. An element that the epilogue
    /// leaps to takes as long as a dozen side by side.
    func time(_ kernels: KernelTable) -> Double {
        let vectors = divideUp(columns.count, by: kernels.vectorWidth)
        let leaps = axes.forms.count {
            let stride = $0.strides[axes.rank - 1]
            return $0.elementSize > 0 && stride != 0 && stride != $0.elementSize
        }
        let rowBlocks = Double(divideUp(rows.count, by: 4096))
        let perBatch =
            Double(max(rows.count, 4) * vectors * summed.count) / 2
            + turning * Double(vectors * summed.count) * rowBlocks + Double(leaps * rows.count * columns.count * 3)
        return perBatch * Double(batch.count)
    }

    /// The cycles until all threads are done, if blocks are so large.
    func time(_ kernels: KernelTable, threadCount: Int, instructions: Int, rows blockRows: Int, vectors: Int) -> Double
    {
        let allVectors = divideUp(columns.count, by: kernels.vectorWidth)
        var tasks: [Double] = []
        for _ in 0..<min(batch.count, 4 * threadCount) {
            for row in stride(from: 0, to: rows.count, by: blockRows) {
                for column in stride(from: 0, to: allVectors, by: vectors) {
                    let r = Double(min(blockRows, rows.count - row)), c = Double(min(vectors, allVectors - column))
                    tasks.append(
                        Double(summed.count) * (r * c / 2 + turning * c) + Double(instructions) * r * (2 * c + 10)
                            + 1000)
                }
            }
        }
        return ThreadPool.time(of: tasks, threadCount: threadCount)
    }
}
