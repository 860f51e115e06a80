/// The function `f(λ) = 1 + Σ wⱼ / (dⱼ − λ)` with positive weights and ascending poles: its roots are the eigenvalues of
/// D + ρ z zᵀ with wⱼ = ρ zⱼ². One lies between every two poles, and one beyond the last.
struct SecularEquation {
    var poles: [Double]
    var weights: [Double]

    /// A root, as its distance from the pole that it is nearest to: differences to poles keep their digits so.
    struct Root {
        var origin: Double
        var offset: Double
        var value: Double { origin + offset }

        /// A pole minus the root.
        func distance(from pole: Double) -> Double { (pole - origin) - offset }
    }

    /// The root after pole `i`.
    ///
    /// Each step replaces both halves of the sum by a pole with the same value and slope: the middle way of Li, "Solving
    /// secular equations stably and efficiently" (LAPACK working note 89, 1993). A step that leaves the bracket halves it.
    func root(_ i: Int) -> Root {
        let last = poles.count - 1
        let width = i < last ? poles[i + 1] - poles[i] : weights.reduce(0, +)
        // In the half of the interval in which the root is: f rises from −∞ to ∞, or to a positive number.
        let isNearLower = i == last || evaluate(Root(origin: poles[i], offset: width / 2), split: i).value >= 0
        var root = Root(origin: poles[isNearLower ? i : i + 1], offset: (isNearLower ? 0.5 : -0.5) * width)
        var bracket = i == last ? (0, width) : isNearLower ? (0, width / 2) : (-width / 2, 0)
        // The poles that the halves of the sum are replaced by.
        let (left, right) = i < last ? (poles[i], poles[i + 1]) : (poles[max(i - 1, 0)], poles[i])
        for _ in 0..<100 {
            let f = evaluate(root, split: i < last ? i : i - 1)
            if abs(f.value) <= Double.ulpOfOne * Double(poles.count) * f.magnitude { break }
            if f.value < 0 { bracket.0 = root.offset } else { bracket.1 = root.offset }
            let (l, r) = (root.distance(from: left), root.distance(from: right))
            let c = f.value - l * f.leftSlope - r * f.rightSlope
            let a = (l + r) * f.value - l * r * (f.leftSlope + f.rightSlope)
            let b = l * r * f.value
            let discriminant = max(a * a - 4 * b * c, 0).squareRoot()
            // The root of c η² − a η + b that lies between the poles, or beyond both, without cancellation.
            let signed = i < last ? discriminant : -discriminant
            let step = (a <= 0) == (i < last) ? (a - signed) / (2 * c) : 2 * b / (a + signed)
            var next = root.offset + step
            if !(next > bracket.0 && next < bracket.1) { next = (bracket.0 + bracket.1) / 2 }
            if next == root.offset || next == bracket.0 || next == bracket.1 { break }
            root.offset = next
        }
        return root
    }

    /// The value of f, the slopes of the sums over poles up to `split` and after it, and what rounding can make of the
    /// value's digits.
    private func evaluate(
        _ root: Root, split: Int
    ) -> (value: Double, leftSlope: Double, rightSlope: Double, magnitude: Double) {
        let (left, right) = (sum(0..<(split + 1), root), sum((split + 1)..<poles.count, root))
        return (1 + left.value + right.value, left.slope, right.slope, 1 + abs(left.value) + abs(right.value))
    }

    /// The sum over some poles and its slope. All terms have one sign, as the poles lie on one side of the root.
    private func sum(_ range: Range<Int>, _ root: Root) -> (value: Double, slope: Double) {
        poles.withUnsafeBufferPointer { poles in
            weights.withUnsafeBufferPointer { weights in
                // Several running sums, so that divisions need not wait for one another.
                var (value, slope) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
                var j = range.lowerBound
                while j < range.upperBound {
                    var (pole, weight) = (SIMD4<Double>(repeating: .infinity), SIMD4<Double>.zero)
                    if j &+ 4 <= range.upperBound {
                        pole = SIMD4(poles[j], poles[j &+ 1], poles[j &+ 2], poles[j &+ 3])
                        weight = SIMD4(weights[j], weights[j &+ 1], weights[j &+ 2], weights[j &+ 3])
                    } else {
                        for lane in 0..<(range.upperBound &- j) {
                            (pole[lane], weight[lane]) = (poles[j &+ lane], weights[j &+ lane])
                        }
                    }
                    let distance = (pole - root.origin) - root.offset
                    let term = weight / distance
                    value += term
                    slope += term / distance
                    j &+= 4
                }
                return (value.sum(), slope.sum())
            }
        }
    }

    /// The unit eigenvectors of D + ρ z zᵀ as rows, whose columns belong to poles in the order of `columns`.
    ///
    /// They are those of the z for which the roots are exact, which is near the given one and makes them orthogonal to
    /// rounding however close the roots are (Gu and Eisenstat 1995).
    func eigenvectors(_ roots: [Root], signs: [Bool], columns: [Int]) -> Matrix {
        let count = poles.count
        let poles = columns.map { self.poles[$0] }
        // Of all roots the distances to each pole, a row a root.
        var vectors = Matrix(zeros: count, count)
        var squares = [Double](repeating: 1, count: count)
        for (position, i) in columns.enumerated() {
            let root = roots[i]
            vectors.withRow(i) { distances in
                for j in 0..<count { distances[j] = (poles[j] - root.origin) - root.offset }
                // (λᵢ − dⱼ) / (dᵢ − dⱼ), each factor positive but for the one without a denominator.
                for j in 0..<position { squares[j] *= distances[j] / (poles[j] - poles[position]) }
                squares[position] *= -distances[position]
                for j in position + 1..<max(count, position + 1) {
                    squares[j] *= distances[j] / (poles[j] - poles[position])
                }
            }
        }
        let z = columns.enumerated().map { (signs[$1] ? -1 : 1) * abs(squares[$0]).squareRoot() }
        for i in 0..<count {
            vectors.withRow(i) { row in
                for j in 0..<count { row[j] = z[j] / row[j] }
                let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
                for j in 0..<count { row[j] /= length }
            }
        }
        return vectors
    }
}
