import StrataBackend
import StrataNN

/// The settings of skip-gram with negative sampling.
public struct SkipGramConfiguration: Sendable, Hashable {
    /// The numbers of a word's vector, from 1 to 10,000.
    public var dimensions: Int
    /// How far apart two words of a pair may stand; each word draws its own reach, from 1 up to this.
    public var window: Int
    /// Noise words for each pair.
    public var negatives: Int
    /// Words that make up more of the text than this are subsampled; 0 keeps all. The paper found around 1e-5 right
    /// for texts of a billion words.
    public var subsample: Double
    /// Passes through the text, from 1 to 1,000,000.
    public var epochs: Int
    /// At the start; it falls linearly to a ten-thousandth.
    public var learningRate: Double
    /// Words of the text that are centres in a step, rounded to whole blocks; `nil` takes `SkipGram.batchSize`.
    public var batchSize: Int?
    /// Of the starting vectors and every draw.
    public var seed: UInt32

    /// The settings of word2vec by default, but for the batch. Nothing is checked here: `check()` throws `usage`.
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

    /// Descent at the learning rate, which falls linearly with the steps.
    var optimizer: Optimizer {
        var optimizer = Optimizer.sgd(Float(learningRate))
        optimizer.schedule = Linear(to: 1e-4)
        return optimizer
    }
}
