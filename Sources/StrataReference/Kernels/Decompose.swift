import StrataBackend
import StrataLinearAlgebra

extension ReferenceKernels {
    static func run(_ decompose: Decompose, _ memory: (Int) -> UnsafeMutableRawPointer) {
        let matrices = decompose.inputs.enumerated().map { number, operand in
            let base = memory(operand.slot)
            let (rows, columns) = decompose.size(ofInput: number)
            return Matrix(
                rows: rows, columns: columns,
                elements: (0..<rows * columns).map { Double(operand.dtype.load(base, operand.offset + $0)) })
        }
        let base = memory(decompose.output.slot)
        for (position, value) in decompose.results(of: matrices, by: .portable).enumerated() {
            decompose.output.dtype.store(Float(value), base, decompose.output.offset + position)
        }
    }
}
