import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation
import StrataRuns

struct Experiment: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run an experiment of many trainings, and draw its results.",
        subcommands: [
            Adaptation.self, Augmentation.self, Debiasing.self, Drift.self, Lecture.self, MultiTask.self,
            Pretraining.self, SemiSupervised.self, Transfer.self, ZeroShot.self,
        ])

    struct Pretraining: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What layer-wise pretraining buys a classifier, by depth and number of labels.",
            discussion: """
                Every combination of start, depth, labels and seed is trained, and reported as soon as it is done. The folder
                gets outcomes.jsonl, summary.json and accuracy.svg, whose bars are one standard deviation over the seeds.
                Ctrl-C ends it with what there is.
                """)

        @Option(help: "A data set with labels, or a file or folder as for 'strata train'.")
        var data = "fashion-mnist"

        @Option(help: "How the layers begin: of random, rbm, denoising and, for two layers or more, dbm.")
        var starts = "random,rbm,denoising"

        @Option(help: "Numbers of hidden layers.")
        var depths = "1,2,3"

        @Option(help: "Numbers of training examples whose labels may be used.")
        var labels = "100,1000,10000"

        @Option(help: "How many seeds, from 0.")
        var seeds = 3

        @Option(help: "Units of a hidden layer.")
        var width = 500

        @Option(help: "Epochs of each layer that is pretrained.")
        var pretrainingEpochs = 10

        @Option(help: "Steps of fine-tuning, at least.")
        var steps = 2000

        @Option(help: "Learning rate of fine-tuning.")
        var learningRate = 0.02

        @Option(help: "The folder for what comes out.")
        var out = "experiments/pretraining"

        @OptionGroup var backend: BackendOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            Terminal.catchInterrupts()
            let data = try Toolbox.current.load(data)
            let limits = [
                ("seeds", seeds, 1000), ("width", width, 65536), ("steps", steps, 10_000_000),
                ("pretrainingEpochs", pretrainingEpochs, 1_000_000),
            ]
            for (parameter, value, limit) in limits { try checkCount(value, parameter, limit: limit) }
            guard learningRate.isFinite, learningRate > 0 else {
                throw StrataError(parameter: "learningRate", learningRate, "a rate is greater than 0")
            }
            let experiment = PretrainingExperiment(
                starts: starts.split(separator: ",").map(String.init), depths: try counts(depths, "depths", limit: 20),
                labels: try counts(labels, "labels", limit: data.train.count).sorted(),
                seeds: (0..<UInt32(seeds)).map { $0 }, width: width, pretrainingEpochs: pretrainingEpochs, steps: steps,
                learningRate: learningRate)
            let device = try backend.make()
            let run = try ExperimentRun<PretrainingExperiment.Outcome>(
                in: out, output,
                fields: { outcome in
                    [
                        "start": .string(outcome.start), "depth": .integer(outcome.depth),
                        "labels": .integer(outcome.labels), "seed": .integer(Int(outcome.seed)),
                        "accuracy": .number(outcome.accuracy),
                    ]
                },
                line: { outcome in
                    "\(outcome.start), depth \(outcome.depth), \(outcome.labels) labels, seed \(outcome.seed): "
                        + number(outcome.accuracy, digits: 4)
                }, summary: { .array(experiment.summaries(of: $0).map(json)) })
            let outcomes = try run.outcomes(
                also: { outcomes in
                    let chart = experiment.chart(
                        of: outcomes, title: "What pretraining buys: \(data.name), \(experiment.width) units a layer")
                    try AtomicFile.write("\(run.folder)/accuracy.svg", Array(chart.svg.utf8))
                }, of: { try experiment.run(on: data, backend: device, report: $0) })
            try run.finish(outcomes) { tell(experiment.summaries(of: outcomes), run.folder) }
        }

        private func json(_ summary: PretrainingExperiment.Summary) -> JSONValue {
            .object([
                "start": .string(summary.start), "depth": .integer(summary.depth), "labels": .integer(summary.labels),
                "mean": .number(summary.mean), "deviation": .number(summary.deviation),
            ])
        }

        private func tell(_ summaries: [PretrainingExperiment.Summary], _ folder: String) {
            for summary in summaries {
                output.say(
                    "\(padded("\(summary.start), depth \(summary.depth), \(summary.labels) labels", 36))"
                        + "\(number(summary.mean, digits: 4)) ± \(number(summary.deviation, digits: 4))")
            }
            output.say("the figure is \(folder)/accuracy.svg")
        }
    }
}
