public import StrataGraph

/// Losses and likelihoods for each example: [batch, …] → [batch], in nats where they are likelihoods.
public enum Loss {
    /// `−log p(x)` under independent Bernoulli variables with the given logits, summed over features. Values of x
    /// between 0 and 1 are taken as probabilities.
    public static func bernoulli(logits: Tensor, _ x: Tensor) -> Tensor {
        (logits.softplus() - x * logits).sum(features(x))
    }

    /// The squared error, summed over features.
    public static func squaredError(_ prediction: Tensor, _ x: Tensor) -> Tensor {
        (prediction - x).squared().sum(features(x))
    }

    /// `−log p(label)` for logits [batch, classes] and int32 labels [batch].
    public static func softmaxCrossEntropy(logits: Tensor, labels: Tensor) -> Tensor {
        guard logits.rank == 2 else { return notTwoAxes(logits) }
        return -(logits.logSoftmax(axis: 1) * oneHot(labels, classes: logits.shape[1])).sum([1])
    }

    /// 1 for each example whose label has no logit above its own, else 0: [batch, classes], int32 [batch] → [batch].
    public static func accuracy(logits: Tensor, labels: Tensor) -> Tensor {
        guard logits.rank == 2 else { return notTwoAxes(logits) }
        let own = (logits * oneHot(labels, classes: logits.shape[1])).sum([1])
        return own.greaterOrEqual(logits.maximum(over: [1]))
    }

    /// 1 for each of several labels that is predicted correctly, else 0, for logits and bits [batch, labels]: the same shape.
    public static func bitAccuracy(logits: Tensor, _ bits: Tensor) -> Tensor {
        logits.greater(0).equal(bits)
    }

    /// [batch, classes] with a 1 at each int32 label.
    public static func oneHot(_ labels: Tensor, classes: Int) -> Tensor {
        let shape = [labels.shape.elementCount, classes]
        let labels = labels.cast(to: .float32).reshape([shape[0], 1])
        return Tensor.iota([shape[0], shape[1]], axis: 1).equal(
            labels.broadcast(to: [shape[0], shape[1]], axes: [0, 1]))
    }

    private static func notTwoAxes(_ logits: Tensor) -> Tensor {
        .invalid("classes: the logits are \(logits.shape), expected [batch, classes]", of: logits)
    }

    private static func features(_ x: Tensor) -> [Int] { Array(1..<max(x.rank, 1)) }
}
