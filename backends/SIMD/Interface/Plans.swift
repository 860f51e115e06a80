public import StrataBackend

/// A `Map`: every task evaluates a run of tiles.
public struct MapPlan {
    public var tape: UnsafePointer<Tape>
    public var tileCount: Int
    public var tilesPerTask: Int

    public init(tape: UnsafePointer<Tape>, tileCount: Int, tilesPerTask: Int) {
        self.tape = tape
        self.tileCount = tileCount
        self.tilesPerTask = tilesPerTask
    }
}

/// The accumulation of a `Reduce`: every task combines a run of the reduced tiles for a run of the kept ones. The
/// epilogue is a `MapPlan` over what was accumulated.
///
/// The outer dimensions are the kept ones, then the reduced ones. Of a tile's two dimensions one is kept and one
/// reduced:
///
///     reducesColumns: each row of the tile becomes one number     ┌──────┐ → •
///                     (a sum over the last axis)                  └──────┘ → •
///     else:           the rows of the tile are added up           ┌──────┐
///                     (a bias's gradient, a sum over a batch)     └─↓↓↓↓─┘
public struct ReducePlan {
    public var tape: UnsafePointer<Tape>
    public var combiner: Reduce.Combiner
    public var reducesColumns: Bool
    /// Outer dimensions that are kept; they come first.
    public var keptOuterCount: Int
    /// Tiles along the kept dimensions, and how many a task takes.
    public var keptTiles: Int
    public var keptTilesPerTask: Int
    /// Tiles along the reduced dimensions, and how many a task takes: a chunk.
    public var reducedTiles: Int
    public var reducedTilesPerTask: Int
    /// Where the float32 results of a chunk go, and the bytes from one chunk's results to the next's.
    public var result: UnsafePointer<Affine>
    public var chunkStride: Int
    /// The byte of the scratch memory where the accumulators begin: a tile of floats, then a tile of doubles.
    public var accumulators: Int

    public init(
        tape: UnsafePointer<Tape>, combiner: Reduce.Combiner, reducesColumns: Bool, keptOuterCount: Int, keptTiles: Int,
        keptTilesPerTask: Int, reducedTiles: Int, reducedTilesPerTask: Int, result: UnsafePointer<Affine>,
        chunkStride: Int,
        accumulators: Int
    ) {
        self.tape = tape
        self.combiner = combiner
        self.reducesColumns = reducesColumns
        self.keptOuterCount = keptOuterCount
        self.keptTiles = keptTiles
        self.keptTilesPerTask = keptTilesPerTask
        self.reducedTiles = reducedTiles
        self.reducedTilesPerTask = reducedTilesPerTask
        self.result = result
        self.chunkStride = chunkStride
        self.accumulators = accumulators
    }
}

/// A float32 factor of a product: where it begins and its strides in elements along the batch, along the dimension
/// that the result keeps, and along the one that is summed over.
public struct Factor {
    public var base: UnsafePointer<Float>
    public var batch: Int
    public var kept: Int
    public var summed: Int

    public init(base: UnsafePointer<Float>, batch: Int, kept: Int, summed: Int) {
        self.base = base
        self.batch = batch
        self.kept = kept
        self.summed = summed
    }
}

/// A `Contract`: every task computes one block of the result and runs the epilogue on it.
///
/// The epilogue's space has one outer dimension, the batch, and the result's rows and columns.
///
///              rhs, packed panel by panel
///                  ┌──┬──┬──┬──┐   tileColumns each
///                  └──┴──┴──┴──┘   depth of `summedBlock`
///       ┌──┐       ┌───────────┐
///       ├──┤       │           │
///       └──┘       └───────────┘   the block, in scratch memory until all depths are added
///     lhs, tileRows at a time
public struct ContractPlan {
    public var lhs: Factor
    public var rhs: Factor
    public var rows: Int
    public var columns: Int
    public var summed: Int
    /// The size of a block.
    public var blockRows: Int
    public var blockColumns: Int
    /// The summed dimension is taken in pieces of this size, so that a packed panel stays in cache.
    public var summedBlock: Int
    /// Both factors are the same array, turned, so the result is symmetric: only blocks on and above the diagonal are
    /// computed, and the epilogue sees each of the latter twice. Blocks are square, and kept.
    public var isSymmetric: Bool
    /// Few rows, and a `rhs` that is contiguous in either direction: nothing is packed, `packedLhs` holds one row of `lhs`.
    public var isThin: Bool
    /// Whether the scratch memory holds all rows of a block, which several depths are added to; else only those that
    /// wait for the epilogue.
    public var keepsBlock: Bool
    /// Rows that are worth an epilogue.
    public var finishedRows: Int
    public var epilogue: UnsafePointer<Tape>
    /// The epilogue's operands that are fetched while the product is computed.
    public var aheadForms: UnsafePointer<Affine>
    public var aheadCount: Int
    /// For each task what its thread will pack next when it is done, which is fetched too.
    public var following: UnsafePointer<Region>
    /// Where in the scratch memory lie the list of what is to be fetched (`aheadCount + 2` regions), the rows of `lhs`, the
    /// packed panels of `rhs`, and the block.
    public var regions: Int
    public var packedLhs: Int
    public var packedRhs: Int
    public var block: Int
    /// Rows of a turned block, of a symmetric product.
    public var turned: Int

    public init(
        lhs: Factor, rhs: Factor, rows: Int, columns: Int, summed: Int, blockRows: Int, blockColumns: Int,
        summedBlock: Int, isSymmetric: Bool, isThin: Bool, keepsBlock: Bool, finishedRows: Int,
        epilogue: UnsafePointer<Tape>,
        aheadForms: UnsafePointer<Affine>, aheadCount: Int, following: UnsafePointer<Region>,
        regions: Int, packedLhs: Int, packedRhs: Int, block: Int, turned: Int
    ) {
        self.lhs = lhs
        self.rhs = rhs
        self.rows = rows
        self.columns = columns
        self.summed = summed
        self.blockRows = blockRows
        self.blockColumns = blockColumns
        self.summedBlock = summedBlock
        self.isSymmetric = isSymmetric
        self.isThin = isThin
        self.keepsBlock = keepsBlock
        self.finishedRows = finishedRows
        self.epilogue = epilogue
        self.aheadForms = aheadForms
        self.aheadCount = aheadCount
        self.following = following
        self.regions = regions
        self.packedLhs = packedLhs
        self.packedRhs = packedRhs
        self.block = block
        self.turned = turned
    }
}

/// A float32 factor of a product over groups of dimensions: where it begins, and how many elements each index of the
/// batch, of what the result keeps, and of what is summed over lies away from there.
public struct GatheredFactor {
    public var base: UnsafePointer<Float>
    public var batch: UnsafePointer<Int>
    public var kept: UnsafePointer<Int32>
    public var summed: UnsafePointer<Int32>
    /// The stride of `kept` and of `summed` where it is the same everywhere, else 0.
    public var keptStride: Int
    public var summedStride: Int

    public init(
        base: UnsafePointer<Float>, batch: UnsafePointer<Int>, kept: UnsafePointer<Int32>,
        summed: UnsafePointer<Int32>, keptStride: Int, summedStride: Int
    ) {
        self.base = base
        self.batch = batch
        self.kept = kept
        self.summed = summed
        self.keptStride = keptStride
        self.summedStride = summedStride
    }
}

/// A `Contract` over groups of dimensions, such as a convolution: every task computes one block of the result and runs
/// the epilogue on it.
///
/// The left factor is read where it lies, element by element through its tables (the scatter vectors of Matthews, "High-
/// performance tensor contraction without transposition", 2016); each of its elements meets whole vectors of the right
/// one, which is packed in panels as for a `ContractPlan`.
///
/// The epilogue's space has the dimensions of the batch and those of the rows but for the last, then `run` rows that lie
/// evenly for all its operands, then the columns.
public struct GatheredContractPlan {
    public var lhs: GatheredFactor
    public var rhs: GatheredFactor
    public var rows: Int
    public var columns: Int
    public var summed: Int
    public var blockRows: Int
    public var blockColumns: Int
    public var summedBlock: Int
    /// Whether the scratch memory holds all rows of a block; see `ContractPlan`.
    public var keepsBlock: Bool
    /// Rows, in whole tiles, that are computed one panel after the other and then get their epilogue.
    public var finishedRows: Int
    /// How many of the space's outer dimensions are the batch's.
    public var batchDimensions: Int
    public var run: Int
    public var epilogue: UnsafePointer<Tape>
    /// Where in the scratch memory lie the packed panels of `rhs`, and the block.
    public var packedRhs: Int
    public var block: Int

    public init(
        lhs: GatheredFactor, rhs: GatheredFactor, rows: Int, columns: Int, summed: Int, blockRows: Int,
        blockColumns: Int, summedBlock: Int, keepsBlock: Bool, finishedRows: Int, batchDimensions: Int, run: Int,
        epilogue: UnsafePointer<Tape>, packedRhs: Int, block: Int
    ) {
        self.lhs = lhs
        self.rhs = rhs
        self.rows = rows
        self.columns = columns
        self.summed = summed
        self.blockRows = blockRows
        self.blockColumns = blockColumns
        self.summedBlock = summedBlock
        self.keepsBlock = keepsBlock
        self.finishedRows = finishedRows
        self.batchDimensions = batchDimensions
        self.run = run
        self.epilogue = epilogue
        self.packedRhs = packedRhs
        self.block = block
    }
}

/// Which block of a product a task computes: row by row, of a symmetric one those on and above the diagonal.
public struct BlockPlace {
    public var batch: Int
    public var row: Int
    public var column: Int

    @inlinable public init(_ task: Int, rowBlocks: Int, columnBlocks: Int, isSymmetric: Bool) {
        row = 0
        guard isSymmetric else {
            (batch, column) = task.quotientAndRemainder(dividingBy: columnBlocks)
            (batch, row) = batch.quotientAndRemainder(dividingBy: rowBlocks)
            return
        }
        (batch, column) = task.quotientAndRemainder(dividingBy: rowBlocks * (rowBlocks + 1) / 2)
        while column >= rowBlocks - row {
            column -= rowBlocks - row
            row += 1
        }
        column += row
    }
}

/// A `ScatterAdd`: every task owns some rows and columns of the target and goes through all indices in order.
public struct ScatterAddPlan {
    public var target: UnsafeMutablePointer<Float>
    public var indices: UnsafePointer<Int32>
    public var updates: UnsafePointer<Float>
    public var rows: Int
    public var width: Int
    public var count: Int
    public var rowsPerTask: Int
    public var columnsPerTask: Int
    public var accumulates: Bool

    public init(
        target: UnsafeMutablePointer<Float>, indices: UnsafePointer<Int32>, updates: UnsafePointer<Float>,
        rows: Int, width: Int, count: Int, rowsPerTask: Int, columnsPerTask: Int, accumulates: Bool
    ) {
        self.target = target
        self.indices = indices
        self.updates = updates
        self.rows = rows
        self.width = width
        self.count = count
        self.rowsPerTask = rowsPerTask
        self.columnsPerTask = columnsPerTask
        self.accumulates = accumulates
    }
}
