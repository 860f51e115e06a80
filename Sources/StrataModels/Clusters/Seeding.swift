import StrataGraph
import StrataNN

/// k-means++ (Arthur and Vassilvitskii 2007): centres drawn one after the other from landmarks, each with a probability
/// that grows with the squared distance from those before.
struct Seeding: Sendable, Hashable {
    let landmarks: Landmarks
    /// [clusters, features].
    let centres: StateVariable
    private let chosen = StateVariable("chosen_centres", [], initializer: .zeros)

    /// As many landmarks for each centre as tell a cluster from an outlier.
    init(centres: StateVariable) {
        self.centres = centres
        landmarks = Landmarks(
            size: max(1000, centres.type.shape[0].saturatingMultiplied(by: 20)), features: centres.type.shape[1])
    }

    /// The draw of all of them.
    func draw(key: RandomKey) -> EpochEndUpdate { EpochEndUpdate(another(key: key), repeats: centres.type.shape[0]) }

    /// Draws one more centre.
    private func another(key: RandomKey) -> Updates {
        let distances = landmarks.examples.tensor.squaredDistances(to: centres.tensor)
        let isChosen = Tensor.iota(distances.shape, axis: 1).less(
            chosen.tensor.broadcast(to: distances.shape, axes: []))
        let nearest = isChosen.select(distances, .constant(.infinity, distances.shape)).minimum(over: [1])
        // The first is drawn with equal weights. Whoever has the largest log weight plus Gumbel noise is drawn with a
        // probability in proportion to the weight.
        let weights = nearest.isFinite().select(nearest, .constant(1, nearest.shape))
        let noise = -(-key.uniform([landmarks.size]).maximum(1e-12).logarithm()).logarithm()
        let scores = weights.maximum(.leastNormalMagnitude).logarithm() + noise
        let allowed = landmarks.isTaken.select(scores, .constant(-.infinity, scores.shape))
        let row = allowed.reshape([1, landmarks.size]).argMax(axis: 1).cast(to: .int32)
        let shape = centres.type.shape
        let isNext = Tensor.iota(shape, axis: 0).equal(chosen.tensor.broadcast(to: shape, axes: []))
        let example = landmarks.examples.tensor.gather(row).broadcast(to: shape, axes: [0, 1])
        return [(centres, isNext.select(example, centres.tensor)), (chosen, chosen.tensor + 1)]
    }
}
