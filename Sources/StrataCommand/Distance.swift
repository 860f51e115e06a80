import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation
import StrataRuns
import StrataTraining

struct Distance: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell how far samples are from real examples.",
        discussion: """
            REAL and SAMPLES are each a run, whose model is sampled, or data, whose test split is taken where they
            come with one. Gray images of 28 × 28 are compared by the features of a network that comes with the
            program, all else by its own numbers, or both by the codes of another run with --features: Fréchet
            distance (Heusel et al. 2017), kernel distance (Bińkowski et al. 2018), precision and recall
            (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020), each with neighbourhoods of 5, and F
            scores of precision and recall as distributions (Sajjadi et al. 2018). Where REAL is data whose modes are
            known, such as ring and grid, also by their modes (Lin et al. 2018). Values compare only where features
            and counts are the same.
            """)

    @Argument(help: "What is real: a data set, a file, or a run.")
    var real: String

    @Argument(help: "What is compared with it.")
    var samples: String

    @Option(
        help: ArgumentHelp(
            "What to compare by: the codes of a run, or values for the examples' own numbers (default: the network's"
                + " features of gray images of 28 × 28, else values).", valueName: "run"))
    var features: String?

    @Option(help: "The weights of runs that are sampled: last, ema or best.")
    var weights = Run.Weights.last

    @Option(parsing: .unconditional, help: "How many of each, at most.")
    var count = 5000

    @Option(parsing: .unconditional, help: "Seed of the draws.")
    var seed = 0

    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    @OptionGroup var sampling: SamplingOptions

    func run() throws {
        try checkCount(count, "count", limit: 50_000)
        let seed = try checkedSeed(seed)
        let backend = try backend.make()
        let sets = [
            try load(real, nil, seed, backend), try load(samples, sampling, seed, backend),
        ]
        let known = try known(of: sets[0], on: backend)
        let codes = try sets.map { try known.codes($0.values, width: $0.shape.product) }
        let modes = features == nil ? sets[0].modes : nil
        let measures =
            try SampleMeasures.all(real: codes[0], samples: codes[1], seed: seed, backend: backend)
            + (modes.map { try ModeCoverage(codes[1], $0).measures } ?? [])
        try tell(measures, codes, known)
    }

    /// Examples, and the modes of data that know theirs.
    private typealias Set = (values: [Float], shape: [Int], modes: GaussianModes?)

    /// What was asked for, or else what suits the examples.
    private func known(of real: Set, on backend: any Backend) throws -> Features {
        switch features {
        case nil: try .standard(for: real.shape, real.values, on: backend)
        case "values": .values
        case let run?: Features(of: try Toolbox.current.open(run).predictor(on: backend), named: "the codes of \(run)")
        }
    }

    /// Examples of a run, with settings of its own or else those of its training, or of data.
    private func load(
        _ name: String, _ settings: SamplingOptions?, _ seed: UInt32, _ backend: any Backend
    ) throws -> Set {
        if RunFolder.isRun(name) {
            let opened = try Toolbox.current.open(name)
            let run = try settings?.apply(to: opened, in: Distance.self) ?? opened
            let predictor = try run.predictor(on: backend, weights: weights)
            return (try predictor.sample(count, seed: seed), run.configuration.exampleShape, nil)
        }
        if let word = settings?.settings.first {
            throw StrataError(.usage, "\(word): '\(name)' is no run, whose sampling could be set")
        }
        let data = try Toolbox.current.load(name)
        // Examples in one piece are compared whole.
        for note in data.notes where !data.isTestDrawn { output.note(note) }
        let splits = data.isTestDrawn ? [data.train, data.test] : [data.test.count > 0 ? data.test : data.train]
        var values: [Float] = []
        for split in splits {
            let drawn = try split.drawn(count - values.count / split.exampleShape.product, seed: seed)
            values += try drawn.values(0..<drawn.count)
        }
        return (values, data.train.exampleShape.extents, data.modes)
    }

    private func tell(_ measures: [SampleMeasures.Measure], _ sets: [Codes], _ known: Features) throws {
        guard output.json else {
            output.say("\(sets[0].count) and \(sets[1].count) examples by \(known.name)")
            let width = measures.map(\.name.count).max() ?? 0
            for measure in measures {
                let error = measure.standardError.map { " ± \(number(1.96 * $0, digits: 4))" } ?? ""
                print("  \(padded(measure.name, width))  \(number(measure.value, digits: 4))\(error)")
            }
            return
        }
        var fields: [String: JSONValue] = [
            "real": .string(real), "samples": .string(samples),
            "features": .string(known.name), "width": .integer(sets[0].width),
            "real_count": .integer(sets[0].count), "sample_count": .integer(sets[1].count),
        ]
        for measure in measures {
            fields[measure.name] = .number(measure.value)
            fields["\(measure.name)_error"] = measure.standardError.map(JSONValue.number)
        }
        print(try JSONValue.object(fields).line)
    }
}
