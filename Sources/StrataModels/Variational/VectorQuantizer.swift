import Foundation
import StrataBackend
import StrataGraph
import StrataNN

/// A codebook, which learns as moving averages of the vectors that it stands for (van den Oord, Vinyals and Kavukcuoglu,
/// "Neural discrete representation learning", 2017, appendix A.1). Without memory, a decay of 0, it makes a step of k-means.
///
/// A code that hardly any vector is nearest to is dead: it becomes one of the batch's vectors (Dhariwal et al., "Jukebox",
/// 2020). So the codebook starts from vectors that there are, too.
struct VectorQuantizer: Sendable {
    /// [codes, width].
    let codebook: StateVariable
    /// Moving averages of the vectors nearest to each code: their number [codes], and their sum [codes, width].
    private let (counts, sums): (StateVariable, StateVariable)
    private let decay: Float
    private let revival: Float

    /// - Parameters:
    ///   - name: The first part of its variables' names.
    ///   - decay: The share of a moving average that a batch leaves.
    ///   - revival: The share of uniform use below which a code is dead; 0 for codes that never are.
    init(_ name: String, codes: Int, width: Int, decay: Float, revival: Float) {
        codebook = StateVariable(
            "\(name).codebook", [codes, width], initializer: .normal(mean: 0, standardDeviation: 1))
        counts = StateVariable("\(name).counts", [codes], initializer: .zeros)
        sums = StateVariable("\(name).sums", [codes, width], initializer: .zeros)
        self.decay = decay
        self.revival = revival
    }

    var buffers: [StateVariable] { [codebook, counts, sums] }
    private var codes: Int { codebook.type.shape[0] }

    /// The nearest codes: [rows, width] → int32 [rows].
    func nearest(to vectors: Tensor) -> Tensor {
        // ½‖x‖², which is the same for all codes, is left out of ½‖x − e‖².
        let norms = codebook.tensor.squared().sum([1]) * 0.5
        return (vectors.dotTransposed(codebook.tensor) - norms).argMax(axis: 1).cast(to: .int32)
    }

    /// int32 [rows] → [rows, width].
    func vectors(of codes: Tensor) -> Tensor { codebook.tensor.gather(codes) }

    /// The codebook after a batch of vectors [rows, width] and their nearest codes [rows].
    func updates(_ vectors: Tensor, nearest: Tensor, key: RandomKey) -> Updates {
        if let invalid = [vectors, nearest].first(where: \.isInvalid) { return [(codebook, invalid)] }
        let members = Loss.oneHot(nearest, classes: codes)
        let gathered = members.dot(vectors, DotAxes(leftContract: [0], rightContract: [0]))
        let count = counts.tensor * decay + members.sum([0]) * (1 - decay)
        let sum = sums.tensor * decay + gathered * (1 - decay)
        let column = count.reshape([codes, 1])
        // A code that no vector was ever nearest to stays where it is.
        let moved = column.greater(0).select(sum / column.maximum(.leastNormalMagnitude), codebook.tensor)
        guard revival > 0 else { return [(codebook, moved), (counts, count), (sums, sum)] }

        let rows = Float(vectors.shape[0])
        let (share, isDead) = (rows / Float(codes), count.less(revival * rows / Float(codes)))
        let places = (key.uniform([codes]) * rows).floor().minimum(rows - 1).cast(to: .int32)
        let (fresh, isDeadRow) = (vectors.gather(places), isDead.reshape([codes, 1]))
        return [
            (codebook, isDeadRow.select(fresh, moved)),
            (counts, isDead.select(.constant(share, [codes]), count)),
            (sums, isDeadRow.select(fresh * share, sum)),
        ]
    }

    /// The codes that uniform use of as many would be like, over all examples: the exponential of the entropy of their use.
    ///
    /// - `nearest`: Int32 [batch · latents], the codes of each example one after the other.
    func perplexity(_ nearest: Tensor, batch: Int) -> Metric {
        if nearest.isInvalid { return Metric("codebook_perplexity", nearest) }
        let latents = nearest.shape.elementCount / max(batch, 1)
        let use = Loss.oneHot(nearest, classes: codes).reshape([batch, latents, codes]).mean([1])
        return Metric("codebook_perplexity", from: use) { VectorQuantizer.perplexity($0) }
    }

    /// The exponential of the entropy of shares.
    static func perplexity(_ shares: [Float]) -> Float {
        let entropy = shares.reduce(0.0) { $1 > 0 ? $0 - Double($1) * log(Double($1)) : $0 }
        return Float(exp(entropy))
    }
}
