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
        let features = covariance.shape[0]
        let (values, vectors) = covariance.symmetricEigen()
        let leading = vectors.slice(features - count..<features, axis: 1).reverse([1]).transpose()
        let isFlipped = leading.maximum(over: [1], keepingAxes: true)
            .less((-leading).maximum(over: [1], keepingAxes: true))
        directions = leading * (1 - isFlipped * 2)
        variances = values.slice(features - count..<features, axis: 0).reverse([0]).maximum(0)
        remainder = count < features ? values.slice(0..<features - count, axis: 0).maximum(0).sum() : .constant(0)
    }
}
