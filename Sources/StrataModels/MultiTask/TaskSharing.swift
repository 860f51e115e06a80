import StrataGraph
import StrataNN

/// What tasks have in common.
public enum TaskSharing: Sendable, Hashable {
    /// One encoder (Caruana, "Multitask learning", 1997).
    case hard
    /// An encoder for each task, whose parameters are drawn to one another: λ times the sum of the squared distances of all
    /// pairs is added to the loss (Duong, Cohn, Bird and Cook, "Low resource dependency parsing", 2015).
    case soft(Float)
    /// An encoder for each task, whose activations are mixed after each layer by a matrix that is learned (Misra,
    /// Shrivastava, Gupta and Hebert, "Cross-stitch networks for multi-task learning", 2016).
    case crossStitch

    /// Its name, as a user chooses it.
    enum Name: String, CaseIterable {
        case hard, soft
        case crossStitch = "cross-stitch"
    }

    /// The encoder of a network of that many tasks, given that of one.
    func encoder(_ layers: Sequential, tasks: Int) -> any Layer {
        switch self {
        case .hard: layers
        case .soft: ParallelColumns(layers.layers, columns: tasks)
        case .crossStitch: ParallelColumns(layers.layers, columns: tasks, isStitched: true)
        }
    }

    /// What is added to the loss, a scalar; `nil` for nothing.
    ///
    /// - `columns`: The encoders' parameters, for each task in the same order.
    func penalty(_ columns: [[StateVariable]]) -> Tensor? {
        guard case .soft(let weight) = self, columns.count > 1 else { return nil }
        var sum = Tensor.constant(0, [])
        for (place, one) in columns.enumerated() {
            for other in columns[..<place] {
                for (a, b) in zip(one, other) { sum = sum + (a.tensor - b.tensor).squared().sum() }
            }
        }
        return sum * weight
    }
}
