import ArgumentParser
import StrataBackend
import StrataCompiler
import StrataData
import StrataFiles
import StrataRuns
import StrataTraining
import StrataWords

struct Words: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Learn word vectors from a text: skip-gram with negative sampling.",
        discussion: """
            The text is UTF-8 or UTF-16, plain or gzip; a line is a sentence. Words are what whitespace separates, in lower case
            and without what stands before their first letter or digit and after their last; --verbatim takes them as
            they are. Ctrl-C finishes the step and writes the vectors as they are by then. 'strata analogy' reads the
            result.
            """)

    @Argument(help: ArgumentHelp("The text.", valueName: "corpus"))
    var corpus: String

    @Option(help: "The file of word vectors (default: vectors.txt, or vectors.bin with --binary).")
    var out: String?

    @Option(parsing: .unconditional, help: "Numbers in a vector.")
    var dimensions = 100

    @Option(parsing: .unconditional, help: "How far apart two words of a pair may stand; each word draws its own.")
    var window = 5

    @Option(parsing: .unconditional, help: "Noise words for each pair.")
    var negatives = 5

    @Option(parsing: .unconditional, help: "Words that come less often are left out.")
    var minimumCount = 5

    @Option(parsing: .unconditional, help: "Words that are more of the text than this are subsampled; 0 keeps all.")
    var subsample = 1e-3

    @Option(parsing: .unconditional, help: "Passes through the text.")
    var epochs = 5

    @Option(parsing: .unconditional, help: "Learning rate at the start; it falls to nearly 0.")
    var learningRate = 0.025

    @Option(parsing: .unconditional, help: "Words of the text in a step (default: by the vocabulary, at most 128).")
    var batchSize: Int?

    @Option(parsing: .unconditional, help: "Seed of the vectors and every draw.")
    var seed = 0

    @Flag(help: "Take words as whitespace separates them, with their case and punctuation.")
    var verbatim = false

    @Flag(help: "Write word2vec's binary format instead of its text format.")
    var binary = false

    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        Terminal.catchInterrupts()
        let seed = try checkedSeed(seed)
        try checkCount(minimumCount, "minimumCount", limit: 1_000_000_000)
        let configuration = SkipGramConfiguration(
            dimensions: dimensions, window: window, negatives: negatives, subsample: subsample, epochs: epochs,
            learningRate: learningRate, batchSize: batchSize, seed: seed)
        try configuration.check()
        let path = out ?? (binary ? "vectors.bin" : "vectors.txt")
        guard path != corpus else { throw StrataError(parameter: "out", path, "is the text itself") }
        try AtomicFile.check(path)
        let session = Session(backend: try backend.make(), seed: seed)

        let text = try Corpus(
            path: corpus, splitting: verbatim ? .verbatim : .lowercased, minimumCount: minimumCount, codecs: .system)
        for note in text.notes { output.note(note) }
        output.note("\(text.words.count) words, \(text.vocabulary.words.count) different ones, are in \(corpus)")
        if Terminal.isInterrupted { throw ExitCode(130) }
        let trainer = try Trainer(text, session: session, configuration: configuration)
        let clock = ContinuousClock(), start = clock.now
        guard let loss = try train(trainer) else { throw ExitCode(130) }
        let seconds = start.duration(to: clock.now) / .seconds(1)
        try trainer.vectors(of: text).write(path, as: binary ? .binary : .text)
        if !trainer.isFinished { output.note("interrupted in epoch \(trainer.epoch + 1) of \(epochs)") }
        try report(text, trainer, loss: loss, seconds: seconds, path)
        if !trainer.isFinished { throw ExitCode(130) }
    }

    /// The loss in the last epoch; `nil` where nothing was done.
    private func train(_ trainer: Trainer) throws -> MetricValue? {
        var bar = ProgressBar(epochs: epochs, isQuiet: output.quiet)
        defer { bar.finishLine() }
        var loss: MetricValue?
        while !Terminal.isInterrupted, let event = try trainer.nextEvent() {
            switch event {
            case .progress(let progress):
                bar.show(progress, batchSize: trainer.configuration.batchSize)
                loss = progress.metrics.first
            case .epoch(let report):
                bar.show(report)
                loss = report.train.first
            }
        }
        return loss
    }

    private func report(_ text: Corpus, _ trainer: Trainer, loss: MetricValue, seconds: Double, _ path: String) throws {
        guard output.json else {
            return output.say("\(text.vocabulary.words.count) vectors of \(dimensions) numbers are in \(path)")
        }
        let steps = Double(trainer.step) / Double(max(trainer.stepCount, 1))
        let fields: [String: JSONValue] = [
            "words": .integer(text.vocabulary.words.count), "tokens": .integer(text.words.count),
            "loss": .number(Double(loss.value)), "seconds": .number(seconds),
            "words_per_second": .number(steps * Double(epochs * text.words.count) / max(seconds, 1e-9)),
            "out": .string(path),
        ]
        print(try JSONValue.object(fields).line)
    }
}
