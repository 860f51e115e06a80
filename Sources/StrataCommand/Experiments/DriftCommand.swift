public import ArgumentParser
import StrataBackend
import StrataData
public import StrataEvaluation
import StrataRuns

extension Experiment {
    struct Drift: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What it is worth to go on learning from a stream that changes.",
            discussion: """
                A classifier is started on the first examples of a stream; each batch after them is first predicted and then \
                learned from. It stays frozen, goes on from where it is (warm-started), or does so and begins anew with the \
                latest examples where a detector says that its errors have become more (restarted). Reported are the shares \
                of right predictions, with intervals of 95 % over the seeds, beside the class of the example before \
                (no_change) and the most frequent one (majority). The folder gets outcomes.jsonl, summary.json and \
                accuracy.svg. The stream is the training split, by its column of time where it has one.
                """)

        @Option(help: "sea, rotating:NAME, or any data with labels, as for 'strata train'.")
        var data = "sea"

        @Option(help: "The column that tells the order (default: time, where there is one).")
        var time: String?

        @Option(help: "The classifier, with its settings in quotes.")
        var model = "classifier --hidden 64"

        @Option(help: "Policies, with commas between them.")
        var policies = PrequentialEvaluation.Policy.allCases.map(\.rawValue).joined(separator: ",")

        @Option(help: "What watches the errors: adwin or page-hinkley.")
        var detector = DriftDetectorName.adwin

        @Option(parsing: .unconditional, help: "Examples that are predicted, and learned from, at once.")
        var batch = 100

        @Option(parsing: .unconditional, help: "Steps on each batch.")
        var passes = 1

        @Option(parsing: .unconditional, help: "Examples at the start of the stream that the classifier begins with.")
        var warmup = 1000

        @Option(parsing: .unconditional, help: "The latest examples, which a restart begins with.")
        var window = 1000

        @Option(parsing: .unconditional, help: "Steps of each start.")
        var steps = 500

        @Option(parsing: .unconditional, help: "How many seeds, from 0.")
        var seeds = 3

        @Option(parsing: .unconditional, help: "Examples of the stream at most (default: all).")
        var count: Int?

        @Option(help: "The folder for what comes out.")
        var out = "experiments/drift"

        @OptionGroup var backend: BackendOptions
        @OptionGroup var output: OutputOptions

        /// Points of a line of the figure.
        private static let parts = 50

        func run() throws {
            Terminal.catchInterrupts()
            try checkCount(seeds, "seeds", limit: 1000)
            if let count { try checkCount(count, "count", limit: 100_000_000) }
            let data = try Toolbox.current.load(data)
            let stream = try stream(of: data)
            var evaluation = PrequentialEvaluation(try Contestant(model, parameter: "model", steps: steps))
            (evaluation.detector, evaluation.batch, evaluation.passes) = (detector, batch, passes)
            (evaluation.warmup, evaluation.window) = (warmup, window)
            let experiment = DriftExperiment(
                evaluation, policies: try chosen(), seeds: (0..<UInt32(seeds)).map { $0 })
            let device = try backend.make()
            let baselines = evaluation.baselines(stream.labels?.values ?? [])
            let known = [("no_change", baselines.noChange), ("majority", baselines.majority)]
            let run = try ExperimentRun<DriftExperiment.Outcome>(
                in: out, output,
                fields: { outcome in
                    [
                        "seed": .integer(Int(outcome.seed)), "policy": .string(outcome.policy.rawValue),
                        "accuracy": .number(outcome.course.accuracy),
                        "restarts": .array(outcome.course.restarts.map(JSONValue.integer)),
                        "accuracies": .array(
                            outcome.course.accuracies(parts: Self.parts).map(JSONValue.number)),
                    ]
                },
                line: { outcome in
                    let restarts = outcome.course.restarts.map(String.init).joined(separator: ", ")
                    return
                        "seed \(outcome.seed), \(outcome.policy.rawValue): \(number(outcome.course.accuracy, digits: 4))"
                        + (restarts.isEmpty ? "" : ", restarted after \(restarts)")
                }, summary: { summary($0, known) })
            let outcomes = try run.outcomes(
                also: { try draw($0, known, stream.count, data.name, run.folder) },
                of: { report in
                    try experiment.run(
                        on: stream, name: data.name, backend: device, progress: { _ in !Terminal.isInterrupted },
                        report: report)
                })
            try run.finish(outcomes) { tell(outcomes, known, run.folder) }
        }

        private func stream(of data: DataSet) throws -> DataSplit {
            let hasTime = data.train[ColumnName.time] != nil
            guard time != nil || hasTime || !data.isTestDrawn else {
                throw StrataError(
                    .data,
                    "'\(data.name)' came in one piece, which is shuffled, and has no column 'time'; name the column that"
                        + " tells the order by --time")
            }
            for note in data.notes { output.note(note) }
            let whole = try DriftExperiment.stream(of: data.train, by: time ?? (hasTime ? ColumnName.time : nil))
            guard let count, count < whole.count else { return whole }
            return try whole.subset((0..<Int32(count)).map { $0 })
        }

        private func chosen() throws -> [PrequentialEvaluation.Policy] {
            let words = policies.split(separator: ",").map(String.init)
            guard !words.isEmpty else { throw StrataError(parameter: "policies", policies, "which policies?") }
            return try words.map { word in
                guard let policy = PrequentialEvaluation.Policy(rawValue: word) else {
                    throw StrataError.unknown(
                        "policy", word, among: PrequentialEvaluation.Policy.allCases.map(\.rawValue))
                }
                return policy
            }
        }

        // MARK: What comes out

        /// The policies that there are outcomes of, with these.
        private func byPolicy(
            _ outcomes: [DriftExperiment.Outcome]
        ) -> [(name: String, courses: [PrequentialEvaluation.Course])] {
            PrequentialEvaluation.Policy.allCases.map { policy in
                (policy.rawValue, outcomes.filter { $0.policy == policy }.map(\.course))
            }.filter { !$0.courses.isEmpty }
        }

        private typealias Baselines = [(name: String, course: PrequentialEvaluation.Course)]

        private func summary(_ outcomes: [DriftExperiment.Outcome], _ known: Baselines) -> JSONValue {
            let policies = byPolicy(outcomes).map { name, courses -> JSONValue in
                let restarts = Double(courses.reduce(0) { $0 + $1.restarts.count }) / Double(courses.count)
                let fields: [String: JSONValue] = ["policy": .string(name), "restarts": .number(restarts)]
                return .object(fields.merging(MeanOverSeeds(courses.map(\.accuracy)).fields("accuracy")) { $1 })
            }
            let baselines = known.map { ($0.name, JSONValue.number($0.course.accuracy)) }
            return .object(
                Dictionary(uniqueKeysWithValues: baselines).merging([
                    "model": .string(model), "detector": .string(detector.rawValue),
                    "seeds": .integer(Set(outcomes.map(\.seed)).count), "policies": .array(policies),
                ]) { $1 })
        }

        /// Accuracy along time, means over the seeds.
        private func draw(
            _ outcomes: [DriftExperiment.Outcome], _ known: Baselines, _ count: Int, _ data: String, _ folder: String
        ) throws {
            var chart = LossChart(
                title: "\(data), each batch predicted and then learned", xLabel: "examples", yLabel: "accuracy")
            let step = Double(count - warmup) / Double(min(Self.parts, max(count - warmup, 1)))
            for (name, courses) in byPolicy(outcomes) + known.map({ ($0.name, [$0.course]) }) {
                let parts = courses.map { $0.accuracies(parts: Self.parts) }
                chart.series.append(
                    .init(
                        name,
                        points: (0..<(parts.first?.count ?? 0)).map { part in
                            let mean = parts.reduce(0) { $0 + $1[part] } / Double(parts.count)
                            return (Double(warmup) + (Double(part) + 0.5) * step, mean)
                        }))
            }
            try AtomicFile.write("\(folder)/accuracy.svg", Array(chart.svg.utf8))
        }

        private func tell(_ outcomes: [DriftExperiment.Outcome], _ known: Baselines, _ folder: String) {
            for (name, courses) in byPolicy(outcomes) {
                let restarts = courses.reduce(0) { $0 + $1.restarts.count }
                print(
                    "\(padded(name, 14))\(padded(MeanOverSeeds(courses.map(\.accuracy)).text, 20))"
                        + (restarts > 0 ? "\(restarts) restarts in \(courses.count) courses" : ""))
            }
            for (name, course) in known { print("\(padded(name, 14))\(number(course.accuracy, digits: 4))") }
            output.say("the figure is \(folder)/accuracy.svg")
        }
    }
}

extension DriftDetectorName: ExpressibleByArgument {}
