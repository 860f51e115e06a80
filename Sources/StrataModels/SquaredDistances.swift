import StrataGraph

extension Tensor {
    /// The features up to which distances are sums of squared differences.
    private static let mostDifferences = 16

    /// The squared distance of every row to every row of `others`: [n, features], [m, features] → [n, m].
    ///
    /// Of few features they are added up from differences, which is exact wherever the rows lie. Of many they come from one
    /// product, `‖a‖² + ‖b‖² − 2 a·b`, about the first of the other rows: about 0, of rows that lie far from it next to
    /// nothing would be left after the subtraction.
    func squaredDistances(to others: Tensor) -> Tensor {
        guard rank == 2, others.rank == 2, let n = shape.first, let m = others.shape.first, let features = shape.last
        else {
            return isInvalid ? self : .invalid("squared distances: expected rows, not \(shape) and \(others.shape)")
        }
        if features <= Self.mostDifferences {
            return (reshape([n, 1, features]) - others.reshape([1, m, features])).squared().sum([2])
        }
        let origin = others.slice(0..<1, axis: 0)
        let (a, b) = (self - origin, others - origin)
        let lengths = a.squared().sum([1], keepingAxes: true) + b.squared().sum([1])
        return (lengths - a.dotTransposed(b) * 2).maximum(0)
    }
}
