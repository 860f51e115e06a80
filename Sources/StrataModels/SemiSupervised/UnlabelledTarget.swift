import StrataNN
import StrataGraph

/// What a classifier should say of an example whose class nobody has told.
public enum UnlabelledTarget: Sendable, Hashable {
    /// The class that it finds the most probable itself, of examples of which it is sure (Lee, "Pseudo-label: the simple and
    /// efficient semi-supervised learning method for deep neural networks", 2013; with a threshold as Sohn et al.,
    /// "FixMatch: simplifying semi-supervised learning with consistency and confidence", 2020, have it).
    ///
    /// - `threshold`: The probability from which it is sure.
    case pseudoLabel(threshold: Float)
    /// What a slow copy of it, an average over its steps, says of another view of the example (Tarvainen and Valpola, "Mean
    /// teachers are better role models", 2017).
    ///
    /// - `decay`: The share of the copy that a step leaves.
    case teacher(decay: Float)

    /// How far what it says of unlabelled examples is from what it should say, the mean over these, and what is reported
    /// besides.
    ///
    /// - Parameters:
    ///   - logits: Its own, of one view, [batch, classes].
    ///   - others: Those by which it should go, [batch, classes]: of the examples as they are, or of the slow copy.
    func loss(_ logits: Tensor, like others: Tensor) -> (value: Tensor, metrics: [Metric]) {
        let others = others.stopGradient()
        if logits.isInvalid || others.isInvalid { return (logits.isInvalid ? logits : others, []) }
        switch self {
        case .pseudoLabel(let threshold):
            let sure = others.softmax(axis: 1).maximum(over: [1]).greaterOrEqual(.constant(threshold))
            let labels = others.argMax(axis: 1).cast(to: .int32)
            let entropy = Loss.softmaxCrossEntropy(logits: logits, labels: labels)
            return ((entropy * sure).mean(), [Metric("pseudo_labelled", sure)])
        case .teacher:
            let distance = (logits.softmax(axis: 1) - others.softmax(axis: 1)).squared().sum([1])
            return (distance.mean(), [Metric("consistency", distance)])
        }
    }
}
