import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation
import StrataNN

extension Experiment {
    struct Transfer: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What layers that have learned one task are worth for another one, by the number of labels.",
            discussion: """
                For each seed a model learns the source. A classifier of the target then begins at random, or with its layers:
                as they are, learning on, or learning on from the last to the first. Reported are the accuracies of the
                target's test examples with intervals of 95 % over the seeds. Settings of the networks are options too:
                strata experiment transfer --source classes:0-4:fashion-mnist --data classes:5-9:fashion-mnist --network conv.
                """)

        @Option(help: "The data of the source.")
        var source = "classes:0-4:fashion-mnist"

        @Option(help: "The data of the target, with labels.")
        var data = "classes:5-9:fashion-mnist"

        @Option(help: "The model that learns the source: a classifier, an autoencoder or any with such layers.")
        var model = "classifier"

        @Option(
            help: ArgumentHelp(
                "Methods, the first of which gains are over: \(TransferExperiment.Method.allCases.map(\.rawValue).joined(separator: ", ")) (default: all)."
            ))
        var methods: String?

        @Option(help: "Numbers of examples of the target whose labels may be used.")
        var labels = "20,100,1000"

        @Option(parsing: .unconditional, help: "How many seeds, from 0.")
        var seeds = 5

        @Option(parsing: .unconditional, help: "Steps of each training, at least.")
        var steps = 1000

        @Option(help: "The folder for what comes out.")
        var out = "experiments/transfer"

        @OptionGroup var backend: BackendOptions
        @OptionGroup var output: OutputOptions

        @Argument(
            parsing: .allUnrecognized, help: ArgumentHelp("Settings of the networks.", valueName: "--setting value"))
        var settings: [String] = []

        func run() throws {
            Terminal.catchInterrupts()
            try checkCount(seeds, "seeds", limit: 1000)
            let typed = try ModelSettings.parse(settings)
            func contestant(_ name: String) throws -> Contestant {
                let description = try Toolbox.current.zoo[name]
                return Contestant(description, try Hyperparameters(description.hyperparameters, typed), steps: steps)
            }
            let (sourceData, data) = (try Toolbox.current.load(source), try Toolbox.current.load(data))
            let experiment = TransferExperiment(
                source: try contestant(model), target: try contestant("classifier"),
                methods: try methods.map { try choices($0, "method") } ?? TransferExperiment.Method.allCases,
                labels: try counts(labels, "labels", limit: data.train.count).sorted(),
                seeds: (0..<UInt32(seeds)).map { $0 })
            let device = try backend.make()
            try ExperimentRun(trialsIn: out, output).compare(
                score: "accuracy", title: "From \(sourceData.name) to \(data.name)"
            ) { report in
                try experiment.run(from: sourceData, to: data, backend: device, report: report)
            }
        }
    }
}
