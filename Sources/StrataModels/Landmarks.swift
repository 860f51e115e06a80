import StrataGraph
import StrataNN

/// The first so many examples that go by: as every epoch has a random order, a sample without replacement, in memory that
/// does not grow with the examples.
struct Landmarks: Sendable, Hashable {
    /// [size, features]; rows that no example has come to are 0.
    let examples: StateVariable
    private let seen: StateVariable

    init(size: Int, features: Int) {
        examples = StateVariable("landmarks", [size, features], initializer: .zeros)
        seen = StateVariable("landmarks.seen", [], initializer: .zeros)
    }

    var size: Int { examples.type.shape[0] }
    var features: Int { examples.type.shape[1] }

    /// 1 for each row that has an example: [size].
    var isTaken: Tensor { Tensor.iota([size]).less(seen.tensor.broadcast(to: [size], axes: [])) }

    /// With the examples [batch, features] gone by.
    func adding(_ batch: Tensor) -> Updates {
        let count = Float(batch.extent(0))
        let place = Tensor.iota([size]) - seen.tensor
        let isNext = place.greater(-0.5) * place.less(count - 0.5)
        let rows = batch.gather(place.maximum(0).minimum(count - 1).cast(to: .int32))
        let shape = examples.type.shape
        let next = isNext.reshape([size, 1]).broadcast(to: shape, axes: [0, 1]).select(rows, examples.tensor)
        return [(examples, next), (seen, seen.tensor + count)]
    }

    /// The pass that gathers them, and what follows it.
    func phase(
        hint: String = "look for examples of extreme values",
        _ epochEnd: @escaping @Sendable (StepContext) -> [EpochEndUpdate]
    ) -> TrainingPhase {
        TrainingPhase(
            epochs: 1, hint: hint, statistics: { batch, _ in .init(adding(batch.examples)) }, epochEnd: epochEnd)
    }
}
