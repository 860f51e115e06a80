import ArgumentParser
import StrataBackend
import StrataData
import StrataEvaluation
import StrataNN
import StrataRuns

extension Experiment {
    struct Augmentation: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What samples of a generative model are worth to a classifier with few labels.",
            discussion: """
                For each seed some labelled examples are drawn. A model learns from these alone and samples their classes; a
                classifier is trained on the examples alone, and another on examples and samples, for as many steps. Reported
                are accuracies on all test examples, their differences in pairs, and intervals of 95 % over the seeds. The
                folder gets outcomes.jsonl and summary.json. Ctrl-C ends it with what there is.
                """)

        @Option(help: "A data set with labels, or a file or folder as for 'strata train'.")
        var data = "fashion-mnist"

        @Option(help: "The model that samples classes, with its settings in quotes.")
        var sampler = "vae --conditional true"

        @Option(help: "The classifier, with its settings in quotes.")
        var classifier = "classifier"

        @Option(parsing: .unconditional, help: "Training examples whose labels may be used.")
        var labels = 100

        @Option(parsing: .unconditional, help: "Samples for each of them.")
        var copies = 10

        @Option(parsing: .unconditional, help: "How many seeds, from 0.")
        var seeds = 5

        @Option(parsing: .unconditional, help: "Steps of the sampler, at least.")
        var samplerSteps = 2000

        @Option(parsing: .unconditional, help: "Steps of each classifier, at least.")
        var steps = 1000

        @Option(help: "The folder for what comes out.")
        var out = "experiments/augmentation"

        @OptionGroup var backend: BackendOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            Terminal.catchInterrupts()
            try checkCount(seeds, "seeds", limit: 1000)
            let data = try Toolbox.current.load(data)
            let experiment = AugmentationExperiment(
                sampler: try Contestant(sampler, parameter: "sampler", steps: samplerSteps),
                classifier: try Contestant(classifier, parameter: "classifier", steps: steps), labels: labels,
                copies: copies,
                seeds: (0..<UInt32(seeds)).map { $0 })
            let device = try backend.make()
            let run = try ExperimentRun<AugmentationExperiment.Outcome>(
                in: out, output,
                fields: { outcome in
                    [
                        "seed": .integer(Int(outcome.seed)), "alone": .number(outcome.alone),
                        "augmented": .number(outcome.augmented),
                    ]
                },
                line: { outcome in
                    "seed \(outcome.seed): \(number(outcome.alone, digits: 4)) alone, "
                        + "\(number(outcome.augmented, digits: 4)) with samples"
                }, summary: summary)
            let outcomes = try run.outcomes { try experiment.run(on: data, backend: device, report: $0) }
            try run.finish(outcomes) {
                for (name, mean) in rows(outcomes) { output.say("\(padded(name, 18))  \(mean.text)") }
            }
        }

        private func rows(
            _ outcomes: [AugmentationExperiment.Outcome]
        ) -> [(name: String, mean: MeanOverSeeds)] {
            let means = AugmentationExperiment.means(of: outcomes)
            return [
                ("accuracy_alone", means.alone), ("accuracy_augmented", means.augmented), ("difference", means.gain),
            ]
        }

        private func summary(_ outcomes: [AugmentationExperiment.Outcome]) -> JSONValue {
            var fields: [String: JSONValue] = [
                "labels": .integer(labels), "copies": .integer(copies), "seeds": .integer(outcomes.count),
                "sampler": .string(sampler), "classifier": .string(classifier),
            ]
            for (name, mean) in rows(outcomes) { fields.merge(mean.fields(name)) { $1 } }
            return .object(fields)
        }
    }
}
