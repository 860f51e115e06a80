package import StrataBackend

extension Decompose {
    /// The shape of an input.
    package func size(ofInput number: Int) -> (rows: Int, columns: Int) {
        let shape = inputs[number].shape
        return (shape.first ?? 1, shape.dropFirst().reduce(1, *))
    }

    /// The results, one after the other, as the output holds them.
    package func results(of matrices: [Matrix], by kernels: MatrixKernels) -> [Double] {
        switch method {
        case .singularValues:
            let (u, values, vt) = matrices[0].singularValues(by: kernels)
            return u.elements + values + vt.elements
        case .symmetricEigen:
            let (values, vectors) = matrices[0].symmetricEigen(by: kernels)
            return values + vectors.transposed().elements
        case .qr:
            let (q, r) = matrices[0].qr(by: kernels)
            return q.elements + r.elements
        case .cholesky:
            return matrices[0].cholesky().elements
        case .solve:
            return matrices[0].solve(matrices[1]).elements
        }
    }
}
