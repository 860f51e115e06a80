import StrataBackend
import StrataData
import StrataGraph
import StrataNN

/// One of the tasks that a network learns: what it predicts of an example, and how much that counts.
///
/// ```
/// let tasks = [
///     LearningTask("label", .softmax(classes: 10)),
///     LearningTask("brightness", .regression(1) { $0.examples.mean([1], keepingAxes: true) }, weight: 0.5),
/// ]
/// ```
public struct LearningTask: Sendable {
    /// The name of the task, with which its metrics and its variables begin.
    public var name: String
    /// Its outputs and their loss.
    public var head: SupervisedHead
    /// The factor of its loss.
    public var weight: Float
    /// Whether it is told labels or targets, and not examples alone.
    public var needsLabels: Bool
    /// Whether its outputs are examples, which a mirror image of the encoder makes.
    public var reconstructs: Bool

    /// A task of any head. Nothing is checked.
    public init(
        _ name: String, _ head: SupervisedHead, weight: Float = 1, needsLabels: Bool = true, reconstructs: Bool = false
    ) {
        self.name = name
        self.head = head
        self.weight = weight
        self.needsLabels = needsLabels
        self.reconstructs = reconstructs
    }

    /// The head's metrics under the task's name, the loss first.
    func metrics(_ outputs: Tensor, _ batch: Batch) -> [Metric] {
        let found = head.metrics(outputs, batch)
        let ordered = found.filter { $0.name == head.loss } + found.filter { $0.name != head.loss }
        return ordered.map { metric in
            var own = metric
            own.name = "\(name)_\(metric.name)"
            return own
        }
    }

    /// The metric by which it is done better or worse: `label_accuracy`, `size_r_squared`.
    public var criterion: Criterion {
        let metric = "\(name)_\(head.criterion.metric)"
        return head.criterion.isMaximized ? .maximize(metric) : .minimize(metric)
    }
}
