import StrataBackend
import StrataCompiler
import StrataGraph
import StrataLinearAlgebra

extension Codes {
    /// Numbers that are multiplied at once, in rows.
    private static let rowsAtOnce = 2048

    /// The covariance of all units, divided by one less than the codes: [width, width].
    func covariance(about means: [Double], backend: any Backend) throws -> Matrix {
        let session = Session(backend: backend)
        let centred = mapped { Float(Double($1) - means[$0]) }
        var sums = [Double](repeating: 0, count: width * width)
        for start in stride(from: 0, to: count, by: Self.rowsAtOnce) {
            let rows = min(Self.rowsAtOnce, count - start)
            let x = Tensor.input("x", [rows, width])
            let function = try session.prepare(
                Graph(outputs: [("product", x.dot(x, DotAxes(leftContract: [0], rightContract: [0])))]))
            try function.write("x", Array(centred.values[start * width..<(start + rows) * width]))
            try function.run()
            for (place, value) in try function.read("product").enumerated() { sums[place] += Double(value) }
        }
        return Matrix(rows: width, columns: width, elements: sums.map { $0 / Double(max(count - 1, 1)) })
    }

    /// Each code about the means and times a matrix [width, columns]: [count, columns].
    func transformed(about means: [Double], by matrix: Matrix, backend: any Backend) throws -> Codes {
        let session = Session(backend: backend)
        let centred = mapped { Float(Double($1) - means[$0]) }
        let weights = matrix.elements.map { Float($0) }
        var results: [Float] = []
        results.reserveCapacity(count * matrix.columns)
        for start in stride(from: 0, to: count, by: Self.rowsAtOnce) {
            let rows = min(Self.rowsAtOnce, count - start)
            let function = try session.prepare(
                Graph(outputs: [
                    (
                        "product",
                        Tensor.input("x", [rows, width]).dot(.input("matrix", [width, matrix.columns]))
                    )
                ]))
            try function.write("x", Array(centred.values[start * width..<(start + rows) * width]))
            try function.write("matrix", weights)
            try function.run()
            results += try function.read("product")
        }
        return try Codes(results, width: matrix.columns)
    }
}
