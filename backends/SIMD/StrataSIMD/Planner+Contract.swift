import StrataBackend
import StrataKernelInterface

extension Planner {
    mutating func plan(_ contract: Contract) throws {
        let (batch, m, n, k) = (contract.batch, contract.m, contract.n, contract.k)
        let lhs = try slots.form(contract.lhs, over: [batch, m, k], weight: 1)
        let rhs = try slots.form(contract.rhs, over: [batch, k, n], weight: 1)
        guard contract.lhs.dtype == .float32, contract.rhs.dtype == .float32 else {
            throw StrataError(.shape, "the factors of a product are float32, not \(contract.lhs.dtype.name) and \(contract.rhs.dtype.name)")
        }
        guard batch * m * n > 0 else { return }
        if let library, k > 0 {
            let target = try target(of: contract.epilogue, contract.stores, over: [batch, m, n])
            let result = target ?? memory.workspace(floats: batch * m * n)
            if let work = library.product(
                contract, lhs: .init(bitPattern: lhs.base)!, rhs: .init(bitPattern: rhs.base)!,
                result: result.assumingMemoryBound(to: Float.self))
            {
                add(work)
                if target != nil { return }
                return try addEpilogue(contract.epilogue, contract.stores, over: [batch, m, n], results: result)
            }
        }
        let builder = try TapeBuilder(contract.epilogue, stores: contract.stores, over: [batch, m, n], slots: slots)
        guard !contract.stores.isEmpty else { return }
        var product = Product(
            lhs: Factor(form: lhs, kept: 1, summed: 2), rhs: Factor(form: rhs, kept: 2, summed: 1), batch: batch,
            rows: m, columns: n, summed: k, axes: Axes(extents: [batch, m, n], forms: builder.forms))
        product.transposeIfBetter(kernels)
        let blocking = Blocking(of: product, kernels, threadCount: threadCount)
        addProduct(product, blocking, epilogue: builder)
    }

    private mutating func addProduct(_ product: Product, _ blocking: Blocking, epilogue: TapeBuilder) {
        // Short rows are finished several at a time, if a block has them whole.
        let hasWholeRows = blocking.columns >= product.columns
        let tiling = hasWholeRows
            ? Tiling(columns: product.columns, rowExtent: product.rows, vectorWidth: kernels.vectorWidth)
            : Tiling(rows: 1, columns: min(product.columns, Space.tileElements))
        var encoder = TapeEncoder(epilogue, over: product.axes, tiling: tiling)
        let tape = encoder.encode(memory: memory)
        func aligned(_ floats: Int) -> Int { divideUp(floats * 4, by: 64) * 64 }
        let packedLhs = aligned(tape.pointee.scratchBytes / 4)
        let packedRhs = packedLhs + aligned(max(blocking.rows * blocking.summed, product.isThin(kernels) ? product.summed : 0))
        let block = packedRhs + aligned(kernels.tileColumns * blocking.summed)
        add(
            kernels.contract,
            ContractPlan(
                lhs: product.lhs, rhs: product.rhs, rows: product.rows, columns: product.columns,
                summed: product.summed, blockRows: blocking.rows, blockColumns: blocking.columns,
                summedBlock: blocking.summed,
                isThin: product.isThin(kernels), epilogue: tape, packedLhs: packedLhs, packedRhs: packedRhs, block: block),
            count: product.batch * divideUp(product.rows, by: blocking.rows)
                * divideUp(product.columns, by: blocking.columns),
            scratchBytes: block + aligned(blocking.rows * blocking.columns) + 64)
    }
}

extension Factor {
    fileprivate init(form: Form, kept: Int, summed: Int) {
        self.init(
            base: .init(bitPattern: form.base)!, batch: form.strides[0] / 4, kept: form.strides[kept] / 4,
            summed: form.strides[summed] / 4)
    }
}

/// A contraction with its operands resolved, which may be read the other way round: Cᵀ = Bᵀ Aᵀ.
private struct Product {
    var lhs: Factor
    var rhs: Factor
    var batch: Int
    var rows: Int
    var columns: Int
    var summed: Int
    /// (batch, rows, columns), with the epilogue's accesses.
    var axes: Axes

    /// Whether the right factor is best read where it lies; its rows are as long as vectors reach.
    func isThin(_ kernels: KernelTable) -> Bool { 2 * rows <= kernels.tileRows && (rhs.kept == 1 || rhs.summed == 1) }

    /// Elements that are computed, of those beyond the edge as well.
    private func paddedArea(_ kernels: KernelTable, rows: Int, columns: Int) -> Int {
        divideUp(rows, by: kernels.tileRows) * kernels.tileRows * divideUp(columns, by: kernels.tileColumns)
            * kernels.tileColumns
    }

    /// Turns the product round if the results lie along its columns, or if the tile fits it much better.
    mutating func transposeIfBetter(_ kernels: KernelTable) {
        let area = paddedArea(kernels, rows: rows, columns: columns)
        let turnedArea = paddedArea(kernels, rows: columns, columns: rows)
        let (along, across) = (axes.contiguity(2), axes.contiguity(1))
        guard turnedArea * 4 < area * 3 || across > along && turnedArea * 3 < area * 4 else { return }
        swap(&lhs, &rhs)
        swap(&rows, &columns)
        axes.reorder([0, 2, 1])
    }
}

/// The size of the blocks of a product.
private struct Blocking {
    var rows: Int
    var columns: Int
    var summed: Int

    /// The longest depth of a packed panel: 32 columns of it are 64 KiB, which the second level of cache streams.
    private static let longestDepth = 512
    /// A block, and its packed rows, are to stay in the second level of cache: at most so many tiles each way.
    private static let mostTileRows = 12
    private static let mostTileColumns = 16

    /// Takes the cut that ends first, by a model of the time: micro-kernels, packing, and tasks handed in turn to the
    /// thread that is free.
    init(of product: Product, _ kernels: KernelTable, threadCount: Int) {
        let pieces = max(1, divideUp(product.summed, by: Self.longestDepth))
        summed = max(1, divideUp(product.summed, by: pieces))
        let tileRows = divideUp(product.rows, by: kernels.tileRows)
        let tileColumns = divideUp(product.columns, by: kernels.tileColumns)
        if product.isThin(kernels) {
            // Strips of columns, wide enough for whole vectors and few enough for all threads to have some.
            rows = kernels.tileRows
            columns = max(2, min(8, tileColumns / (2 * threadCount))) * kernels.tileColumns
            return
        }
        var best = (time: Double.infinity, rows: 1, columns: 1)
        let mostCuts = 4 * threadCount
        let rowCuts = divideUp(tileRows, by: Self.mostTileRows)...max(divideUp(tileRows, by: Self.mostTileRows), mostCuts)
        let columnCuts = divideUp(tileColumns, by: Self.mostTileColumns)...max(divideUp(tileColumns, by: Self.mostTileColumns), mostCuts)
        for r in rowCuts where r <= tileRows {
            for c in columnCuts where c <= tileColumns {
                let (rows, columns) = (divideUp(tileRows, by: r), divideUp(tileColumns, by: c))
                let time = Self.time(
                    tileRows, tileColumns, rows, columns, batch: product.batch, threadCount: threadCount,
                    isLong: product.summed > 0)
                if time < best.time { best = (time, rows, columns) }
            }
        }
        rows = best.rows * kernels.tileRows
        columns = best.columns * kernels.tileColumns
    }

    /// In micro-kernels. Packing a panel of `rhs` costs a tenth of one, of `lhs` a twentieth, a task a half.
    private static func time(
        _ tileRows: Int, _ tileColumns: Int, _ rows: Int, _ columns: Int, batch: Int, threadCount: Int, isLong: Bool
    ) -> Double {
        var free = [Double](repeating: 0, count: threadCount)
        for _ in 0..<min(batch, 4 * threadCount) {
            for row in stride(from: 0, to: tileRows, by: rows) {
                for column in stride(from: 0, to: tileColumns, by: columns) {
                    let r = Double(min(rows, tileRows - row)), c = Double(min(columns, tileColumns - column))
                    let next = free.indices.min { free[$0] < free[$1] } ?? 0
                    free[next] += r * c + 0.05 * r + 0.1 * c + 0.5
                }
            }
        }
        return free.max() ?? 0
    }
}
