public import StrataBackend

extension Tensor {
    /// The product along the last axis of `self` and the first of `other`: for matrices, the matrix product.
    public func dot(_ other: Tensor, file: String = #fileID, line: Int = #line) -> Tensor {
        guard rank > 0, other.rank > 0 else { return scalarProduct("dot", other, file, line) }
        return dot(other, DotAxes(leftContract: [rank - 1], rightContract: [0]), file: file, line: line)
    }

    /// The product along the last axes of both: `x.dotTransposed(weight)` for weights [out, in].
    public func dotTransposed(_ other: Tensor, file: String = #fileID, line: Int = #line) -> Tensor {
        guard rank > 0, other.rank > 0 else { return scalarProduct("dotTransposed", other, file, line) }
        return dot(other, DotAxes(leftContract: [rank - 1], rightContract: [other.rank - 1]), file: file, line: line)
    }

    private func scalarProduct(_ name: String, _ other: Tensor, _ file: String, _ line: Int) -> Tensor {
        .invalid(
            "\(name): expected two arrays, they are \(shape) and \(other.shape); multiply by a scalar with *", of: self,
            other,
            file: file, line: line)
    }

    /// The product over any axes: [batch…, left free…, right free…]. A mistake where paired axes differ in extent.
    public func dot(_ other: Tensor, _ axes: DotAxes, file: String = #fileID, line: Int = #line) -> Tensor {
        Tensor(op: .dot(axes), [self, other], location: SourceLocation(file: file, line: line))
    }

    /// Two-dimensional cross-correlation of [N, C, H, W] with a filter [O, C / groups, KH, KW].
    public func convolve(
        _ filter: Tensor, _ window: ConvolutionWindow = ConvolutionWindow(), file: String = #fileID, line: Int = #line
    ) -> Tensor {
        Tensor(op: .convolve(window), [self, filter], location: SourceLocation(file: file, line: line))
    }

    /// The convolution's transpose: its gradient with respect to the input, on [N, O, H, W] and a filter
    /// [O, C, KH, KW], giving [N, C, (H − 1)·stride + KH − 2·padding + outputPadding, …].
    public func convolveTransposed(
        _ filter: Tensor, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0, file: String = #fileID,
        line: Int = #line
    ) -> Tensor {
        guard filter.rank == 4 else {
            return .invalid(
                "convolveTransposed: expected a filter [O, C, KH, KW], it is \(filter.shape)", of: self, filter,
                file: file,
                line: line)
        }
        guard stride > 0, [stride, padding, outputPadding].allSatisfy({ (0...1 << 30).contains($0) }) else {
            return .invalid(
                "convolveTransposed: stride \(stride), padding \(padding) and output padding \(outputPadding) are no counts",
                of: self, filter, file: file, line: line)
        }
        let low = [filter.shape[2] - 1 - padding, filter.shape[3] - 1 - padding]
        let window = ConvolutionWindow(
            paddingLow: low, paddingHigh: low.map { $0 + outputPadding }, inputDilation: [stride, stride])
        return convolve(filter.transpose([1, 0, 2, 3]).reverse([2, 3]), window, file: file, line: line)
    }
}

/// Factorisations of matrices, computed on the host or by the backend's own library.
extension Tensor {
    /// U [m, r], S [r] descending and Vᵀ [r, n] with A = U diag(S) Vᵀ.
    public func singularValueDecomposition() -> (u: Tensor, s: Tensor, vt: Tensor) {
        let parts = decompose(.singularValues, [self], count: 3)
        return (parts[0], parts[1], parts[2])
    }

    /// Eigenvalues [n], ascending, and eigenvectors [n, n] as columns of a symmetric matrix.
    public func symmetricEigen() -> (values: Tensor, vectors: Tensor) {
        let parts = decompose(.symmetricEigen, [self], count: 2)
        return (parts[0], parts[1])
    }

    /// Q [m, r] with orthonormal columns and R [r, n] upper triangular.
    public func qr() -> (q: Tensor, r: Tensor) {
        let parts = decompose(.qr, [self], count: 2)
        return (parts[0], parts[1])
    }

    /// Lower triangular L with A = L Lᵀ; `NaN` where A is not positive definite.
    public func cholesky() -> Tensor { decompose(.cholesky, [self], count: 1)[0] }

    /// X with A X = B; `NaN` where A is singular.
    public func solve(_ b: Tensor) -> Tensor { decompose(.solve, [self, b], count: 1)[0] }

    private func decompose(_ method: Decompose.Method, _ inputs: [Tensor], count: Int) -> [Tensor] {
        let packed = Tensor(op: .decompose(method), inputs, location: .none)
        guard let shapes = try? method.resultShapes(inputs.map(\.shape)) else {
            return Array(repeating: packed, count: count)
        }
        var offset = 0
        return shapes.map { shape in
            defer { offset += shape.elementCount }
            return packed.slice(offset..<offset + shape.elementCount, axis: 0).reshape(shape)
        }
    }
}
