import StrataBackend
import StrataGraph

/// A transition of Hamiltonian Monte Carlo (Neal, "MCMC using Hamiltonian dynamics", 2011), which leaves a density of codes
/// as it is: steps of the leapfrog method from fresh momenta, and where they end is taken with the probability of
/// Metropolis.
struct HamiltonianTransition: Sendable, Hashable {
    /// Steps of the leapfrog method, at least 1.
    var leapfrogs = 10

    /// The next codes [rows, latent], and the probability with which each transition was to be taken [rows].
    ///
    /// - Parameters:
    ///   - codes: [rows, latent].
    ///   - stepSizes: That of each row, [rows, 1].
    ///   - logDensity: Its logarithm up to a constant, [rows, latent] → [rows].
    func callAsFunction(
        from codes: Tensor, stepSizes: Tensor, key: RandomKey, logDensity: (Tensor) -> Tensor
    ) -> (next: Tensor, acceptance: Tensor) {
        func slopes(_ values: Tensor, _ place: Tensor) -> Tensor {
            gradient(of: values.sum(), withRespectTo: [place])[0]
        }
        var (position, momentum) = (codes, key.named("momentum").normal(codes.shape))
        var values = logDensity(position)
        let start = values - momentum.squared().sum([1]) * 0.5
        momentum = momentum + slopes(values, position) * stepSizes * 0.5
        for turn in 1...max(leapfrogs, 1) {
            position = position + momentum * stepSizes
            values = logDensity(position)
            momentum = momentum + slopes(values, position) * stepSizes * (turn < leapfrogs ? 1 : 0.5)
        }
        let change = values - momentum.squared().sum([1]) * 0.5 - start
        if change.isInvalid { return (change, change) }
        // A step too long may end at infinity, which is never taken.
        let acceptance = change.isFinite().select(change.minimum(0).exponential(), .constant(0, change.shape))
        let isTaken = key.named("taken").uniform(change.shape).less(acceptance)
        return (isTaken.reshape([change.extent(0), 1]).select(position, codes), acceptance)
    }
}
