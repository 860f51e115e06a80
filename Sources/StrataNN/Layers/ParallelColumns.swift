import StrataBackend
public import StrataGraph

/// The same layers several times side by side, each column with parameters of its own on the same input.
///
/// Stitched, the activations of all columns are mixed after each layer by a matrix of their number, which starts near the
/// identity (Misra et al., "Cross-stitch networks for multi-task learning", 2016).
public struct ParallelColumns: Layer {
    /// The layers of a column, from the input on.
    public var layers: [any Layer]
    /// How many columns there are.
    public var columns: Int
    /// Whether activations are mixed.
    public var isStitched: Bool

    /// So many columns of layers; fewer than 1 count as 1.
    public init(_ layers: [any Layer], columns: Int, isStitched: Bool = false) {
        self.layers = layers
        self.columns = max(columns, 1)
        self.isStitched = isStitched
    }

    /// [batch, …] → [batch, columns · units], one column's outputs after the other.
    public func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        var states = [Tensor](repeating: x, count: columns)
        for (place, layer) in layers.enumerated() {
            for column in 0..<columns {
                states[column] = pass.apply(layer, named: "\(column).\(place)", to: states[column])
            }
            if isStitched, columns > 1, !(layer is any Rearrangement) { states = stitched(states, place, &pass) }
        }
        return .concatenate(states.map { $0.flattened() }, axis: 1)
    }

    private func stitched(_ states: [Tensor], _ place: Int, _ pass: inout Pass) -> [Tensor] {
        let stitch = pass.parameter("stitch.\(place)", [columns, columns], start)
        return (0..<columns).map { row in
            (0..<columns).reduce(Tensor.constant(0, states[0].shape)) { sum, column in
                let share = stitch.slice(row..<row + 1, axis: 0).slice(column..<column + 1, axis: 1).reshape([])
                return sum + states[column] * share
            }
        }
    }

    /// 0.9 of a column's own and 0.1 of all others together, as the paper has it.
    private var start: Initializer {
        let other = 0.1 / Float(columns - 1)
        let values = (0..<columns * columns).map { $0 % (columns + 1) == 0 ? 0.9 : other }
        return (try? Literal(values, [columns, columns])).map(Initializer.values) ?? .constant(other)
    }
}
