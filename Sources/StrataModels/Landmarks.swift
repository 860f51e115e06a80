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
        let count = Float(batch.shape[0])
        let place = Tensor.iota([size]) - seen.tensor
        let isNext = place.greater(-0.5) * place.less(count - 0.5)
        let rows = batch.gather(place.maximum(0).minimum(count - 1).cast(to: .int32))
        let shape = examples.type.shape
        let next = isNext.reshape([size, 1]).broadcast(to: shape, axes: [0, 1]).select(rows, examples.tensor)
        return [(examples, next), (seen, seen.tensor + count)]
    }

    /// The pass that gathers them, and what follows it.
    func phase(advice: String = "", _ conclusions: @escaping @Sendable (StepContext) -> [Conclusion]) -> TrainingPhase {
        TrainingPhase(
            epochs: 1, advice: advice,
            step: { batch, _ in TrainingStep(updates: adding(batch.examples), metrics: []) }, conclusions: conclusions)
    }
}

extension Tensor {
    /// The squared distance of every row to every row of `others`: [n, features], [m, features] → [n, m].
    func squaredDistances(to others: Tensor) -> Tensor {
        let lengths = squared().sum([1], keepingAxes: true) + others.squared().sum([1])
        return (lengths - dotTransposed(others) * 2).maximum(0)
    }
}
