import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation
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
                try models.map { ($0, try Contestant($0, parameter: "models", steps: steps)) },
                seeds: (0..<UInt32(seeds)).map { $0 }, heldOut: heldOut)
            let data = try classes.describe(Toolbox.current.load(data))
            let device = try backend.make()
            let unseen = data.attributes?.unseen.count ?? 1
            let run = try ExperimentRun<ZeroShotExperiment.Outcome>(
                in: out, output,
                fields: { outcome in
                    var fields: [String: JSONValue] = [
                        "seed": .integer(Int(outcome.seed)), "model": .string(outcome.model),
                    ]
                    for (name, value) in ZeroShotExperiment.fields(of: outcome) {
                        fields[name] = value.isFinite ? .number(value) : .null
                    }
                    return fields
                },
                line: { outcome in
                    "seed \(outcome.seed), \(outcome.model): unseen \(number(outcome.zeroShot, digits: 4)), "
                        + "H \(number(outcome.plain.harmonicMean, digits: 4)), "
                        + "calibrated \(number(outcome.calibrated.harmonicMean, digits: 4))"
                },
                summary: { outcomes in
                    .object([
                        "chance": .number(1 / Double(max(unseen, 1))),
                        "summary": .array(ZeroShotExperiment.summaries(of: outcomes).map(json)),
                    ])
                })
            let outcomes = try run.outcomes { try experiment.run(on: data, backend: device, report: $0) }
            try run.finish(outcomes) {
                tell(ZeroShotExperiment.summaries(of: outcomes))
                output.say("chance among \(unseen) unseen classes: \(number(1 / Double(max(unseen, 1)), digits: 4))")
            }
        }

        private func json(_ summary: ZeroShotExperiment.Summary) -> JSONValue {
            var fields: [String: JSONValue] = ["model": .string(summary.model)]
            for measure in summary.means {
                fields.merge(measure.mean.fields(measure.name)) { $1 }
            }
            return .object(fields)
        }

        private func tell(_ summaries: [ZeroShotExperiment.Summary]) {
            for summary in summaries {
                output.say(summary.model)
                for measure in summary.means { output.say("  \(padded(measure.name, 26))  \(measure.mean.text)") }
            }
        }
    }
}
