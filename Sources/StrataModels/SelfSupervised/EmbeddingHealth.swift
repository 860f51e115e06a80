import StrataGraph
import StrataNN

/// What tells whether embeddings have collapsed.
enum EmbeddingHealth {
    /// The squared distance of counterparts, both of length 1 (Wang and Isola, "Understanding contrastive representation
    /// learning through alignment and uniformity on the hypersphere", 2020).
    static func alignment(_ first: Tensor, _ second: Tensor) -> Metric {
        let distance = ViewObjective.normalized(first) - ViewObjective.normalized(second)
        return Metric("alignment", distance.squared().sum([1]).mean())
    }

    /// `log E exp(−2 ‖x − y‖²)` over pairs of different rows of length 1 (Wang and Isola 2020): the less, the more evenly they
    /// lie on the sphere.
    static func uniformity(_ rows: Tensor) -> Metric {
        let units = ViewObjective.normalized(rows)
        if units.isInvalid { return Metric("uniformity", units) }
        let count = units.shape[0]
        let kernel = (units.dotTransposed(units) * 4 - 4).exponential()
        let others = ((1 - Tensor.identity(count)) * kernel).sum() * (1 / Float(max(count * (count - 1), 1)))
        return Metric("uniformity", others.maximum(.leastNormalMagnitude).logarithm())
    }

    /// The mean standard deviation of the dimensions of rows of length 1, times √width: 1 where they lie evenly on the
    /// sphere, 0 where all are the same.
    static func spread(_ rows: Tensor) -> Metric {
        let units = ViewObjective.normalized(rows)
        let centred = units - units.mean([0], keepingAxes: true)
        let deviations = (centred.squared().mean([0]) + 1e-12).squareRoot()
        return Metric("spread", deviations.mean() * Float(max(units.extent(1), 1)).squareRoot()).warning(
            below: 0.1,
            "the embeddings have collapsed: those of different examples are nearly the same; try a lower learning rate,"
                + " other views or a larger batch")
    }

    /// `(Σ λ)² / Σ λ²` of the eigenvalues of the covariance of rows: about how many dimensions they vary along.
    static func effectiveRank(_ rows: Tensor) -> Metric {
        let centred = rows - rows.mean([0], keepingAxes: true)
        // The products of rows have the same eigenvalues but for zeros.
        let covariances =
            centred.extent(1) > centred.extent(0)
            ? centred.dotTransposed(centred) : centred.dot(centred, DotAxes(leftContract: [0], rightContract: [0]))
        if covariances.isInvalid { return Metric("effective_rank", covariances) }
        let trace = (covariances * Tensor.identity(covariances.shape[0])).sum()
        return Metric("effective_rank", trace.squared() / covariances.squared().sum().maximum(.leastNormalMagnitude))
    }

    /// What is told of codes [batch, width] besides a loss: along how many dimensions they vary and, where the batch has
    /// labels, the share of examples whose nearest neighbour among the batch is of their class, by the cosine of their codes.
    /// Nothing is learned from these labels.
    static func ofCodes(_ codes: Tensor, _ batch: Batch) -> [Metric] {
        let rows = codes.isInvalid ? codes : codes.flattened()
        let rank = effectiveRank(rows)
        guard let labels = batch.labels, !rows.isInvalid, !labels.isInvalid, labels.shape == [rows.shape[0]] else {
            return [rank]
        }
        let units = ViewObjective.normalized(rows)
        let itself = Tensor.identity(rows.shape[0])
        let similarities = itself.select(.constant(-1e30, itself.shape), units.dotTransposed(units))
        let isNearest = similarities.greaterOrEqual(similarities.maximum(over: [1], keepingAxes: true) - 1e-6)
        let classes = labels.cast(to: .float32)
        let isAlike = classes.reshape([rows.shape[0], 1]).equal(classes.reshape([1, rows.shape[0]]))
        return [rank, Metric("neighbour_accuracy", (isNearest * isAlike).maximum(over: [1]))]
    }
}
