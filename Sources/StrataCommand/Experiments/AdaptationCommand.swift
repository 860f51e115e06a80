import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation

extension Experiment {
    struct Adaptation: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What a classifier gains in a domain whose labels it never sees.",
            discussion: """
                For each seed a network learns from the source alone, others with their codes of both domains made alike, linear
                classifiers from examples that are mapped in closed form, and a network from the target's labels. Reported are
                the accuracies of both domains' test examples, and how well a fresh linear classifier tells the domains apart
                by the codes (½ where they are alike), with intervals of 95 % over the seeds. Settings of the networks are
                options too: strata experiment adaptation --data domains:SOURCE,TARGET --network conv.
                """)

        @Option(help: "Two sets of the same classes, domains:SOURCE,TARGET, or a file with a column 'domain'.")
        var data: String

        @Option(
            help: ArgumentHelp(
                "Methods, the first of which gains are over: \(AdaptationExperiment.Method.allCases.map(\.rawValue).joined(separator: ", ")) (default: all that suit the networks)."
            ))
        var methods: String?

        @Option(parsing: .unconditional, help: "How many seeds, from 0.")
        var seeds = 5

        @Option(parsing: .unconditional, help: "Steps of each training, at least.")
        var steps = 3000

        @Option(help: "The folder for what comes out.")
        var out = "experiments/adaptation"

        @OptionGroup var backend: BackendOptions
        @OptionGroup var output: OutputOptions

        @Argument(
            parsing: .allUnrecognized, help: ArgumentHelp("Settings of the networks.", valueName: "--setting value"))
        var settings: [String] = []

        func run() throws {
            Terminal.catchInterrupts()
            try checkCount(seeds, "seeds", limit: 1000)
            try checkCount(steps, "steps", limit: 10_000_000)
            let typed = try ModelSettings.parse(settings)
            let suited = AdaptationExperiment.Method.allCases.filter {
                $0 != .statistics || typed["normalization"] == "batch"
            }
            let experiment = AdaptationExperiment(
                methods: try methods.map { try choices($0, "method") } ?? suited, settings: typed, steps: steps,
                seeds: (0..<UInt32(seeds)).map { $0 })
            let data = try Toolbox.current.load(data)
            for note in data.notes { output.note(note) }
            let device = try backend.make()
            try ExperimentRun(trialsIn: out, output).compare(
                score: "target_accuracy", title: "A domain without labels: \(data.name)"
            ) { report in
                try experiment.run(on: data, backend: device, report: report)
            }
        }
    }
}
