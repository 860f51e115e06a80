import StrataBackend
import StrataModels
import StrataNN

/// What a run was started with: `config.json`. Enough to build the model again and to go on training it.
struct RunConfiguration {
    var model: String
    /// The model's hyperparameters as a user would type them.
    var settings: [String: String]
    var data: String
    var exampleShape: [Int]
    /// Classes that the data is labelled with; 0 where it has no labels.
    var classes: Int
    /// The targets of each example; 0 where it has none.
    var targets: Int
    /// Those that it learns from.
    var examples: Int?
    var epochs: Int
    var batchSize: Int
    var learningRate: Double
    /// That of the last step, where the rate falls.
    var finalLearningRate: Double?
    var seed: UInt32
    /// Training examples whose labels may be used, where not all.
    var labels: Int?
    var backend: String

    var features: Int { exampleShape.reduce(1, *) }

    /// The model, and the optimiser that its description prescribes.
    func build() throws -> (model: any Model, optimizer: any Optimizer) {
        let description = try Zoo.standard[model]
        let settings = try Hyperparameters(description.hyperparameters, settings)
        let domain = Domain(
            features: features, classes: classes, targets: targets, examples: examples, shape: exampleShape)
        var optimizer = description.optimizer(Float(learningRate), settings)
        if let finalLearningRate { optimizer.schedule.finalFraction = Float(finalLearningRate / learningRate) }
        return (try description.build(domain, settings), optimizer)
    }

    var json: JSONValue {
        .object([
            "model": .string(model), "settings": .object(settings.mapValues(JSONValue.string)), "data": .string(data),
            "example_shape": .array(exampleShape.map(JSONValue.integer)), "classes": .integer(classes),
            "targets": .integer(targets), "examples": examples.map(JSONValue.integer) ?? .null, "epochs": .integer(epochs),
            "batch_size": .integer(batchSize), "learning_rate": .number(learningRate),
            "final_learning_rate": finalLearningRate.map(JSONValue.number) ?? .null, "seed": .integer(Int(seed)),
            "labels": labels.map(JSONValue.integer) ?? .null, "backend": .string(backend),
        ])
    }

    init(
        model: String, settings: [String: String], data: String, exampleShape: [Int], classes: Int, targets: Int,
        epochs: Int, batchSize: Int, learningRate: Double, finalLearningRate: Double?, seed: UInt32, labels: Int?, backend: String
    ) {
        self.model = model
        self.settings = settings
        self.data = data
        self.exampleShape = exampleShape
        self.classes = classes
        self.targets = targets
        self.epochs = epochs
        self.batchSize = batchSize
        self.learningRate = learningRate
        self.finalLearningRate = finalLearningRate
        self.seed = seed
        self.labels = labels
        self.backend = backend
    }

    /// Throws `data` for a field that is missing or of the wrong kind; `path` is for messages.
    init(_ json: JSONValue, path: String) throws {
        func field<Value>(_ name: String, _ value: Value?) throws -> Value {
            guard let value else { throw StrataError(.data, "\(path): the field '\(name)' is missing or malformed") }
            return value
        }
        model = try field("model", json["model"]?.string)
        data = try field("data", json["data"]?.string)
        backend = try field("backend", json["backend"]?.string)
        epochs = try field("epochs", json["epochs"]?.integer)
        batchSize = try field("batch_size", json["batch_size"]?.integer)
        func rate(_ name: String, _ value: Double?) throws -> Double {
            try field(name, value.flatMap { $0.isFinite && $0 > 0 ? $0 : nil })
        }
        learningRate = try rate("learning_rate", json["learning_rate"]?.number)
        // Runs from before rates could fall do not say.
        switch json["final_learning_rate"] {
        case nil, .null?: finalLearningRate = nil
        case let value?: finalLearningRate = try rate("final_learning_rate", value.number)
        }
        seed = try field("seed", json["seed"]?.integer.flatMap { UInt32(exactly: $0) })
        labels = json["labels"]?.integer
        examples = json["examples"]?.integer
        guard case .array(let extents)? = json["example_shape"], !extents.isEmpty else {
            throw StrataError(.data, "\(path): the field 'example_shape' is missing or malformed")
        }
        exampleShape = try extents.map { extent in
            try field("example_shape", extent.integer.flatMap { (1...1_000_000).contains($0) ? $0 : nil })
        }
        classes = try field("classes", json["classes"]?.integer)
        // Runs from before there were targets do not say.
        targets = json["targets"]?.integer ?? 0
        guard case .object(let values)? = json["settings"] else {
            throw StrataError(.data, "\(path): the field 'settings' is missing or malformed")
        }
        settings = [:]
        for (name, value) in values { settings[name] = try field("settings.\(name)", value.string) }
    }
}
