public import StrataGraph

/// Which examples of a batch are of the source domain and which of the target, as weights that means over one domain are
/// taken by.
public struct DomainWeights: Sendable {
    /// One over the number of source examples for each of these, 0 for all others: [batch].
    public let source: Tensor
    /// One over the number of target examples for each of these, 0 for all others: [batch].
    public let target: Tensor
    /// 1 where the batch has examples of both domains, else 0: a scalar.
    public let areBoth: Tensor

    /// The weights of examples by their domains, int32 [batch]: 0 for the source, 1 for the target.
    public init(domains: Tensor) {
        let target = domains.cast(to: .float32)
        let source = 1 - target
        let counts = (source.sum(), target.sum())
        self.source = source / counts.0.maximum(1)
        self.target = target / counts.1.maximum(1)
        areBoth = counts.0.minimum(1) * counts.1.minimum(1)
    }

    /// Weights of any rows, each of which should add up to 1, which is not checked.
    public init(source: Tensor, target: Tensor) {
        (self.source, self.target) = (source, target)
        areBoth = .constant(1, [])
    }

    /// The mean over the rows of one domain: [batch, width] and weights [batch] → [width].
    static func mean(_ rows: Tensor, _ weights: Tensor) -> Tensor { (rows * column(weights)).sum([0]) }

    /// Weights [batch] as [batch, 1].
    static func column(_ weights: Tensor) -> Tensor { weights.reshape([weights.extent(0), 1]) }
}
