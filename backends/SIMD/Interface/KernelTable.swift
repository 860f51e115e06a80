public import StrataLinearAlgebra

/// One task of a step: `plan` points to the step's parameters, `scratch` to memory that only the calling thread uses.
///
/// Tasks of a step touch disjoint memory, so they may run in any order and on any thread.
public typealias TaskFunction =
    @Sendable (
        _ plan: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer
    ) -> Void

/// What the kernels compiled for one instruction set offer to the engine.
///
/// The same sources are compiled once per instruction set, each into a module of its own that exports one such table
/// and nothing else. Vectors never cross the border between modules: their calling convention differs.
public struct KernelTable: Sendable {
    /// The name in reports and in `STRATA_SIMD_LEVEL`: `baseline`, `avx2` or `avx512`.
    public let name: String
    /// Floats in a vector.
    public let vectorWidth: Int
    /// The piece of a product that stays in registers: rows of the left factor by columns of the right one.
    public let tileRows: Int
    public let tileColumns: Int
    /// The most that a product sums at once, and the floats that its rows of the left factor take.
    public let longestDepth: Int
    public let rowsFloats: Int
    /// The most that a product over groups of dimensions sums at once, whose left factor is not packed.
    public let longestGatheredDepth: Int
    /// What longer sums of such a product are cut into.
    public let gatheredPiece: Int

    /// Takes a `MapPlan`.
    public let map: TaskFunction
    /// Takes a `ReducePlan`.
    public let reduce: TaskFunction
    /// Takes a `ContractPlan`.
    public let contract: TaskFunction
    /// Takes a `GatheredContractPlan`.
    public let contractGathered: TaskFunction
    /// Takes a `ScatterAddPlan`.
    public let scatterAdd: TaskFunction
    /// Take a `PeakPlan` and a `CopyPlan`: what the processor can do at most.
    public let multiplyAdd: TaskFunction
    public let copyShare: TaskFunction
    /// What decompositions are made of.
    public let matrices: MatrixKernels

    public init(
        name: String, vectorWidth: Int, tileRows: Int, tileColumns: Int, longestDepth: Int, rowsFloats: Int,
        longestGatheredDepth: Int, gatheredPiece: Int, map: @escaping TaskFunction, reduce: @escaping TaskFunction,
        contract: @escaping TaskFunction, contractGathered: @escaping TaskFunction,
        scatterAdd: @escaping TaskFunction, multiplyAdd: @escaping TaskFunction, copyShare: @escaping TaskFunction,
        matrices: MatrixKernels
    ) {
        self.name = name
        self.vectorWidth = vectorWidth
        self.tileRows = tileRows
        self.tileColumns = tileColumns
        self.longestDepth = longestDepth
        self.rowsFloats = rowsFloats
        self.longestGatheredDepth = longestGatheredDepth
        self.gatheredPiece = gatheredPiece
        self.map = map
        self.reduce = reduce
        self.contract = contract
        self.contractGathered = contractGathered
        self.scatterAdd = scatterAdd
        self.multiplyAdd = multiplyAdd
        self.copyShare = copyShare
        self.matrices = matrices
    }
}
