/// A Householder reflection `I − scale · v vᵀ` of the space from coordinate `first` on (Householder 1958).
struct Reflection {
    let first: Int
    let vector: [Double]
    let scale: Double
    /// What the reflection makes of the leading coordinate; the others of its vector become 0.
    let leading: Double

    /// The reflection that turns `x`, whose first component is coordinate `first`, into a multiple of a unit vector.
    init(annihilating x: [Double], first: Int) {
        let norm = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
        // The sign that adds magnitudes, so that nothing cancels.
        leading = x[0] > 0 ? -norm : norm
        var vector = x
        vector[0] -= leading
        let square = vector.reduce(0) { $0 + $1 * $1 }
        self.first = first
        self.vector = vector
        scale = square > 0 ? 2 / square : 0
    }
}

extension Matrix {
    /// Multiplies by a reflection from the left; columns before `column` are known to be untouched.
    mutating func reflect(_ reflection: Reflection, fromColumn column: Int) {
        guard reflection.scale > 0, column < columns else { return }
        let width = columns
        var projection = [Double](repeating: 0, count: width)
        elements.withUnsafeMutableBufferPointer { all in
            projection.withUnsafeMutableBufferPointer { projection in
                for (i, v) in reflection.vector.enumerated() {
                    let row = (reflection.first &+ i) &* width
                    for j in column..<width { projection[j] += v * all[row &+ j] }
                }
                for (i, v) in reflection.vector.enumerated() {
                    let row = (reflection.first &+ i) &* width
                    let factor = reflection.scale * v
                    for j in column..<width { all[row &+ j] -= factor * projection[j] }
                }
            }
        }
    }

    /// The first `columns` columns of the product of reflections, each of which starts at or after its number.
    static func product(of reflections: [Reflection], rows: Int, columns: Int) -> Matrix {
        var product = Matrix(identity: rows, columns)
        for (k, reflection) in reflections.enumerated().reversed() { product.reflect(reflection, fromColumn: k) }
        return product
    }
}
