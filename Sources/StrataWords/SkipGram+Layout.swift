import StrataBackend

extension SkipGram {
    /// The model of a vocabulary's words. Throws `usage` for settings out of range.
    public init(_ vocabulary: Vocabulary, _ configuration: SkipGramConfiguration = .init()) throws {
        try configuration.check()
        let size = configuration.batchSize ?? SkipGram.batchSize(vocabulary, configuration)
        self.init(
            words: vocabulary.words.count, dimensions: configuration.dimensions, window: configuration.window,
            negatives: configuration.negatives, layout: SkipGram.layout(batchSize: size, window: configuration.window))
    }

    /// Centres in a step.
    var batchSize: Int { layout.blocks * layout.centres }

    /// Blocks of 32 centres, and noise up to a whole number of vectors: at 100 dimensions 1.15 million centres a second
    /// on one thread, as with 16; with 64 it is 0.97, as more of the scores are of words that no window brings
    /// together.
    static func layout(batchSize: Int, window: Int) -> SkipGram.Layout {
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
}
