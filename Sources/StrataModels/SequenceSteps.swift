import StrataBackend
import StrataData
import StrataGraph

/// Which steps of the sequences of a batch count: those before each one's length, where the batch has a column of lengths.
struct SequenceSteps {
    /// The steps that count of each sequence: [batch].
    let lengths: Tensor
    /// 1 for steps that count, 0 for padding: [batch, steps].
    let counts: Tensor

    init(of batch: Batch, _ steps: Int) {
        lengths = batch[ColumnName.length] ?? .constant(Float(steps), [batch.count])
        let shape: Shape = [batch.count, steps]
        counts = Tensor.iota(shape, axis: 1).less(lengths.broadcast(to: shape, axes: [0]))
    }

    /// The sum over the steps that count: [batch, steps] → [batch].
    func sum(_ values: Tensor) -> Tensor { (values * counts).sum([1]) }

    /// The mean over the steps that count of all sequences, of the sums of each [batch].
    func mean(_ name: String, ofSums sums: Tensor) -> Metric {
        let rows: Shape = [lengths.extent(0), 1]
        return Metric(name, from: .concatenate([sums.reshape(rows), lengths.reshape(rows)], axis: 1)) { $0[0] / $0[1] }
    }
}

extension Tensor {
    /// The frame before each of a sequence, 0 before the first: [batch, steps, width] → the same shape.
    func framesBefore() -> Tensor {
        if isInvalid || rank != 3 { return self }
        let first = Tensor.constant(0, [shape[0], 1, shape[2]])
        return shape[1] > 1 ? .concatenate([first, slice(0..<shape[1] - 1, axis: 1)], axis: 1) : first
    }
}
