public import StrataBackend
import StrataCompiler
public import StrataData
import StrataModels
import StrataNN
import StrataTraining

/// What tasks gain by being learned together: a network of several heads is trained, and beside it one for each task alone,
/// from the same seed and for as many steps, so that the differences are in pairs.
public struct MultiTaskExperiment: Sendable {
    /// A model with the setting `heads`, such as `multitask`; alone, a task has an encoder of its own and its loss as it is.
    public var together: Contestant
    /// Seeds of the initial weights, the order and every draw.
    public var seeds: [UInt32]

    /// An experiment of five seeds by default. Nothing is checked here: `run` throws.
    public init(_ together: Contestant, seeds: [UInt32] = [0, 1, 2, 3, 4]) {
        (self.together, self.seeds) = (together, seeds)
    }

    /// How one task is done, both ways.
    public struct Outcome: Sendable, Hashable {
        /// The seed of both.
        public var seed: UInt32
        /// The name of the task.
        public var task: String
        /// The metric of the test examples that tells: the accuracy, r² or, where there is neither, the loss.
        public var metric: String
        /// Whether more of it is better.
        public var isMaximized: Bool
        /// Of the network of all tasks.
        public var together: Double
        /// Of the network of this task.
        public var alone: Double

        /// How much better it is done together; negative for worse.
        public var gain: Double { isMaximized ? together - alone : alone - together }
    }

    /// The means of a task over the seeds.
    public struct Summary: Sendable, Hashable {
        /// The name of the task, and the metric that tells.
        public var (task, metric): (String, String)
        /// Of the network of all tasks, and of the network of this one.
        public var (together, alone): (MeanOverSeeds, MeanOverSeeds)
        /// Of the differences in pairs, more for better.
        public var gain: MeanOverSeeds
    }

    /// What tells how a task is done, the likeliest first.
    private static let scores = ["accuracy", "r_squared"]

    /// Trains seed after seed, and reports each task as it is done. Stops where `report` gives false.
    ///
    /// Throws `usage` for a single task, `unsupported` for a model without heads, and what building it throws.
    public func run(on data: DataSet, backend: any Backend, report: (Outcome) throws -> Bool) throws {
        try together.check()
        guard data.test.count > 0 else { throw StrataError(.data, "'\(data.name)' has no test examples") }
        let words = together.settings.words("heads")
        guard together.description.hyperparameters.contains(where: { $0.name == "heads" }) else {
            throw StrataError(.unsupported, "\(together.description.name) has no heads; take multitask")
        }
        guard words.count > 1 else {
            throw StrataError(parameter: "heads", words.joined(separator: ","), "a single task gains nothing by itself")
        }
        let tasks = try LearningTask.tasks(words, data.spec)
        for seed in seeds {
            let all = try metrics(together, data, backend, seed)
            for (task, word) in zip(tasks, words) {
                let own = try metrics(alone(word), data, backend, seed)
                let score = Self.scores.map { "\(task.name)_\($0)" }.first { all[$0] != nil }
                let metric = score ?? "\(task.name)_\(task.head.loss)"
                guard let one = all[metric], let other = own[metric] else {
                    throw StrataError(.unsupported, "the network tells no \(metric)")
                }
                let outcome = Outcome(
                    seed: seed, task: task.name, metric: metric, isMaximized: score != nil, together: one, alone: other)
                guard try report(outcome) else { return }
            }
        }
    }

    /// The network of one task: its encoder is its own, and its loss is not weighed against others.
    private func alone(_ word: String) throws -> Contestant {
        let declared = together.description.hyperparameters
        let settings = together.settings.typed.filter { name, _ in
            !["sharing", "tie", "balancing", "asymmetry", "balancing-rate"].contains(name)
        }
        var one = together
        one.settings = try Hyperparameters(declared, ["heads": word], over: settings)
        return one
    }

    private func metrics(
        _ contestant: Contestant, _ data: DataSet, _ backend: any Backend, _ seed: UInt32
    ) throws -> [String: Double] {
        let trainer = try contestant.trained(on: data, Session(backend: backend, seed: seed), seed)
        return Dictionary(try trainer.evaluate().map { ($0.name, Double($0.value)) }) { first, _ in first }
    }

    /// In the order of the tasks.
    public static func summaries(of outcomes: [Outcome]) -> [Summary] {
        var names: [String] = []
        for outcome in outcomes where !names.contains(outcome.task) { names.append(outcome.task) }
        return names.map { name in
            let own = outcomes.filter { $0.task == name }
            return Summary(
                task: name, metric: own[0].metric, together: MeanOverSeeds(own.map(\.together)),
                alone: MeanOverSeeds(own.map(\.alone)), gain: MeanOverSeeds(own.map(\.gain)))
        }
    }
}
