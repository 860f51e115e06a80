import StrataBackend
public import StrataCompiler
public import StrataTraining

extension Trainer {
    /// A training of word vectors on a corpus, by skip-gram with negative sampling.
    ///
    /// ```
    /// let corpus = try Corpus(path: "text.txt")
    /// let session = Session(backend: backend, seed: 1)
    /// let trainer = try Trainer(corpus, session: session)
    /// for try await event in trainer.events { … }
    /// try trainer.vectors(of: corpus).write("vectors.txt", as: .text)
    /// ```
    ///
    /// The vectors are a function of the corpus, the configuration and the backend, bit for bit, whatever its threads.
    ///
    /// Throws `usage` for settings out of range. The session's seed starts the vectors: give it the configuration's.
    public convenience init(
        _ corpus: Corpus, session: Session, configuration: SkipGramConfiguration = .init()
    ) throws {
        let model = try SkipGram(corpus.vocabulary, configuration)
        try self.init(
            model: model, optimizer: configuration.optimizer, source: SkipGramSource(corpus, model, configuration),
            session: session,
            configuration: TrainingConfiguration(
                epochs: configuration.epochs, batchSize: model.batchSize, seed: configuration.seed, isShuffled: false))
    }

    /// The vectors of a corpus' words, in the order of its vocabulary. Waits for the device.
    ///
    /// Throws `unsupported` where the training is not one of word vectors.
    public func vectors(of corpus: Corpus) throws -> WordVectors {
        guard let model = model as? SkipGram else {
            throw StrataError(.unsupported, "this model has no vectors of words")
        }
        return try model.vectors(of: corpus.vocabulary, in: session)
    }
}
