import ArgumentParser
import StrataBackend
import StrataData
import StrataFiles
import StrataModels
import StrataRuns
import StrataTraining

struct Sample: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw new examples from a trained model.",
        discussion: """
            With --keep, half of each of the first test images is held and the other half is sampled; rows of
            originals have the row of their completions beneath. --keep is for Boltzmann machines, --class for models that
            were trained with the classes. Settings that count in sampling alone can be given anew: strata sample
            runs/flow --integration-steps 100 --integrator runge-kutta.
            """)

    @OptionGroup var options: RunOptions

    @Option(parsing: .unconditional, help: "How many (default: 64; 32 with --keep).")
    var count: Int?

    @Option(parsing: .unconditional, help: "Seed of the draws.")
    var seed = 0

    @Option(name: .customLong("class"), parsing: .unconditional, help: "The class of all, by its name or number.")
    var className: String?

    @Option(help: "Hold a half of each of the first test images: top, bottom, left or right.")
    var keep: String?

    @Option(
        help: ArgumentHelp(
            "The data whose images --keep completes; else where the data of training are now, for a model that draws codes"
                + " like theirs (default: those of the run)."))
    var data: String?

    @Option(
        help: ArgumentHelp(
            "A .png image of all, a .npy or .csv file of numbers, - for standard output, a .mid file of tunes, or a .txt file of text (default: samples.png in the run"
                + " folder, or samples.npy; completions.png with --keep)."))
    var out: String?

    @OptionGroup var sampling: SamplingOptions

    func run() throws {
        let wanted = count ?? (keep == nil ? 64 : 32)
        try checkCount(wanted, "count")
        let seed = try checkedSeed(seed)
        let half = try keep.map { name in
            guard let half = ImageHalf(rawValue: name) else {
                throw StrataError.unknown("half", name, among: ImageHalf.allCases.map(\.rawValue))
            }
            return half
        }
        try options.checkOutput(out)
        let run = try options.open { try sampling.apply(to: $0, in: Sample.self) }
        let label = try className.map { try classNumber($0, run) }
        if let half { return try complete(half, wanted, label, run, seed) }

        var progress = ProgressBar(isQuiet: options.output.quiet)
        let tell: (Int) -> Void = { progress.show("samples", $0, of: wanted) }
        let samples =
            try label.map { try run.predictor.sample(wanted, seed: seed, given: .init(label: $0), progress: tell) }
            ?? run.predictor.sample(wanted, seed: seed, codesLike: codes(run), progress: tell)
        progress.finishLine()
        let vocabulary = run.configuration.facts?.vocabulary
        let file = try ExampleFile.write(
            samples, shape: run.configuration.exampleShape,
            to: out
                ?? ExampleFile.path(
                    "samples", in: run.folder, shape: run.configuration.exampleShape, vocabulary: vocabulary),
            columns: nil, vocabulary: vocabulary, codecs: .system)
        try options.report(file, ["count": .integer(wanted)], "\(wanted) samples are in \(file)")
    }

    /// Training examples, for a model that has no distribution of its own and draws codes like theirs.
    private func codes(_ run: OpenRun) throws -> [Float] {
        let model = run.predictor.model
        guard !(model is any SamplingModel), model is any EncodingModel else {
            if let data {
                throw StrataError(parameter: "data", data, "\(run.configuration.model) draws samples without any data")
            }
            return []
        }
        let train = try run.run.sameData(at: data).train
        return try train.values(0..<min(2000, train.count))
    }

    /// The number of a class that a model with a label can sample.
    private func classNumber(_ text: String, _ run: OpenRun) throws -> Int {
        let classes = (run.predictor.model as? any ClampedSamplingModel)?.labelClasses ?? 0
        guard classes > 0 else {
            throw StrataError(.unsupported, "--class \(text): this model cannot sample a class: it was trained without")
        }
        // Runs of the first format do not say.
        let known = run.configuration.facts == nil ? try run.run.data().classNames : run.configuration.facts?.classNames
        let names = known.flatMap { $0.count == classes ? $0 : nil } ?? (0..<classes).map(String.init)
        if let number = names.firstIndex(of: text) { return number }
        if let number = Int(text), names.indices.contains(number) { return number }
        throw StrataError.unknown("class", text, among: names)
    }

    private func complete(_ half: ImageHalf, _ wanted: Int, _ label: Int?, _ run: OpenRun, _ seed: UInt32) throws {
        let shape = run.configuration.exampleShape
        guard RunImages.canDraw(shape) else {
            throw StrataError(.unsupported, "--keep \(half.rawValue): examples of \(Shape(shape)) are no images")
        }
        guard (run.predictor.model as? any ClampedSamplingModel)?.holdsUnits == true else {
            throw StrataError(
                .unsupported, "--keep \(half.rawValue): \(run.configuration.model) cannot sample with units held")
        }
        let data = try options.data(run, data, drawsTest: data == nil)
        let test = data.test.count > 0 ? data.test : data.train
        let count = min(wanted, test.count)
        let originals = try test.values(0..<count)
        let mask = Array(repeatElement(try half.mask(shape), count: count).joined())
        let completions = try run.predictor.sample(
            count, seed: seed, given: .init(values: originals, mask: mask, label: label))
        let path = out ?? "\(run.folder)/completions.png"
        let file = try ExampleFile.write(
            ExampleFile.holdsNumbers(path)
                ? completions
                : RunImages.interleaved([originals, completions], width: run.predictor.features, columns: 8),
            shape: shape, to: path, columns: 8, codecs: .system)
        try options.report(file, ["count": .integer(count)], "\(count) images and their completions are in \(file)")
    }
}
