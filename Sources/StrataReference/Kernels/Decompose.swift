import StrataBackend

extension ReferenceKernels {
    static func run(_ decompose: Decompose, _ memory: (Int) -> UnsafeMutableRawPointer) {
        func input(_ number: Int) -> Matrix {
            let operand = decompose.inputs[number]
            let base = memory(operand.slot)
            let rows = operand.shape.first ?? 1
            let columns = operand.shape.dropFirst().reduce(1, *)
            return Matrix(
                rows: rows, columns: columns,
                elements: (0..<rows * columns).map { Double(operand.dtype.load(base, operand.offset + $0)) })
        }

        let parts: [[Double]]
        switch decompose.method {
        case .singularValues:
            let (u, values, vt) = input(0).singularValues()
            parts = [u.elements, values, vt.elements]
        case .symmetricEigen:
            let (values, vectors) = input(0).symmetricEigen()
            parts = [values, vectors.transposed().elements]
        case .qr:
            let (q, r) = input(0).qr()
            parts = [q.elements, r.elements]
        case .cholesky:
            parts = [input(0).cholesky().elements]
        case .solve:
            parts = [input(0).solve(input(1)).elements]
        }
        let base = memory(decompose.output.slot)
        for (position, value) in parts.joined().enumerated() {
            decompose.output.dtype.store(Float(value), base, decompose.output.offset + position)
        }
    }
}
