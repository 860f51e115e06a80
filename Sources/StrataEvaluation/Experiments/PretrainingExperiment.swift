public import StrataBackend
import StrataCompiler
public import StrataData
import StrataModels
import StrataNN
import StrataTraining

/// What pretraining buys: classifiers whose layers begin in different ways, of several depths, that may use several
/// numbers of labels, each trained from several seeds (Erhan et al., "Why does unsupervised pre-training help deep
/// learning?", 2010).
public struct PretrainingExperiment: Sendable {
    /// How the layers begin, by the classifier's setting `start`: `random`, `rbm` or `denoising`.
    public var starts: [String]
    /// Numbers of hidden layers.
    public var depths: [Int]
    /// Numbers of labels, ascending.
    public var labels: [Int]
    /// Seeds of the initial weights, the order of the examples, the choice of labels and every draw: each gives a
    /// classifier of every kind.
    public var seeds: [UInt32]
    /// Units of each hidden layer.
    public var width: Int
    /// Epochs of pretraining of each layer, without labels; the start `random` has none.
    public var pretrainingEpochs: Int
    /// Of fine-tuning, at least; every labelled example is seen ten times at least.
    public var steps: Int
    /// The learning rate of fine-tuning; that of pretraining is the classifier's default.
    public var learningRate: Double

    /// The experiment of 81 classifiers by default: 3 starts, 3 depths, 3 numbers of labels and 3 seeds.
    ///
    /// Nothing is checked here: `run` throws `usage`.
    public init(
        starts: [String] = ["random", "rbm", "denoising"], depths: [Int] = [1, 2, 3],
        labels: [Int] = [100, 1000, 10_000],
        seeds: [UInt32] = [0, 1, 2], width: Int = 500, pretrainingEpochs: Int = 10, steps: Int = 2000,
        learningRate: Double = 0.02
    ) {
        self.starts = starts
        self.depths = depths
        self.labels = labels
        self.seeds = seeds
        self.width = width
        self.pretrainingEpochs = pretrainingEpochs
        self.steps = steps
        self.learningRate = learningRate
    }

    /// One classifier of them.
    public struct Outcome: Sendable, Hashable {
        /// How its layers began: one of the experiment's `starts`.
        public var start: String
        /// Its number of hidden layers.
        public var depth: Int
        /// The number of labels that it might use, at most as many as there are training examples.
        public var labels: Int
        /// The seed of its weights, order, labels and draws.
        public var seed: UInt32
        /// On the test examples.
        public var accuracy: Double
    }

    /// The mean and the standard deviation over the seeds of all that is else alike.
    public struct Summary: Sendable, Hashable {
        /// How the layers began: one of the experiment's `starts`.
        public var start: String
        /// The number of hidden layers.
        public var depth: Int
        /// The number of labels that each classifier might use.
        public var labels: Int
        /// The mean test accuracy over the seeds, from 0 to 1.
        public var mean: Double
        /// With Bessel's correction; 0 for a single seed.
        public var deviation: Double
    }

    /// Trains them one after the other, and reports each as it is done; those that differ in their labels only share
    /// their pretraining. Stops where `report` gives false.
    ///
    /// Throws `usage` for settings that no classifier takes, `data` for data without labels.
    public func run(
        on data: DataSet, backend: any Backend, report: (Outcome) throws -> Bool
    ) throws {
        for seed in seeds {
            for depth in depths {
                for start in starts {
                    var pretrained: Checkpoint?
                    for budget in labels {
                        let trainer = try trainer(start, depth, budget, seed, data, backend)
                        if let pretrained { try trainer.restore(pretrained) }
                        // All epochs but those of fine-tuning.
                        let pretraining = trainer.epochCount - trainer.configuration.epochs
                        if pretrained == nil, pretraining > 0 {
                            while trainer.epoch < pretraining { try trainer.trainStep() }
                            pretrained = try trainer.checkpoint()
                        }
                        while trainer.epoch < trainer.epochCount { try trainer.trainStep() }
                        let accuracy = try trainer.evaluate().first { $0.name == "accuracy" }.map { Double($0.value) }
                        let outcome = Outcome(
                            start: start, depth: depth, labels: budget, seed: seed, accuracy: accuracy ?? 0)
                        guard try report(outcome) else { return }
                    }
                }
            }
        }
    }

    private func trainer(
        _ start: String, _ depth: Int, _ budget: Int, _ seed: UInt32, _ data: DataSet, _ backend: any Backend
    ) throws -> Trainer {
        let description = try Zoo.builtIn["classifier"]
        let settings = try Hyperparameters(
            description.hyperparameters,
            [
                "start": start, "hidden": Array(repeating: "\(width)", count: depth).joined(separator: ","),
                // The same for all, so that they differ in nothing but where they begin.
                "activation": "sigmoid",
            ].merging(start == "random" ? [:] : ["pretraining-epochs": "\(pretrainingEpochs)"]) { $1 })
        guard var choice = description.optimizer else {
            throw StrataError(.unsupported, "\(description.name) has no optimizer")
        }
        choice.learningRate = learningRate
        let batch = min(description.batchSize, data.train.count)
        let batches = (min(budget, data.train.count) - 1) / batch + 1
        return try Trainer(
            model: description.build(data.spec, settings), optimizer: choice.optimizer(), data: data,
            session: Session(backend: backend, seed: seed),
            configuration: TrainingConfiguration(
                epochs: max(10, (steps - 1) / batches + 1), batchSize: batch, seed: seed, labels: budget))
    }

    /// In the order in which the experiment varies: starts, then depths, then labels.
    public func summaries(of outcomes: [Outcome]) -> [Summary] {
        starts.flatMap { start in
            depths.flatMap { depth in
                labels.compactMap { budget -> Summary? in
                    let found = outcomes.filter { $0.start == start && $0.depth == depth && $0.labels == budget }.map(
                        \.accuracy)
                    guard !found.isEmpty else { return nil }
                    let mean = found.reduce(0, +) / Double(found.count)
                    let squares = found.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                    let deviation = found.count > 1 ? (squares / Double(found.count - 1)).squareRoot() : 0
                    return Summary(start: start, depth: depth, labels: budget, mean: mean, deviation: deviation)
                }
            }
        }
    }

    /// Test accuracy over labels, a line for each start and depth, with bars of one standard deviation.
    public func chart(of outcomes: [Outcome], title: String) -> LossChart {
        let summaries = summaries(of: outcomes)
        var chart = LossChart(title: title, xLabel: "labels", yLabel: "test accuracy")
        chart.categories = labels.map(String.init)
        chart.series = starts.flatMap { start in
            depths.compactMap { depth -> LossChart.Series? in
                let own = summaries.filter { $0.start == start && $0.depth == depth }
                guard !own.isEmpty else { return nil }
                return LossChart.Series(
                    "\(start) \(depth)",
                    points: own.map { (Double(labels.firstIndex(of: $0.labels) ?? 0), $0.mean) },
                    errors: own.map(\.deviation))
            }
        }
        return chart
    }
}
