import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation
import StrataNN
import StrataRuns

extension Experiment {
    struct ZeroShot: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "zero-shot", abstract: "How models do on classes that they have no examples of.",
            discussion: """
                For each seed the linear ESZSL and the models are trained twice: without a part of the seen classes, on
                which the bias against seen classes is chosen, and with all of them. Reported are accuracies on the test
                split, means over classes: of unseen classes among themselves, of seen (S) and unseen ones (U) among all
                with their harmonic mean (H), by scores as they are and with the bias, and the area under S over U; with
                intervals of 95 % over the seeds. The folder gets outcomes.jsonl and summary.json. Ctrl-C ends it with
                what there is.
                """)

        @Argument(help: "Models, with their settings in quotes: \"visual-semantic --network conv\".")
        var models: [String] = ["visual-semantic"]

        @Option(help: "A data set with unseen classes, or a file or folder as for 'strata train'.")
        var data = "glyphs"

        @OptionGroup(title: "Classes") var classes: ClassOptions

        @Option(parsing: .unconditional, help: "How many seeds, from 0.")
        var seeds = 3

        @Option(parsing: .unconditional, help: "Steps of each training, at least.")
        var steps = 2000

        @Option(parsing: .unconditional, help: "Share of the seen classes that the bias is chosen on.")
        var heldOut = 0.2

        @Option(help: "The folder for what comes out.")
        var out = "experiments/zero-shot"

        @OptionGroup var backend: BackendOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            Terminal.catchInterrupts()
            try checkCount(seeds, "seeds", limit: 1000)
            let experiment = ZeroShotExperiment(
                try models.map { ($0, try contestant($0)) }, seeds: (0..<UInt32(seeds)).map { $0 }, heldOut: heldOut)
            let data = try classes.describe(Toolbox.current.load(data))
            let device = try backend.make()
            let folder = try RunFolder(creating: out, replacing: true).path
            var outcomes: [ZeroShotExperiment.Outcome] = []
            try experiment.run(on: data, backend: device) { outcome in
                outcomes.append(outcome)
                output.note(
                    "seed \(outcome.seed), \(outcome.model): unseen \(number(outcome.zeroShot, digits: 4)), "
                        + "H \(number(outcome.plain.harmonicMean, digits: 4)), "
                        + "calibrated \(number(outcome.calibrated.harmonicMean, digits: 4))")
                try write(outcomes, folder)
                return !Terminal.isInterrupted
            }
            try tell(ZeroShotExperiment.summaries(of: outcomes), folder, unseen: data.attributes?.unseen.count ?? 1)
            if Terminal.isInterrupted { throw ExitCode(130) }
        }

        private func contestant(_ text: String) throws -> Contestant {
            let words = text.split(separator: " ").map(String.init)
            guard let name = words.first else { throw StrataError(parameter: "models", text, "which model?") }
            let description = try Toolbox.current.zoo[name]
            var typed = try ModelSettings.parse(Array(words.dropFirst()))
            let runs = try ModelSettings.networks(of: description, &typed)
            return .init(
                description, try Hyperparameters(description.hyperparameters, typed), steps: steps,
                upon: try runs.reduce(into: [:]) { $0[$1.key] = try $1.value.network(scope: $1.key) })
        }

        private func write(_ outcomes: [ZeroShotExperiment.Outcome], _ folder: String) throws {
            let lines = try outcomes.map { outcome in
                var fields: [String: JSONValue] = [
                    "seed": .integer(Int(outcome.seed)), "model": .string(outcome.model),
                ]
                for (name, value) in ZeroShotExperiment.fields(of: outcome) {
                    fields[name] = value.isFinite ? .number(value) : .null
                }
                return try JSONValue.object(fields).line + "\n"
            }
            try AtomicFile.write("\(folder)/outcomes.jsonl", Array(lines.joined().utf8))
            let summary = JSONValue.array(ZeroShotExperiment.summaries(of: outcomes).map(json))
            try AtomicFile.write("\(folder)/summary.json", Array((summary.pretty + "\n").utf8))
        }

        private func json(_ summary: ZeroShotExperiment.Summary) -> JSONValue {
            var fields: [String: JSONValue] = ["model": .string(summary.model)]
            for measure in summary.means {
                fields[measure.name] = .number(measure.mean.value)
                fields["\(measure.name)_margin"] = measure.mean.margin.map(JSONValue.number) ?? .null
            }
            return .object(fields)
        }

        private func tell(_ summaries: [ZeroShotExperiment.Summary], _ folder: String, unseen: Int) throws {
            guard !output.json else {
                let fields: [String: JSONValue] = [
                    "out": .string(folder), "chance": .number(1 / Double(unseen)),
                    "summary": .array(summaries.map(json)),
                ]
                return print(try JSONValue.object(fields).line)
            }
            for summary in summaries {
                output.say(summary.model)
                for measure in summary.means {
                    let margin = measure.mean.margin.map { " ± \(number($0, digits: 4))" } ?? ""
                    output.say("  \(padded(measure.name, 26))  \(number(measure.mean.value, digits: 4))\(margin)")
                }
            }
            output.say("chance among \(unseen) unseen classes: \(number(1 / Double(unseen), digits: 4))")
            output.note("all seeds are in \(folder)/outcomes.jsonl")
        }
    }
}
