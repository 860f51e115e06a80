import StrataGraph

/// The graph that draws codes like those given: from the normal distribution with their mean and covariance.
enum Gaussian {
    /// [n, d] → [count, d].
    static func draws(like codes: Tensor, _ count: Int, key: RandomKey) -> Tensor {
        let (n, d) = (codes.extent(0), codes.extent(1))
        let mean = codes.mean([0])
        let centred = codes - mean
        let scatter = centred.dot(centred, DotAxes(leftContract: [0], rightContract: [0])) * (1 / Float(n))
        // A direction without variance, such as a dead unit of the code, would make the matrix singular.
        let least = ((scatter * Tensor.identity(d)).sum() * (1e-4 / Float(d))).maximum(.leastNormalMagnitude)
        let factor = (scatter + Tensor.identity(d) * least).cholesky()
        return key.named("codes").normal([count, d]).dotTransposed(factor) + mean
    }
}
