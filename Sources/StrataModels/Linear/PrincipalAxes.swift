import StrataGraph

/// The leading eigenvectors of a covariance.
struct PrincipalAxes {
    /// [k, features], unit vectors, the one with most variance first; the largest entry of each is positive.
    let directions: Tensor
    /// [k], descending: the variance along each.
    let variances: Tensor
    /// The variance along all others together.
    let remainder: Tensor

    init(of covariance: Tensor, count: Int) {
        let features = covariance.extent(0)
        let count = min(max(count, 0), features)
        let (values, vectors) = covariance.symmetricEigen()
        let leading = vectors.slice(features - count..<features, axis: 1).reverse([1]).transpose()
        directions = leading.withLargestEntriesPositive
        variances = values.slice(features - count..<features, axis: 0).reverse([0]).maximum(0)
        remainder = count < features ? values.slice(0..<features - count, axis: 0).maximum(0).sum() : .constant(0)
    }
}

extension Tensor {
    /// Rows [k, n], each with the sign that makes its largest entry positive: a direction has two, of which one is taken.
    var withLargestEntriesPositive: Tensor {
        let isFlipped = maximum(over: [1], keepingAxes: true).less((-self).maximum(over: [1], keepingAxes: true))
        return self * (1 - isFlipped * 2)
    }
}
