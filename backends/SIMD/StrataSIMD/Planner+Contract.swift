import StrataBackend
import StrataKernelInterface

extension Planner {
    mutating func plan(_ contract: Contract) throws {
        guard contract.lhs.dtype == .float32, contract.rhs.dtype == .float32 else {
            throw StrataError(
                .shape,
                "the factors of a product are float32, not \(contract.lhs.dtype.name) and \(contract.rhs.dtype.name)")
        }
        if let product = MatrixProduct(contract) { try plan(product) } else { try planGathered(contract) }
    }

    private mutating func plan(_ contract: MatrixProduct) throws {
        let (batch, m, n, k) = (contract.batch, contract.m, contract.n, contract.k)
        let lhs = try slots.form(contract.lhs, over: [batch, m, k], weight: 1)
        let rhs = try slots.form(contract.rhs, over: [batch, k, n], weight: 1)
        guard batch * m * n > 0 else { return }
        let isSymmetric = Product.isSymmetric(lhs, rhs, rows: m, columns: n)
        // Half the work is done sooner than all of it by any library.
        if let library, k > 0, !isSymmetric {
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
            rows: m, columns: n, summed: k, isSymmetric: isSymmetric,
            axes: Axes(extents: [batch, m, n], forms: builder.forms))
        product.transposeIfBetter(kernels)
        let written = builder.formOfStore.map { product.axes.forms[$0] }
        let blocking = Blocking(
            of: product, kernels, threadCount: threadCount, instructions: contract.epilogue.instructions.count,
            preferred: affinity.dimension(of: written).flatMap(Blocking.Cut.init))
        affinity.add(blocking.cut(product, threadCount: threadCount) == .rows ? product.lhs : product.rhs)
        addProduct(product, blocking, epilogue: builder)
    }

    private mutating func addProduct(_ product: Product, _ blocking: Blocking, epilogue: TapeBuilder) {
        let isThin = product.isThin(kernels)
        let tiling = Tiling(
            columns: product.columns, of: blocking.columns, rows: min(product.rows, blocking.rows), kernels)
        var encoder = TapeEncoder(epilogue, over: product.axes, tiling: tiling)
        let tape = encoder.encode(memory: memory)
        let ahead = encoder.formsToFetch
        let keepsBlock = isThin || product.isSymmetric || blocking.summed < product.summed || product.summed == 0
        let finishedRows = max(kernels.tileRows, tiling.rows)
        let width = divideUp(blocking.columns, by: kernels.vectorWidth) * kernels.vectorWidth
        func aligned(_ floats: Int) -> Int { divideUp(floats * 4, by: 64) * 64 + 64 }
        let regions = aligned(tape.pointee.scratchBytes / 4)
        let packedLhs = regions + (ahead.count + 2) * MemoryLayout<Region>.stride / 64 * 64 + 64
        let packedRhs = packedLhs + aligned(max(kernels.rowsFloats, isThin ? product.summed : 0))
        let block = packedRhs + (isThin ? 0 : aligned(width * blocking.summed))
        // Those that wait for the epilogue, and a strip that comes to them.
        let mostRows = keepsBlock ? blocking.rows : min(finishedRows + kernels.tileRows, blocking.rows)
        let turned = block + aligned(width * mostRows)
        let end = turned + (product.isSymmetric ? aligned(width * finishedRows) : 0)
        let blocks = (
            rows: divideUp(product.rows, by: blocking.rows), columns: divideUp(product.columns, by: blocking.columns)
        )
        let blockCount = product.isSymmetric ? blocks.rows * (blocks.rows + 1) / 2 : blocks.rows * blocks.columns
        let count = product.batch * blockCount
        let firstPieces = (0..<count).map { task in
            isThin ? .none : product.firstPiece(of: task, blocking, columnBlocks: blocks.columns)
        }
        add(
            kernels.contract,
            ContractPlan(
                lhs: product.lhs, rhs: product.rhs, rows: product.rows, columns: product.columns,
                summed: product.summed, blockRows: blocking.rows, blockColumns: blocking.columns,
                summedBlock: blocking.summed, isSymmetric: product.isSymmetric, isThin: isThin, keepsBlock: keepsBlock,
                finishedRows: finishedRows, epilogue: tape,
                aheadForms: memory.copy(ahead.map { affine($0, product.axes, memory) }),
                aheadCount: ahead.count, following: succession.append(firstPieces, memory), regions: regions,
                packedLhs: packedLhs, packedRhs: packedRhs, block: block, turned: turned),
            count: count, scratchBytes: end)
    }
}

extension Tiling {
    /// Rows as they come out of a product, several at a time if they are short. If a block has them whole and they are
    /// shorter than a few vectors, they follow one another without a gap.
    fileprivate init(columns: Int, of block: Int, rows: Int, _ kernels: KernelTable) {
        let width = min(columns, block)
        if columns <= block, columns < 4 * kernels.vectorWidth {
            let pieces = Space.tileElements / max(columns, 1) / kernels.tileRows
            // An even number of pieces makes whole vectors more often.
            self.init(rows: kernels.tileRows * max(1, min(pieces / 4 * 4, 16)), columns: max(columns, 1))
            return
        }
        let padded = divideUp(width, by: kernels.vectorWidth) * kernels.vectorWidth
        self.init(
            rows: max(1, min(Space.tileElements / padded, kernels.tileRows, rows)),
            columns: min(width, Space.tileElements))
        pitch = rows > 1 ? padded : 0
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
    /// Whether the factors are one array: its product with itself.
    var isSymmetric: Bool
    /// (batch, rows, columns), with the epilogue's accesses.
    var axes: Axes

    /// So many rows at least make it worth while to compute only half of a symmetric result.
    private static let leastSymmetric = 2 * Blocking.symmetricStep

    static func isSymmetric(_ lhs: Form, _ rhs: Form, rows: Int, columns: Int) -> Bool {
        rows == columns && rows >= leastSymmetric && lhs.base == rhs.base && lhs.strides[0] == rhs.strides[0]
            && lhs.strides[1] == rhs.strides[2] && lhs.strides[2] == rhs.strides[1]
    }

    /// Whether the right factor is best read where it lies; its rows are as long as vectors reach.
    func isThin(_ kernels: KernelTable) -> Bool { 2 * rows <= kernels.tileRows && (rhs.kept == 1 || rhs.summed == 1) }

    /// What a task packs first of the right factor.
    func firstPiece(of task: Int, _ blocking: Blocking, columnBlocks: Int) -> Region {
        let place = BlockPlace(
            task, rowBlocks: divideUp(rows, by: blocking.rows), columnBlocks: columnBlocks, isSymmetric: isSymmetric)
        let (batch, column) = (place.batch, place.column * blocking.columns)
        return rhs.region(
            from: rhs.base + batch * rhs.batch + column * rhs.kept, kept: min(blocking.columns, columns - column),
            summed: min(blocking.summed, summed))
    }

    /// Turns the product round if it takes less time so: because a tile fits it better, or the results lie along its
    /// columns.
    mutating func transposeIfBetter(_ kernels: KernelTable) {
        let own = time(kernels, rows, columns, along: 2)
        let turned = time(kernels, columns, rows, along: 1)
        guard turned < own else { return }
        swap(&lhs, &rhs)
        swap(&rows, &columns)
        axes.reorder([0, 2, 1])
    }

    /// In cycles. A few rows take as long as four, as each sum waits for the one before; and an element that the
    /// epilogue leaps to takes as long as a dozen side by side.
    private func time(_ kernels: KernelTable, _ rows: Int, _ columns: Int, along dimension: Int) -> Int {
        let vectors = max(rows, 4) * divideUp(columns, by: kernels.vectorWidth)
        let leaps = axes.forms.filter {
            $0.elementSize > 0 && $0.strides[dimension] != 0 && $0.strides[dimension] != $0.elementSize
        }
        return vectors * summed / 2 + leaps.count * rows * columns * 3
    }
}

/// The size of the blocks of a product.
struct Blocking {
    var rows: Int
    var columns: Int
    var summed: Int

    /// Along which dimension of the result the threads' parts lie next to each other.
    enum Cut: Int { case rows = 1, columns = 2 }

    /// Cycles that a vector takes to come from another core's cache, at least.
    private static let travel = 16.0

    /// Bytes of packed panels, which the second level of cache is to hold while rows of `lhs` come by.
    static let mostPacked = 320 << 10
    /// Whole tiles of every instruction set, both ways.
    static let symmetricStep = 96
    /// Panels are packed again for each block of rows: at this height that costs little.
    private static let mostRows = 1024

    /// Takes the cut that ends first, by a model of the time: micro-kernels, packing, and the pool's way of sharing
    /// tasks out; and of what the threads write, how much others have read.
    fileprivate init(of product: Product, _ kernels: KernelTable, threadCount: Int, instructions: Int, preferred: Cut?)
    {
        let pieces = max(1, divideUp(product.summed, by: kernels.longestDepth))
        summed = max(4, divideUp(divideUp(product.summed, by: pieces), by: 4) * 4)
        let vectors = divideUp(product.columns, by: kernels.vectorWidth)
        if product.isThin(kernels) {
            // Strips of columns, wide enough for whole vectors and few enough for all threads to have some.
            rows = kernels.tileRows
            columns = max(4, min(16, vectors / (2 * threadCount))) * kernels.vectorWidth
            return
        }
        if product.isSymmetric {
            // Large blocks are packed less often, but all threads are to have some.
            var parts = 1
            while parts * (parts + 1) / 2 < 5 * threadCount { parts += 1 }
            rows = min(max(product.rows / parts / Self.symmetricStep, 1), 8) * Self.symmetricStep
            columns = rows
            return
        }
        let mostVectors = max(2, Self.mostPacked / (4 * kernels.vectorWidth * summed))
        let parts = Self.parts(
            rows: product.rows, vectors: vectors, kernels, threadCount: threadCount,
            least: (divideUp(product.rows, by: Self.mostRows), divideUp(vectors, by: mostVectors))
        ) { rows, columns in
            let time = Self.time(
                product, vectors, rows, columns, threadCount: threadCount, instructions: instructions)
            guard let preferred, preferred != Self.cut(product, rows: rows, threadCount: threadCount) else {
                return time
            }
            return time + Self.travel * Double(product.rows * vectors) / Double(threadCount)
        }
        (rows, columns) = (parts.rows, parts.vectors * kernels.vectorWidth)
    }

    /// Rows, in whole tiles, and vectors of columns of the blocks that take the least time.
    static func parts(
        rows: Int, vectors: Int, _ kernels: KernelTable, threadCount: Int, least: (rows: Int, columns: Int),
        time: (_ rows: Int, _ vectors: Int) -> Double
    ) -> (rows: Int, vectors: Int) {
        let tileRows = divideUp(rows, by: kernels.tileRows), mostCuts = 4 * threadCount
        var best = (time: Double.infinity, rows: 1, vectors: 1)
        for r in least.rows...max(least.rows, mostCuts) where r <= tileRows {
            for c in least.columns...max(least.columns, mostCuts) where c <= vectors {
                let rows = divideUp(tileRows, by: r) * kernels.tileRows, vectors = divideUp(vectors, by: c)
                let time = time(rows, vectors)
                if time < best.time { best = (time, rows, vectors) }
            }
        }
        return (best.rows, best.vectors)
    }

    fileprivate func cut(_ product: Product, threadCount: Int) -> Cut {
        Self.cut(product, rows: rows, threadCount: threadCount)
    }

    /// Tasks go row by row, each thread takes a run of them.
    private static func cut(_ product: Product, rows: Int, threadCount: Int) -> Cut {
        divideUp(product.rows, by: rows) * product.batch >= threadCount ? .rows : .columns
    }

    /// In cycles of a processor that multiplies two vectors in each. An element of `rhs` is turned or copied; rows of
    /// `lhs` are copied for each task; a row of the epilogue and a task have a price of their own.
    private static func time(
        _ product: Product, _ vectors: Int, _ rows: Int, _ columns: Int, threadCount: Int, instructions: Int
    ) -> Double {
        let depth = Double(product.summed)
        let turning = product.rhs.kept == 1 ? 1.5 : product.rhs.summed == 1 ? 5 : 20
        var tasks: [Double] = []
        for _ in 0..<min(product.batch, 4 * threadCount) {
            for row in stride(from: 0, to: product.rows, by: rows) {
                for column in stride(from: 0, to: vectors, by: columns) {
                    let r = Double(min(rows, product.rows - row)), c = Double(min(columns, vectors - column))
                    tasks.append(
                        depth * (r * c / 2 + turning * c + 0.1 * r) + Double(instructions) * r * (2 * c + 10) + 1000)
                }
            }
        }
        return ThreadPool.time(of: tasks, threadCount: threadCount)
    }
}
