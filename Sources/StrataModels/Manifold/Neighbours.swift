import StrataGraph
import StrataNN

/// The nearest landmarks of each example, the nearest first.
struct Neighbours {
    /// Row numbers, int32 [batch] each.
    let rows: [Tensor]
    /// [batch] each.
    let squaredDistances: [Tensor]
    /// 1 at each neighbour: [batch, landmarks].
    let isNeighbour: Tensor

    /// - `distances`: squared, [batch, landmarks]; a landmark with an infinite one is never taken.
    init(_ count: Int, in distances: Tensor) {
        var left = distances
        var rows: [Tensor] = []
        var found: [Tensor] = []
        var taken = Tensor.constant(0, distances.shape)
        let column = Tensor.iota(distances.shape, axis: 1)
        for _ in 0..<unrolled(count) {
            let row = (-left).argMax(axis: 1)
            let isIt = column.equal(
                row.reshape([distances.extent(0), 1]).broadcast(to: distances.shape, axes: [0, 1]))
            rows.append(row.cast(to: .int32))
            found.append(left.minimum(over: [1]))
            taken = taken + isIt
            left = isIt.select(.constant(.infinity, left.shape), left)
        }
        self.rows = rows
        squaredDistances = found
        isNeighbour = taken
    }
}

extension Tensor {
    /// A square matrix of distances with an infinite one from each row to itself.
    var withoutSelf: Tensor {
        Tensor.identity(extent(0)).select(.constant(.infinity, shape), self)
    }
}

extension Hyperparameter {
    static func landmarks(_ count: Int) -> Hyperparameter {
        Hyperparameter(
            "landmarks", .integer(count), in: 3...20_000, "examples that are laid out; all others go where they lead")
    }
    static func neighbours(_ count: Int) -> Hyperparameter {
        Hyperparameter("neighbours", .integer(count), in: 1...200, "landmarks that an example is connected with")
    }
    static let dimensions = Hyperparameter("dimensions", .integer(2), in: 1...100, "latent dimensions")
}
