public import StrataGraph

/// A batch of a data set's columns as a graph sees them: one tensor for each, by the column's name.
public struct Batch: Sendable {
    /// The values of each column, [batch, shape of one value], scaled as models see them; whole numbers stay int32.
    public var columns: [String: Tensor]
    /// The means of numeric columns over the whole split, [shape of one value], as constants about which to take sums of
    /// squares.
    public var means: [String: Tensor]

    /// A batch of columns by their names, all of as many rows, which is not checked.
    public init(columns: [String: Tensor], means: [String: Tensor] = [:]) {
        self.columns = columns
        self.means = means
    }

    /// The columns that most models learn from.
    public init(examples: Tensor, labels: Tensor? = nil, targets: Tensor? = nil, targetMeans: Tensor? = nil) {
        columns = ["example": examples]
        columns["label"] = labels
        columns["target"] = targets
        means = [:]
        means["target"] = targetMeans
    }

    /// The values of a column, [batch, shape of one value]; `nil` where the batch has no such column.
    public subscript(_ column: String) -> Tensor? {
        get { columns[column] }
        set { columns[column] = newValue }
    }

    /// The examples [batch, features].
    public var examples: Tensor {
        get { columns["example"] ?? .invalid("the batch has no examples") }
        set { columns["example"] = newValue }
    }

    /// The class of each example, int32 [batch].
    public var labels: Tensor? { columns["label"] }

    /// The numbers to predict of each example, [batch, targets].
    public var targets: Tensor? { columns["target"] }

    /// The weight of each example, [batch], with a mean of 1 over the split.
    public var weights: Tensor? { columns["weight"] }

    /// The examples in the batch; 0 where it has no column of them.
    public var count: Int { examples.shape.first ?? 0 }
}
