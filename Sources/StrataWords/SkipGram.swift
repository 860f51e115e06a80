import StrataBackend
public import StrataGraph

/// The skip-gram model with negative sampling (Mikolov, Sutskever, Chen, Corrado and Dean, "Distributed representations
/// of words and phrases and their compositionality", 2013).
///
/// Each word has an input vector v, which is what training is for, and an output vector u. A pair of a word c and a
/// word o near it costs −log σ(u_o · v_c) − Σ log σ(−u_k · v_c) over `negatives` words k drawn as noise (the paper's
/// equation 4).
///
/// A step takes blocks of consecutive words of the text, so that the products are products of matrices: a block's words
/// as centres, [centres, dimensions], against all that stands in their windows and some noise, [columns, dimensions].
/// The noise is shared by the block's centres, and counts in each pair as `negatives` draws; the expected gradient is
/// the paper's. Ji, Satish, Li and Dubey, "Parallelizing word2vec in shared and distributed memory" (2016), share it
/// within a window and find the vectors as good.
///
///     columns of a block:   window │ the centres themselves │ window │ noise
///     centre i stands at column window + i; a table of weights says which columns it is paired with
public struct SkipGram: Sendable, Hashable {
    /// Of the vocabulary.
    public var words: Int
    public var dimensions: Int
    /// How far apart two words of a pair may stand.
    public var window: Int
    public var negatives: Int

    /// How a step is laid out.
    public var layout: Layout

    public struct Layout: Sendable, Hashable {
        public var blocks: Int
        /// Consecutive words of the text in a block.
        public var centres: Int
        /// Draws of noise that a block shares.
        public var noise: Int

        public init(blocks: Int, centres: Int, noise: Int) {
            self.blocks = blocks
            self.centres = centres
            self.noise = noise
        }
    }

    public init(words: Int, dimensions: Int, window: Int, negatives: Int, layout: Layout) {
        self.words = words
        self.dimensions = dimensions
        self.window = window
        self.negatives = negatives
        self.layout = layout
    }

    /// Words that a block reads from the text.
    public var reach: Int { layout.centres + 2 * window }
    public var columns: Int { reach + layout.noise }

    /// v, [words, dimensions]; starts as word2vec's does.
    public var input: StateVariable {
        let bound = 0.5 / Float(dimensions)
        return StateVariable("input.weight", [words, dimensions], initializer: .uniform(low: -bound, high: bound))
    }

    /// u, [words, dimensions].
    public var output: StateVariable { StateVariable("output.weight", [words, dimensions], initializer: .zeros) }

    /// The sum of the losses of the pairs of all steps, until someone sets it back.
    var lossSum: StateVariable { StateVariable("loss.sum", [], initializer: .zeros) }

    /// What a step is given.
    enum Input {
        /// Int32 [blocks · centres]: words.
        static let centres = "centres"
        /// Int32 [blocks · columns]: words.
        static let columns = "columns"
        /// Float32 [blocks, centres, columns]: how much a pair counts; with a minus sign where the two stand together,
        /// and as it is where one is noise: the sign of the slope along their score. 0 where they are no pair.
        static let weights = "weights"
        /// Float32: minus the learning rate.
        static let descent = "descent"
    }

    /// One step of descent along the gradient of the sum of all pairs' losses. It changes the rows that it reads, in
    /// place.
    func step() throws -> Graph {
        let (blocks, centres) = (layout.blocks, layout.centres)
        let centreWords = Tensor.input(Input.centres, [blocks * centres], dtype: .int32)
        let columnWords = Tensor.input(Input.columns, [blocks * columns], dtype: .int32)
        let v = input.tensor.gather(centreWords).reshape([blocks, centres, dimensions])
        let u = output.tensor.gather(columnWords).reshape([blocks, columns, dimensions])
        let weights = Tensor.input(Input.weights, [blocks, centres, columns])
        let scores = v.dot(u, DotAxes(leftBatch: [0], rightBatch: [0], leftContract: [2], rightContract: [2]))
        // −log σ(x) = softplus(−x).
        let loss = (weights.absolute() * (weights.sign() * scores).softplus()).sum()
        let slopes = gradient(of: loss, withRespectTo: [v, u])
        let descent = Tensor.input(Input.descent, [])
        func descended(_ table: StateVariable, _ slope: Tensor, _ words: Tensor) -> (StateVariable, Tensor) {
            (table, table.tensor.adding((slope * descent).reshape([words.shape[0], dimensions]), at: words))
        }
        return try Graph(
            outputs: [],
            updates: [
                descended(input, slopes[0], centreWords), descended(output, slopes[1], columnWords),
                (lossSum, lossSum.tensor + loss),
            ])
    }
}
