import StrataBackend
public import StrataCompiler
import StrataGraph

/// The settings of skip-gram with negative sampling.
public struct SkipGramConfiguration: Sendable, Hashable {
    public var dimensions: Int
    /// How far apart two words of a pair may stand; each word draws its own reach, from 1 up to this.
    public var window: Int
    /// Noise words for each pair.
    public var negatives: Int
    /// Words that make up more of the text than this are subsampled; 0 keeps all. The paper found around 1e-5 right
    /// for texts of a billion words.
    public var subsample: Double
    public var epochs: Int
    /// At the start; it falls linearly with the words seen, to a ten-thousandth.
    public var learningRate: Double
    /// Words of the text that are centres in a step, rounded to whole blocks; `nil` takes `SkipGramTrainer.batchSize`.
    public var batchSize: Int?
    /// Of the starting vectors and every draw.
    public var seed: UInt32

    public init(
        dimensions: Int = 100, window: Int = 5, negatives: Int = 5, subsample: Double = 1e-3, epochs: Int = 5,
        learningRate: Double = 0.025, batchSize: Int? = nil, seed: UInt32 = 0
    ) {
        self.dimensions = dimensions
        self.window = window
        self.negatives = negatives
        self.subsample = subsample
        self.epochs = epochs
        self.learningRate = learningRate
        self.batchSize = batchSize
        self.seed = seed
    }

    /// Throws `usage` for the first setting out of range.
    public func check() throws {
        let counts = [
            ("dimensions", dimensions, 10_000), ("window", window, 100), ("negatives", negatives, 100),
            ("epochs", epochs, 1_000_000), ("batchSize", batchSize ?? 1, 1_000_000),
        ]
        for (parameter, count, limit) in counts where !(1...limit ~= count) {
            throw StrataError(parameter: parameter, count, "expected a number from 1 to \(limit)")
        }
        guard subsample >= 0 && subsample <= 1 else {
            throw StrataError(parameter: "subsample", subsample, "a part of the text is a number from 0 to 1")
        }
        guard learningRate > 0 && learningRate <= 100 else {
            throw StrataError(parameter: "learningRate", learningRate, "a rate is greater than 0, and at most 100")
        }
    }
}

/// How far a training is.
public struct SkipGramProgress: Sendable, Hashable {
    /// From 1.
    public var epoch: Int
    /// Of the epoch, by the words seen.
    public var fraction: Double
    public var endsEpoch: Bool
    /// The mean over the pairs of the epoch so far of −log σ(u_o · v_c) − Σ log σ(−u_k · v_c); `nil` where there were
    /// none.
    public var loss: Double?
    /// Words of the text seen in a second of training, those among them that were dropped.
    public var wordsPerSecond: Double
    /// Of training so far.
    public var seconds: Double
}

/// Trains word vectors on a corpus.
///
/// ```
/// let corpus = try Corpus(path: "text.txt")
/// let trainer = try SkipGramTrainer(corpus, session: Session(backend: backend, seed: 1))
/// while let progress = try trainer.nextProgress() { print(progress.loss) }
/// try trainer.vectors().write("vectors.txt", as: .text)
/// ```
///
/// The vectors are a function of the corpus, the configuration and the backend, bit for bit, whatever its threads.
public final class SkipGramTrainer {
    public let corpus: Corpus
    public let configuration: SkipGramConfiguration
    public let model: SkipGram
    /// Steps done.
    public private(set) var step = 0

    private let session: Session
    private let function: Function
    private let inputs: [Function.Input?]
    private let noise: NoiseDistribution
    private let thresholds: [UInt64]
    private var batch: SkipGramBatch
    private var walk: SkipGramWalk
    /// Epochs that are complete.
    private var epoch = 0
    private var epochLoss = 0.0
    private var epochPairs = 0
    private var pairsSeen = 0
    private var seconds = 0.0

    /// Throws `usage` for settings out of range. The session's seed starts the vectors: give it the configuration's.
    public init(_ corpus: Corpus, session: Session, configuration: SkipGramConfiguration = .init()) throws {
        try configuration.check()
        self.corpus = corpus
        self.configuration = configuration
        self.session = session
        let vocabulary = corpus.vocabulary
        let keep = vocabulary.keepProbabilities(threshold: configuration.subsample)
        thresholds = keep.map { UInt64($0 * 0x1p32) }
        noise = NoiseDistribution(vocabulary.noiseProbabilities())
        let size = configuration.batchSize ?? SkipGramTrainer.batchSize(vocabulary, configuration)
        model = SkipGram(
            words: vocabulary.words.count, dimensions: configuration.dimensions, window: configuration.window,
            negatives: configuration.negatives,
            layout: SkipGramTrainer.layout(batchSize: size, window: configuration.window))
        function = try session.prepare(model.step())
        inputs = [SkipGram.Input.centres, SkipGram.Input.columns, SkipGram.Input.weights, SkipGram.Input.descent]
            .map(function.input)
        batch = SkipGramBatch(model)
        walk = SkipGramWalk(
            corpus, model, noise: noise, thresholds: thresholds, seed: configuration.seed, epoch: 0)
    }

    // MARK: The batch

    /// Blocks of 32 centres, and noise up to a whole number of vectors: at 100 dimensions 1.15 million centres a second
    /// on one thread, as with 16; with 64 it is 0.97, as more of the scores are of words that no window brings
    /// together.
    private static func layout(batchSize: Int, window: Int) -> SkipGram.Layout {
        let centres = min(batchSize, 32)
        let reach = centres + 2 * window
        return SkipGram.Layout(
            blocks: max(batchSize / centres, 1), centres: centres, noise: (reach + 32 + 15) / 16 * 16 - reach)
    }

    /// Centres in a step, by the vocabulary.
    ///
    /// All pairs of a step see the vectors as they were before it, and what they want of a word's vector adds up. One
    /// pair's step is small, but a frequent word has many pairs, and their sum goes too far once it outgrows the
    /// curvature: the vector swings and grows. So the pairs of the most frequent word, of noise or of its own, times
    /// the rate, may be 3.2 in the mean, 128 pairs at a rate of 0.025: a dictionary diverged with some 2,000 of "of" in
    /// a step, and a grammar of 36 words with 500 of each. Long before that the loss suffers a little: with 32, 128 and
    /// 512 centres it was 2.624, 2.645 and 2.675 over an epoch of five million words. A word takes a sixth less time
    /// with 128 than with 32.
    public static func batchSize(_ vocabulary: Vocabulary, _ configuration: SkipGramConfiguration) -> Int {
        let keep = vocabulary.keepProbabilities(threshold: configuration.subsample)
        let kept = zip(vocabulary.counts, keep).map { Double($0) * $1 }
        let commonest = (kept.max() ?? 0) / max(kept.reduce(0, +), 1)
        let noisiest = vocabulary.noiseProbabilities().max() ?? 0
        let negatives = Double(configuration.negatives)
        let pairsACentre = Double(configuration.window + 1) * max(negatives * noisiest, (1 + negatives) * commonest)
        let size = Int(min(max(3.2 / configuration.learningRate / max(pairsACentre, 1e-9), 1), 128))
        return size < 32 ? size : size / 32 * 32
    }

    // MARK: Training

    public var isFinished: Bool { epoch == configuration.epochs }

    /// Of the corpus, in all epochs so far; those among them that were dropped.
    public var wordsSeen: Int { epoch * corpus.words.count + walk.position }

    /// Trains for about a tenth of a second, or to the end of the epoch, and tells how it went; `nil` when all is
    /// done. Throws `notFinite` once the loss is NaN or infinite, and `usage` where there was no pair to learn from.
    public func nextProgress() throws -> SkipGramProgress? {
        guard !isFinished else { return nil }
        let clock = ContinuousClock()
        let start = clock.now
        let wordsBefore = walk.position
        var isOver = false
        repeat {
            isOver = !walk.fill(&batch)
            if !isOver { try trainStep() }
        } while !isOver && clock.now - start < .milliseconds(100)
        if isOver { try takeLoss() }
        let loss = try epochLoss + pendingLoss()
        let words = walk.position - wordsBefore
        let stretch = clock.now - start
        let stretchSeconds = Double(stretch.components.seconds) + Double(stretch.components.attoseconds) * 1e-18
        seconds += stretchSeconds
        let progress = SkipGramProgress(
            epoch: epoch + 1, fraction: Double(walk.position) / Double(corpus.words.count), endsEpoch: isOver,
            loss: epochPairs > 0 ? loss / Double(epochPairs) : nil,
            wordsPerSecond: Double(words) / max(stretchSeconds, 1e-9),
            seconds: seconds)
        guard loss.isFinite else {
            throw StrataError(
                .notFinite,
                "the loss became NaN or infinite by step \(step); lower the learning rate or the batch size")
        }
        if isOver { beginEpoch() }
        guard !isFinished || pairsSeen > 0 else {
            throw StrataError(
                parameter: "subsample", configuration.subsample,
                "nothing was learned, for no two words of this text were left together")
        }
        return progress
    }

    private func beginEpoch() {
        epoch += 1
        (epochLoss, epochPairs) = (0, 0)
        walk = SkipGramWalk(
            corpus, model, noise: noise, thresholds: thresholds, seed: configuration.seed, epoch: epoch)
    }

    private func trainStep() throws {
        let done = (Double(epoch) + Double(walk.position) / Double(corpus.words.count)) / Double(configuration.epochs)
        let descent = [-Float(configuration.learningRate * max(1 - done, 1e-4))]
        try batch.centres.withUnsafeBytes { try inputs[0]?.write($0) }
        try batch.columns.withUnsafeBytes { try inputs[1]?.write($0) }
        try batch.weights.withUnsafeBytes { try inputs[2]?.write($0) }
        try descent.withUnsafeBytes { try inputs[3]?.write($0) }
        try function.run()
        step += 1
        epochPairs += batch.pairs
        pairsSeen += batch.pairs
        // The device's sum is single precision, so it is taken before a step is small against it; and at fixed steps,
        // so that it does not depend on how fast they are.
        if step % 256 == 0 { try takeLoss() }
    }

    /// The sum of the losses since it was last taken. Waits for the device.
    private func pendingLoss() throws -> Double {
        try session.readVariable(model.lossSum.name).withUnsafeBytes { Double($0.loadUnaligned(as: Float.self)) }
    }

    private func takeLoss() throws {
        epochLoss += try pendingLoss()
        try [0 as Float].withUnsafeBytes { try session.writeVariable(model.lossSum.name, $0) }
    }

    // MARK: Results

    /// The input vectors, in the order of the vocabulary. Waits for the device.
    public func vectors() throws -> WordVectors {
        let values = try session.readVariable(model.input.name).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        return try WordVectors(words: corpus.vocabulary.words, values: values, width: model.dimensions)
    }
}
