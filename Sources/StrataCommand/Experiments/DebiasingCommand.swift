import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation
import StrataRuns

extension Experiment {
    struct Debiasing: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What training weighted by the density of the code does to rare groups.",
            discussion: """
                For each seed a model is trained with its debiasing and without, for as many steps. Reported are accuracies \
                on the test examples of each group and of all, and the differences in pairs, with intervals of 95 % over \
                the seeds. The folder gets outcomes.jsonl, summary.json and gains.svg. rare:NAME is a set with a rare group.
                """)

        @Option(help: "A data set with labels and groups, or a file or folder as for 'strata train'.")
        var data = "rare:sprites"

        @Option(help: "The model, with its settings in quotes; it has a setting 'debiasing'.")
        var model = "debiasing-vae"

        @Option(help: "The column of the groups.")
        var group = RareGroup.column

        @Option(parsing: .unconditional, help: "How many seeds, from 0.")
        var seeds = 5

        @Option(parsing: .unconditional, help: "Steps of each training, at least.")
        var steps = 3000

        @Option(help: "The folder for what comes out.")
        var out = "experiments/debiasing"

        @OptionGroup var backend: BackendOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            Terminal.catchInterrupts()
            try checkCount(seeds, "seeds", limit: 1000)
            let data = try Toolbox.current.load(data)
            let experiment = DebiasingExperiment(
                try Contestant(model, parameter: "model", steps: steps), group: group,
                seeds: (0..<UInt32(seeds)).map { $0 })
            let device = try backend.make()
            let run = try ExperimentRun<DebiasingExperiment.Outcome>(
                in: out, output,
                fields: { outcome in
                    [
                        "seed": .integer(Int(outcome.seed)), "group": .string(outcome.group),
                        "examples": .integer(outcome.examples), "plain": .number(outcome.plain),
                        "debiased": .number(outcome.debiased),
                    ]
                },
                line: { outcome in
                    "seed \(outcome.seed), \(outcome.group): \(number(outcome.plain, digits: 4)) plain, "
                        + "\(number(outcome.debiased, digits: 4)) debiased"
                }, summary: summary)
            let outcomes = try run.outcomes(also: { try draw($0, data.name, run.folder) }) {
                try experiment.run(on: data, backend: device, report: $0)
            }
            try run.finish(outcomes) { tell(DebiasingExperiment.summaries(of: outcomes)) }
        }

        private func summary(_ outcomes: [DebiasingExperiment.Outcome]) -> JSONValue {
            .object([
                "model": .string(model), "seeds": .integer(Set(outcomes.map(\.seed)).count),
                "groups": .array(
                    DebiasingExperiment.summaries(of: outcomes).map { summary in
                        let means = [
                            summary.plain.fields("plain"), summary.debiased.fields("debiased"),
                            summary.gain.fields("gain"),
                        ]
                        return .object(
                            means.reduce(into: ["group": .string(summary.group)]) { all, own in
                                all.merge(own) { $1 }
                            })
                    }),
            ])
        }

        private func draw(_ outcomes: [DebiasingExperiment.Outcome], _ data: String, _ folder: String) throws {
            let plot = IntervalPlot(
                title: "Gain of debiasing: \(data)", label: "difference of accuracies",
                rows: DebiasingExperiment.summaries(of: outcomes).map { summary in
                    let (mean, margin) = (summary.gain.value, summary.gain.margin ?? 0)
                    return .init(summary.group, mean, mean - margin...mean + margin)
                }, reference: 0)
            try AtomicFile.write("\(folder)/gains.svg", Array(plot.svg.utf8))
        }

        private func tell(_ summaries: [DebiasingExperiment.Summary]) {
            let width = max(summaries.map(\.group.count).max() ?? 0, 5)
            print("\(padded("group", width))  \(padded("plain", 20))\(padded("debiased", 20))gain")
            for summary in summaries {
                print(
                    padded(summary.group, width) + "  " + padded(summary.plain.text, 20)
                        + padded(summary.debiased.text, 20) + summary.gain.text)
            }
        }
    }
}
