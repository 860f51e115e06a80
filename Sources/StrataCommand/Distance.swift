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
            come with one. They are compared by their own numbers or, with --features, by the codes that another run
            gives them: Fréchet distance (Heusel et al. 2017), kernel distance (Bińkowski et al. 2018), precision and
            recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020), each with neighbourhoods of
            5, and F scores of precision and recall as distributions (Sajjadi et al. 2018). Where REAL is data whose
            modes are known, such as ring and grid, also by their modes (Lin et al. 2018). Values compare only where features
            and counts are the same.
            """)

    @Argument(help: "What is real: a data set, a file, or a run.")
    var real: String

    @Argument(help: "What is compared with it.")
    var samples: String

    @Option(help: "A run whose codes are the features (default: the examples' own numbers).")
    var features: String?

    @Option(help: "The weights of runs that are sampled: last, ema or best.")
    var weights = Run.Weights.last

    @Option(parsing: .unconditional, help: "How many of each, at most.")
    var count = 5000

    @Option(parsing: .unconditional, help: "Seed of the draws.")
    var seed = 0

    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try checkCount(count, "count", limit: 50_000)
        let seed = try checkedSeed(seed)
        let backend = try backend.make()
        let encoder = try features.map { try Toolbox.current.open($0).predictor(on: backend) }
        var modes: GaussianModes?
        let sets = try [real, samples].map { name -> Codes in
            let (values, width, known) = try load(name, seed, backend)
            guard let encoder else {
                if name == real { modes = known }
                return try Codes(values, width: width)
            }
            guard encoder.features == width else {
                throw StrataError(
                    parameter: "features", features ?? "",
                    "its model encodes examples of \(encoder.features) numbers, and those of '\(name)' have \(width)")
            }
            let (codes, size) = try encoder.encode(values)
            return try Codes(codes, width: size)
        }
        let measures =
            try SampleMeasures.all(real: sets[0], samples: sets[1], seed: seed, backend: backend)
            + (modes.map { try ModeCoverage(sets[1], $0).measures } ?? [])
        try tell(measures, sets)
    }

    /// Examples [count, width] of a run or of data, and the modes of data that know theirs.
    private func load(
        _ name: String, _ seed: UInt32, _ backend: any Backend
    ) throws -> (values: [Float], width: Int, modes: GaussianModes?) {
        if RunFolder.isRun(name) {
            let run = try Toolbox.current.open(name)
            let predictor = try run.predictor(on: backend, weights: weights)
            return (try predictor.sample(count, seed: seed), predictor.features, nil)
        }
        let data = try Toolbox.current.load(name)
        // Examples in one piece are compared whole.
        for note in data.notes where !data.isTestDrawn { output.note(note) }
        let splits = data.isTestDrawn ? [data.train, data.test] : [data.test.count > 0 ? data.test : data.train]
        var values: [Float] = []
        let width = data.train.exampleShape.elementCount
        for split in splits { values += try split.values(0..<min(count - values.count / width, split.count)) }
        return (values, width, data.modes)
    }

    private func tell(_ measures: [SampleMeasures.Measure], _ sets: [Codes]) throws {
        guard output.json else {
            output.say("\(sets[0].count) and \(sets[1].count) features of \(sets[0].width) numbers")
            let width = measures.map(\.name.count).max() ?? 0
            for measure in measures {
                let deviation = measure.deviation.map { " ± \(number($0, digits: 4)) over subsets" } ?? ""
                print("  \(padded(measure.name, width))  \(number(measure.value, digits: 4))\(deviation)")
            }
            return
        }
        var fields: [String: JSONValue] = [
            "real": .string(real), "samples": .string(samples),
            "features": features.map(JSONValue.string) ?? .null, "width": .integer(sets[0].width),
            "real_count": .integer(sets[0].count), "sample_count": .integer(sets[1].count),
        ]
        for measure in measures {
            fields[measure.name] = .number(measure.value)
            if let deviation = measure.deviation { fields["\(measure.name)_deviation"] = .number(deviation) }
        }
        print(try JSONValue.object(fields).line)
    }
}
