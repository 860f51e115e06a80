import StrataBackend
public import StrataData
public import StrataModels
import StrataGraph
import StrataNN
import StrataTraining

/// The settings that a run was started with, and what it knows of its data: `config.json`. Enough to build the model again and to
/// go on training it.
public struct RunConfiguration: Sendable, Hashable {
    /// The version of the format that this program writes. Runs without a version are of the first.
    public static let format = 3

    /// The model's name in the zoo.
    public var model: String
    /// The model's hyperparameters as a user would type them.
    public var settings: [String: String]
    /// The runs whose trained models the model is built upon, by the names of the settings that name them. Their weights
    /// are among the run's own.
    public var networks: [String: RunConfiguration]
    /// The data set's name in the catalog, or the absolute path of a file or folder; `nil` for a checkpoint that lies
    /// alone.
    public var data: String?
    /// The shape of an example: [height, width] or [channels, height, width] for images, [features] for vectors.
    public var exampleShape: [Int]
    /// The number of classes that the data is labelled with; 0 where it has no labels.
    public var classes: Int
    /// The number of targets of an example; 0 where it has none.
    public var targets: Int
    /// The number of training examples.
    public var examples: Int?
    /// What else is known of the data; `nil` in runs of the first format.
    public var facts: DataFacts?
    /// Passes through the training examples, in training phases that do not say themselves.
    public var epochs: Int
    /// The number of examples in a step.
    public var batchSize: Int
    /// The optimizer; `nil` for a model that has none.
    public var optimizer: OptimizerSettings?
    /// The seed of the weights, the order of the examples and every draw.
    public var seed: UInt32
    /// The number of training examples whose labels or targets may be used; `nil` for all.
    public var labels: Int?
    /// The share of the training examples that is set aside for validation; `nil` for none.
    public var validation: Double?
    /// Epochs without a better validation criterion after which training stops; `nil` for never.
    public var patience: Int?
    /// The backend that it was trained on.
    public var backend: String

    /// The learning rates of a run of an earlier format, which did not name its optimizer.
    var formerRates: (first: Double, last: Double?)? {
        get { formerLearningRate.map { ($0, formerFinalLearningRate) } }
        set { (formerLearningRate, formerFinalLearningRate) = (newValue?.first, newValue?.last) }
    }
    private var formerLearningRate: Double?
    private var formerFinalLearningRate: Double?

    /// The configuration of a new run. Nothing is checked here: `model(from:)` throws for what the model does not take.
    public init(
        model: String, settings: [String: String] = [:], networks: [String: RunConfiguration] = [:],
        data: String? = nil, exampleShape: [Int] = [],
        classes: Int = 0,
        targets: Int = 0, examples: Int? = nil, facts: DataFacts? = nil, epochs: Int = 5, batchSize: Int,
        optimizer: OptimizerSettings?, seed: UInt32 = 0, labels: Int? = nil, validation: Double? = nil,
        patience: Int? = nil,
        backend: String
    ) {
        self.model = model
        self.settings = settings
        self.networks = networks
        self.data = data
        self.exampleShape = exampleShape
        self.classes = classes
        self.targets = targets
        self.examples = examples
        self.facts = facts
        self.epochs = epochs
        self.batchSize = batchSize
        self.optimizer = optimizer
        self.seed = seed
        self.labels = labels
        self.validation = validation
        self.patience = patience
        self.backend = backend
    }

    /// The number of values in an example. Reading a configuration checks that it is one.
    public var features: Int { exampleShape.product }

    /// The data as a model must know them before it is built.
    public var spec: DataSpec {
        var spec =
            facts?.spec
            ?? DataSpec(features: features, classes: classes, targets: targets, shape: exampleShape)
        spec.examples = examples
        return spec
    }

    /// The model, untrained.
    ///
    /// Throws `usage` for a model that the zoo lacks or settings that it does not take, and `data` where the model cannot
    /// learn from such examples.
    ///
    /// - `trained`: The models that it is built upon, with weights that it starts from; those that are not given have
    ///   random ones, which a checkpoint replaces.
    public func model(from zoo: Zoo = .builtIn, upon trained: TrainedNetworks = [:]) throws -> any Model {
        let description = try zoo[model]
        let networks = try networks.reduce(into: trained) { known, part in
            if known[part.key] == nil { known[part.key] = try part.value.network(scope: part.key, from: zoo) }
        }
        let model = try description.build(
            spec, Hyperparameters(description.hyperparameters, [:], over: settings), upon: networks)
        guard !spec.hasTokens || (model as? any TokenModel)?.takesTokens == true else {
            throw StrataError(.data, "\(self.model) learns from numbers, and these examples are tokens; take recurrent")
        }
        return model
    }

    /// The model as a part of another one, whose weights come from `checkpoint` or are random. Throws as `model(from:)`, and
    /// `unsupported` for a model without layers.
    func network(scope: String, from zoo: Zoo, weights checkpoint: Checkpoint? = nil) throws -> TrainedNetwork {
        try TrainedNetwork(model(from: zoo), features: features, scope: scope, weights: checkpoint)
    }

    /// The same run in today's format: optimizers by name, and only settings that the model still has.
    ///
    /// Throws `usage` for a model that the zoo lacks.
    func updated(_ zoo: Zoo) throws -> RunConfiguration {
        guard let rates = formerRates else { return self }
        let description = try zoo[model]
        var run = self
        let known = Set(description.hyperparameters.map(\.name))
        run.settings = settings.filter { known.contains($0.key) }
        run.formerRates = nil
        guard var choice = description.optimizer else { return run }
        choice.learningRate = rates.first
        for name in ["momentum", "weight-decay"] where !known.contains(name) {
            if let value = settings[name] { choice.settings[name] = value }
        }
        var optimizer = OptimizerSettings(choice)
        if let last = rates.last {
            optimizer.schedule = "linear"
            optimizer.scheduleSettings = ["final-fraction": "\(last / rates.first)"]
        }
        run.optimizer = optimizer
        return run
    }
}
