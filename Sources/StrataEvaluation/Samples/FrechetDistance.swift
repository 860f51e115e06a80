public import StrataBackend
import StrataCompiler
import StrataGraph
import StrataLinearAlgebra

/// How far apart two sets of features are, each taken for a Gaussian: the Fréchet distance of Heusel et al. ("GANs
/// trained by a two time-scale update rule converge to a local Nash equilibrium", 2017), squared as they and all after
/// them report it: `|μ − μ'|² + tr(Σ + Σ' − 2 (Σ Σ')^½)`.
///
/// It is too large for few examples, more so the more numbers a feature has: only values of as many examples compare.
public enum FrechetDistance {
    /// The distance of two sets of features.
    ///
    /// Throws `data` for fewer than 2 examples, `shape` for features of different widths. Time grows with the examples
    /// times the square of the width, and with the cube of the width.
    public static func between(_ first: Codes, _ second: Codes, backend: any Backend) throws -> Double {
        try first.requireSameWidth(as: second)
        for codes in [first, second] { try codes.require(2, for: "a Fréchet distance") }
        let (a, b) = (first.moments().means, second.moments().means)
        let shift = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let covariances = (
            try covariance(first, about: a, backend: backend), try covariance(second, about: b, backend: backend)
        )
        return shift + trace(covariances.0, covariances.1)
    }

    /// tr(Σ + Σ' − 2 (Σ Σ')^½) of covariances of the same size.
    static func trace(_ first: Matrix, _ second: Matrix) -> Double {
        let n = first.rows
        let (values, vectors) = first.symmetricEigen(by: .portable)
        // Σ^½ Σ' Σ^½ has the eigenvalues of Σ Σ', and so has D V Σ' Vᵀ D with Σ = Vᵀ D² V.
        let roots = values.map { max($0, 0).squareRoot() }
        var scaled = vectors
        for row in 0..<n { scaled.scaleRow(row, by: roots[row]) }
        let product = scaled.times(second, by: .portable).times(scaled.transposed(), by: .portable)
        let cross = product.symmetricEigen(by: .portable).values.reduce(0) { $0 + max($1, 0).squareRoot() }
        let traces = (0..<n).reduce(0) { $0 + first.elements[$1 * n + $1] + second.elements[$1 * n + $1] }
        return max(traces - 2 * cross, 0)
    }

    /// Divided by one less than the examples: [width, width].
    static func covariance(_ codes: Codes, about means: [Double], backend: any Backend) throws -> Matrix {
        let (width, batch) = (codes.width, 2048)
        let session = Session(backend: backend)
        let centred = codes.mapped { Float(Double($1) - means[$0]) }
        var sums = [Double](repeating: 0, count: width * width)
        for start in stride(from: 0, to: codes.count, by: batch) {
            let count = min(batch, codes.count - start)
            let x = Tensor.input("x", [count, width])
            let function = try session.prepare(
                Graph(outputs: [("product", x.dot(x, DotAxes(leftContract: [0], rightContract: [0])))]))
            try function.write("x", Array(centred.values[start * width..<(start + count) * width]))
            try function.run()
            for (place, value) in try function.read("product").enumerated() { sums[place] += Double(value) }
        }
        return Matrix(rows: width, columns: width, elements: sums.map { $0 / Double(codes.count - 1) })
    }
}

extension Codes {
    /// Throws `shape` where others have another width.
    func requireSameWidth(as others: Codes) throws {
        guard width == others.width else {
            throw StrataError(.shape, "features of \(width) and of \(others.width) numbers cannot be compared")
        }
    }
}
