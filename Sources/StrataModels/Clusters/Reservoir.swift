import StrataGraph
import StrataNN

/// A uniform sample, with replacement, of all examples that have gone by, in memory that does not grow (after Vitter
/// 1985): with `n` examples seen, each place gives way to one of the next `b` with probability b / (n + b).
struct Reservoir: Sendable, Hashable {
    let examples: StateVariable
    let seen = StateVariable("reservoir.seen", [], initializer: .zeros)

    init(size: Int, features: Int) {
        examples = StateVariable("reservoir.examples", [size, features], initializer: .zeros)
    }

    var size: Int { examples.type.shape[0] }

    /// With the examples [batch, features] gone by.
    func adding(_ batch: Tensor, key: RandomKey) -> Updates {
        let count = Float(batch.shape[0])
        let total = seen.tensor + count
        let chosen = (key.named("chosen").uniform([size]) * count).floor().minimum(count - 1).cast(to: .int32)
        let isReplaced = key.named("replaced").bernoulli((Tensor.constant(count) / total).broadcast(to: [size, 1], axes: []))
        let shape = examples.type.shape
        let next = isReplaced.broadcast(to: shape, axes: [0, 1]).select(batch.gather(chosen), examples.tensor)
        return [(examples, next), (seen, total)]
    }
}
