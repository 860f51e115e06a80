import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation
import StrataNN
import StrataRuns

extension Experiment {
    struct MultiTask: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "multitask", abstract: "What tasks gain by being learned together.",
            discussion: """
                For each seed a network of all heads is trained, and one for each head alone, for as many steps. Reported
                are what each task comes to on the test examples, both ways, and the differences in pairs, more for better,
                with intervals of 95 % over the seeds. The folder gets outcomes.jsonl and summary.json. Settings of
                multitask are options too: strata experiment multitask --heads label,size:regression --data sprites.
                """)

        @Option(help: "A data set, or a file or folder as for 'strata train'.")
        var data = "fashion-mnist"

        @Option(parsing: .unconditional, help: "How many seeds, from 0.")
        var seeds = 5

        @Option(parsing: .unconditional, help: "Steps of each training, at least.")
        var steps = 1000

        @Option(help: "The folder for what comes out.")
        var out = "experiments/multitask"

        @OptionGroup var backend: BackendOptions
        @OptionGroup var output: OutputOptions

        @Argument(parsing: .allUnrecognized, help: ArgumentHelp("Settings of multitask.", valueName: "--setting value"))
        var settings: [String] = []

        func run() throws {
            Terminal.catchInterrupts()
            try checkCount(seeds, "seeds", limit: 1000)
            let description = try Toolbox.current.zoo["multitask"]
            let typed = try ModelSettings.parse(settings)
            if let stray = typed.keys.sorted().first(where: { name in
                !description.hyperparameters.contains { $0.name == name }
            }) {
                throw Suggestion.unknown(
                    "--\(stray)",
                    among: description.hyperparameters.map { "--\($0.name)" } + Suggestion.options(of: Self.self))
            }
            let data = try Toolbox.current.load(data)
            let experiment = MultiTaskExperiment(
                Contestant(description, try Hyperparameters(description.hyperparameters, typed), steps: steps),
                seeds: (0..<UInt32(seeds)).map { $0 })
            let device = try backend.make()
            let run = try ExperimentRun<MultiTaskExperiment.Outcome>(
                in: out, output,
                fields: { outcome in
                    [
                        "seed": .integer(Int(outcome.seed)), "task": .string(outcome.task),
                        "metric": .string(outcome.metric), "together": .number(outcome.together),
                        "alone": .number(outcome.alone), "gain": .number(outcome.gain),
                    ]
                },
                line: { outcome in
                    "seed \(outcome.seed), \(outcome.metric): \(number(outcome.together, digits: 4)) together, "
                        + "\(number(outcome.alone, digits: 4)) alone"
                }, summary: { .array(MultiTaskExperiment.summaries(of: $0).map(json)) })
            let outcomes = try run.outcomes { try experiment.run(on: data, backend: device, report: $0) }
            try run.finish(outcomes) { tell(MultiTaskExperiment.summaries(of: outcomes)) }
        }

        private func json(_ summary: MultiTaskExperiment.Summary) -> JSONValue {
            var fields: [String: JSONValue] = ["task": .string(summary.task), "metric": .string(summary.metric)]
            for (name, mean) in [("together", summary.together), ("alone", summary.alone), ("gain", summary.gain)] {
                fields.merge(mean.fields(name)) { $1 }
            }
            return .object(fields)
        }

        private func tell(_ summaries: [MultiTaskExperiment.Summary]) {
            let width = max(summaries.map(\.metric.count).max() ?? 0, 4)
            output.say("\(padded("", width))  \(padded("together", 20))\(padded("alone", 20))gain")
            for summary in summaries {
                output.say(
                    "\(padded(summary.metric, width))  \(padded(summary.together.text, 20))"
                        + "\(padded(summary.alone.text, 20))\(summary.gain.text)")
            }
        }
    }
}
