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
                sampler: try contestant(sampler, "sampler", steps: samplerSteps),
                classifier: try contestant(classifier, "classifier", steps: steps), labels: labels, copies: copies,
                seeds: (0..<UInt32(seeds)).map { $0 })
            let device = try backend.make()
            let folder = try RunFolder(creating: out, replacing: true).path
            var outcomes: [AugmentationExperiment.Outcome] = []
            try experiment.run(on: data, backend: device) { outcome in
                outcomes.append(outcome)
                output.note(
                    "seed \(outcome.seed): \(number(outcome.alone, digits: 4)) alone, "
                        + "\(number(outcome.augmented, digits: 4)) with samples")
                try write(outcomes, folder)
                return !Terminal.isInterrupted
            }
            try tell(outcomes, folder)
            if outcomes.count < seeds { throw ExitCode(130) }
        }

        private func contestant(
            _ text: String, _ parameter: String, steps: Int
        ) throws -> Contestant {
            let words = text.split(separator: " ").map(String.init)
            guard let name = words.first else { throw StrataError(parameter: parameter, text, "which model?") }
            let description = try Toolbox.current.zoo[name]
            let settings = try ModelSettings.parse(Array(words.dropFirst()))
            return .init(description, try Hyperparameters(description.hyperparameters, settings), steps: steps)
        }

        private func write(_ outcomes: [AugmentationExperiment.Outcome], _ folder: String) throws {
            let lines = try outcomes.map { outcome in
                try JSONValue.object([
                    "seed": .integer(Int(outcome.seed)), "alone": .number(outcome.alone),
                    "augmented": .number(outcome.augmented),
                ]).line + "\n"
            }
            try AtomicFile.write("\(folder)/outcomes.jsonl", Array(lines.joined().utf8))
            try AtomicFile.write("\(folder)/summary.json", Array((summary(outcomes).pretty + "\n").utf8))
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
            for (name, mean) in rows(outcomes) {
                fields[name] = .number(mean.value)
                fields["\(name)_margin"] = mean.margin.map(JSONValue.number) ?? .null
            }
            return .object(fields)
        }

        private func tell(_ outcomes: [AugmentationExperiment.Outcome], _ folder: String) throws {
            guard !output.json else { return print(try summary(outcomes).line) }
            for (name, mean) in rows(outcomes) {
                let margin = mean.margin.map { " ± \(number($0, digits: 4))" } ?? ""
                output.say("\(padded(name, 18))  \(number(mean.value, digits: 4))\(margin)")
            }
            output.note("all seeds are in \(folder)/outcomes.jsonl")
        }
    }
}
