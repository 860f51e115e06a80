import StrataBackend
public import StrataCompiler
import StrataData
public import StrataGraph
public import StrataModels
import StrataNN

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
    /// The numbers of a word's vector, of v as of u.
    public var dimensions: Int
    /// How far apart two words of a pair may stand.
    public var window: Int
    /// Words of noise in the loss of each pair (k in the paper: 5 to 20 for small texts, 2 to 5 for large ones).
    public var negatives: Int

    /// How a step is laid out.
    public var layout: Layout

    /// The sizes of a step: its blocks, and the centres and the noise of each.
    public struct Layout: Sendable, Hashable {
        /// Blocks in a step, each with noise of its own.
        public var blocks: Int
        /// Consecutive words of the text in a block.
        public var centres: Int
        /// Draws of noise that a block shares.
        public var noise: Int

        /// A layout by its sizes, each at least 1, which is not checked.
        public init(blocks: Int, centres: Int, noise: Int) {
            self.blocks = blocks
            self.centres = centres
            self.noise = noise
        }
    }

    /// A model by its sizes, each at least 1, which is not checked; the initializer with a vocabulary chooses the
    /// layout, and checks.
    public init(words: Int, dimensions: Int, window: Int, negatives: Int, layout: Layout) {
        self.words = words
        self.dimensions = dimensions
        self.window = window
        self.negatives = negatives
        self.layout = layout
    }

    /// Words that a block reads from the text.
    public var reach: Int { layout.centres + 2 * window }
    /// Words that each centre of a block is scored against: those that the block reads, and its noise.
    public var columns: Int { reach + layout.noise }

    /// v, [words, dimensions]; starts as word2vec's does.
    public var input: StateVariable {
        let bound = 0.5 / Float(dimensions)
        return StateVariable("input.weight", [words, dimensions], initializer: .uniform(low: -bound, high: bound))
    }

    /// u, [words, dimensions].
    public var output: StateVariable { StateVariable("output.weight", [words, dimensions], initializer: .zeros) }

    /// The columns of a batch.
    enum Column {
        /// Int32 [blocks · centres]: words.
        static let centre = ColumnName.example
        /// Int32 [blocks · columns]: words.
        static let column = "column"
        /// Float32 [blocks, centres, columns]: how much a pair counts; with a minus sign where the two stand together,
        /// and as it is where one is noise: the sign of the gradient along their score. 0 where they are no pair.
        static let pair = "pair"
    }

    /// The sum of all pairs' losses, of which descent changes the rows that a batch reads.
    func objective(_ batch: Batch) -> Objective {
        let (blocks, centres) = (layout.blocks, layout.centres)
        guard let words = batch[Column.column], let pairs = batch[Column.pair] else {
            let loss = Metric("loss", .invalid("skip-gram: the batch has no pairs of words"))
            return Objective(loss, metrics: [loss])
        }
        let v = input.tensor.gather(batch.examples).reshape([blocks, centres, dimensions])
        let u = output.tensor.gather(words).reshape([blocks, columns, dimensions])
        let scores = v.dot(u, DotAxes(leftBatch: [0], rightBatch: [0], leftContract: [2], rightContract: [2]))
        // −log σ(x) = softplus(−x).
        let losses = pairs.absolute() * (pairs.sign() * scores).softplus()
        let sums = [losses.sum([2]), pairs.less(0).sum([2])].map { $0.reshape([blocks * centres, 1]) }
        let mean = Metric("loss", from: Tensor.concatenate(sums, axis: 1)) { $0[0] / $0[1] }
        return Objective(Metric("loss", losses.sum()), metrics: [mean])
    }

    /// The input vectors that a session holds, of the words of a vocabulary. Waits for the device. Throws `shape` for a
    /// vocabulary of another size.
    public func vectors(of vocabulary: Vocabulary, in session: Session) throws -> WordVectors {
        let values = try session.readVariable(input.name).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        return try WordVectors(words: vocabulary.words, values: values, width: dimensions)
    }
}

extension SkipGram: Model {
    public var variables: [StateVariable] { [input, output] }

    public var phases: [TrainingPhase] {
        [
            TrainingPhase(
                hint: "try a lower learning rate or batch size",
                moves: [Move(variables) { batch, _ in objective(batch) }])
        ]
    }

    /// None: what tells whether vectors are good is what they are used for, such as analogies.
    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] { [] }

    public var criterion: Criterion { .minimize("loss") }
}
