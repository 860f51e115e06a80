import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation

extension Experiment {
    struct SemiSupervised: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "semi-supervised",
            abstract: "What examples without labels are worth to a classifier, by the number of labels.",
            discussion: """
                For each seed and number of labels a network learns from the labels alone, and others from all examples besides.
                Reported are the accuracies of the test examples with intervals of 95 % over the seeds.
                """)

        @Option(help: "A data set with labels, or a file or folder as for 'strata train'.")
        var data = "fashion-mnist"

        @Option(
            help: ArgumentHelp(
                "Methods, the first of which gains are over: \(SemiSupervisedExperiment.Method.allCases.map(\.rawValue).joined(separator: ", ")) (default: all)."
            ))
        var methods: String?

        @Option(help: "Numbers of training examples whose labels may be used.")
        var labels = "100,1000"

        @Option(parsing: .unconditional, help: "How many seeds, from 0.")
        var seeds = 5

        @Option(parsing: .unconditional, help: "Units of each of the two hidden layers.")
        var width = 500

        @Option(parsing: .unconditional, help: "Steps of each training, at least.")
        var steps = 3000

        @Option(help: "The folder for what comes out.")
        var out = "experiments/semi-supervised"

        @OptionGroup var backend: BackendOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            Terminal.catchInterrupts()
            let limits = [("seeds", seeds, 1000), ("width", width, 65536), ("steps", steps, 10_000_000)]
            for (parameter, value, limit) in limits { try checkCount(value, parameter, limit: limit) }
            let data = try Toolbox.current.load(data)
            let experiment = SemiSupervisedExperiment(
                methods: try methods.map { try choices($0, "method") } ?? SemiSupervisedExperiment.Method.allCases,
                labels: try counts(labels, "labels", limit: data.train.count).sorted(), width: width, steps: steps,
                seeds: (0..<UInt32(seeds)).map { $0 })
            let device = try backend.make()
            try ExperimentRun(trialsIn: out, output).compare(
                score: "accuracy", title: "Examples without labels: \(data.name)"
            ) { report in
                try experiment.run(on: data, backend: device, report: report)
            }
        }
    }
}
