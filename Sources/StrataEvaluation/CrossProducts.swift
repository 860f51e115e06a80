import StrataBackend
import StrataCompiler
import StrataGraph

/// ‖YᵀX‖²_F of codes of the same examples, on a backend.
///
/// The product is taken a tile of units and some examples at a time, and added up in double precision here: of any
/// number of examples and units it takes some tens of megabytes.
struct CrossProducts {
    private let session: Session
    /// Units of a tile; examples of a product.
    private static let (tile, batch) = (1024, 2048)

    init(_ backend: any Backend) { session = Session(backend: backend) }

    /// ‖YᵀX‖²_F for y [count, m] and x [count, n].
    func squaredNorm(_ y: Codes, _ x: Codes) throws -> Double {
        var norm = 0.0
        for left in Self.pieces(of: y.width, Self.tile) {
            for right in Self.pieces(of: x.width, Self.tile) { norm += try squaredNorm(y, left, x, right) }
        }
        return norm
    }

    private func squaredNorm(_ y: Codes, _ left: Range<Int>, _ x: Codes, _ right: Range<Int>) throws -> Double {
        var sums = [Double](repeating: 0, count: left.count * right.count)
        for rows in Self.pieces(of: y.count, Self.batch) {
            let product = Tensor.input("y", [rows.count, left.count]).dot(
                .input("x", [rows.count, right.count]), DotAxes(leftContract: [0], rightContract: [0]))
            let function = try session.prepare(Graph(outputs: [("product", product)]))
            try function.write("y", y.block(rows, left))
            try function.write("x", x.block(rows, right))
            try function.run()
            for (position, value) in try function.read("product").enumerated() { sums[position] += Double(value) }
        }
        return sums.reduce(0) { $0 + $1 * $1 }
    }

    private static func pieces(of count: Int, _ size: Int) -> [Range<Int>] {
        stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
    }
}

extension Codes {
    /// [rows, units], row-major.
    fileprivate func block(_ rows: Range<Int>, _ units: Range<Int>) -> [Float] {
        if units.count == width { return Array(values[rows.lowerBound * width..<rows.upperBound * width]) }
        var block: [Float] = []
        block.reserveCapacity(rows.count * units.count)
        for row in rows { block += values[row * width + units.lowerBound..<row * width + units.upperBound] }
        return block
    }
}
