import StrataBackend
import StrataGraph
public import StrataModels
public import StrataTraining

/// Batches of words of a text and of those around them, made as they are needed: an epoch is one pass through the text.
public final class SkipGramSource: BatchSource {
    public let count: Int
    public let inputs = ["words.centre", "words.column", "words.pair"]
    private let corpus: Corpus
    private let model: SkipGram
    private let configuration: SkipGramConfiguration
    private let noise: NoiseDistribution
    private let thresholds: [UInt64]
    private var batch: SkipGramBatch
    private var walk: SkipGramWalk
    private var nextStart = 0
    private var pairs = 0

    /// - `model`: A model of the corpus' vocabulary.
    /// - `configuration`: Its `subsample` and `seed` decide on the words that are taken.
    public init(_ corpus: Corpus, _ model: SkipGram, _ configuration: SkipGramConfiguration) {
        let vocabulary = corpus.vocabulary
        let keep = vocabulary.keepProbabilities(threshold: configuration.subsample)
        // All epochs have as many batches, enough for the words that any of them keeps: six standard deviations more
        // than the mean. What is left over at the end of an epoch is empty.
        let mean = zip(vocabulary.counts, keep).reduce(0) { $0 + Double($1.0) * $1.1 }
        let variance = zip(vocabulary.counts, keep).reduce(0) { $0 + Double($1.0) * $1.1 * (1 - $1.1) }
        let most = min(Int((mean + 6 * variance.squareRoot()).rounded(.up)), corpus.words.count)
        count = max((most + model.batchSize - 1) / model.batchSize, 1) * model.batchSize

        (self.corpus, self.model, self.configuration) = (corpus, model, configuration)
        noise = NoiseDistribution(vocabulary.noiseProbabilities())
        thresholds = keep.map { UInt64($0 * 0x1p32) }
        batch = SkipGramBatch(model)
        walk = SkipGramWalk(corpus, model, noise: noise, thresholds: thresholds, seed: configuration.seed, epoch: 0)
    }

    public func batch(_ size: Int) -> Batch {
        let (blocks, columns) = (model.layout.blocks, model.columns)
        return Batch(columns: [
            SkipGram.Column.centre: .input(inputs[0], [size], dtype: .int32),
            SkipGram.Column.column: .input(inputs[1], [blocks * columns], dtype: .int32),
            SkipGram.Column.pair: .input(inputs[2], [blocks, model.layout.centres, columns]),
        ])
    }

    public func begin(epoch: Int, order: [Int32], batchSize: Int) {
        walk = SkipGramWalk(
            corpus, model, noise: noise, thresholds: thresholds, seed: configuration.seed, epoch: epoch)
        (nextStart, pairs) = (0, 0)
    }

    /// Throws `usage` where the epoch had no pair to learn from.
    public func write(_ start: Int, size: Int, _ give: (Int, UnsafeRawBufferPointer) throws -> Void) throws {
        while nextStart <= start {
            walk.fill(&batch)
            pairs += batch.pairs
            nextStart += size
        }
        guard pairs > 0 || nextStart < count else {
            throw StrataError(
                parameter: "subsample", configuration.subsample,
                "nothing was learned, for no two words of this text were left together")
        }
        try batch.centres.withUnsafeBytes { try give(0, $0) }
        try batch.columns.withUnsafeBytes { try give(1, $0) }
        try batch.weights.withUnsafeBytes { try give(2, $0) }
    }
}
