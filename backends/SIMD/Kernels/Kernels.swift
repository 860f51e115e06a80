public import StrataKernelInterface
import StrataLinearAlgebra

/// The one thing that this module exports.
public func kernels() -> KernelTable {
    #if AVX512
    let name = "avx512"
    #elseif AVX2
    let name = "avx2"
    #else
    let name = "baseline"
    #endif
    return KernelTable(
        name: name, vectorWidth: V.scalarCount, tileRows: microRows, tileColumns: microColumns,
        longestDepth: longestDepth, rowsFloats: microRows * lineStride, longestGatheredDepth: longestGatheredDepth,
        gatheredPiece: gatheredPiece, map: map, reduce: reduce, contract: contract, contractGathered: contractGathered,
        scatterAdd: scatterAdd,
        multiplyAdd: multiplyAdd, copyShare: copyShare,
        matrices: MatrixKernels(multiplyAdd: multiplyMatrices, updateAndMultiply: updateAndMultiply))
}
