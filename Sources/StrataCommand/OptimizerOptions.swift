import ArgumentParser
import StrataBackend
import StrataData
import StrataModels
import StrataNN
import StrataRuns
import StrataTraining

/// The optimizer of a training, and what is done to its gradients and rates.
struct OptimizerOptions: ParsableArguments {
    @Option(help: "The optimizer (default: the model's own); 'strata models MODEL' lists them with their settings.")
    var optimizer: String?

    @Option(parsing: .unconditional, help: "Learning rate (default: the model's own, or the optimizer's).")
    var learningRate: Double?

    @Option(help: "The schedule of the learning rate: constant, linear, cosine or step (default: constant).")
    var schedule: String?

    @Option(
        parsing: .unconditional,
        help: "The learning rate in the last update of a phase, to which it decays (default schedule: linear).")
    var finalLearningRate: Double?

    @Option(parsing: .unconditional, help: "Updates over which the learning rate rises at the start.")
    var warmup: Int?

    @Option(
        parsing: .unconditional, help: "The greatest norm of all gradients together, to which they are scaled down.")
    var clip: Double?

    @Option(parsing: .unconditional, help: "Decay of an average of the weights, for 'evaluate --weights ema'.")
    var ema: Double?

    @Option(parsing: .unconditional, help: "Batches whose gradients make one update (default: 1).")
    var accumulate: Int?

    @Option(help: "Parts of the model that do not change, with commas between: encoder,head.")
    var freeze: String?

    @Option(help: "Learning rates of parts of the model: encoder=0.001,head=0.1.")
    var layerRates: String?

    @Option(parsing: .unconditional, help: "The learning rate of the head: short for --layer-rates head=RATE.")
    var headLearningRate: Double?

    /// What of it was given, but for the learning rates, which a run that goes on may change.
    var given: [String] {
        let options: [(String, Bool)] = [
            ("--optimizer", optimizer != nil), ("--schedule", schedule != nil), ("--warmup", warmup != nil),
            ("--clip", clip != nil), ("--ema", ema != nil), ("--accumulate", accumulate != nil),
            ("--freeze", freeze != nil),
            ("--layer-rates", layerRates != nil), ("--head-learning-rate", headLearningRate != nil),
        ]
        return options.filter(\.1).map(\.0)
    }

    /// All options that only an optimizer has a use for, as they were given.
    var givenWithRates: [String] {
        given + (learningRate == nil ? [] : ["--learning-rate"])
            + (finalLearningRate == nil ? [] : ["--final-learning-rate"])
    }

    /// The settings for a model; takes those of optimizer and schedule out of what the user typed.
    ///
    /// - `typed`: Settings of the model, the optimizer and the schedule by name.
    func settings(for model: ModelDescription, _ typed: inout [String: String]) throws -> OptimizerSettings? {
        guard var choice = model.optimizer else {
            guard let first = givenWithRates.first else { return nil }
            throw StrataError(.usage, "\(first): \(model.name) is fitted, not descended, and has no optimizer")
        }
        let description = try Toolbox.current.optimizers.named(optimizer ?? choice.name)
        if description.name != choice.name {
            choice = OptimizerChoice(description.name, learningRate: description.learningRate)
        }
        choice.learningRate = try OptimizerOptions.rate(learningRate, "learningRate") ?? choice.learningRate
        let own = Set(model.hyperparameters.map(\.name))
        for name in description.hyperparameters.map(\.name) where !own.contains(name) {
            if let value = typed.removeValue(forKey: name) { choice.settings[name] = value }
        }
        var settings = OptimizerSettings(choice)
        try setSchedule(&settings, own, &typed)
        settings.warmup = warmup ?? 0
        settings.clip = clip
        settings.average = ema
        settings.accumulation = accumulate ?? 1
        settings.frozen = try parts(freeze, "freeze")
        settings.rates = try rates()
        // Told here rather than when training begins.
        _ = try settings.optimizer(among: Toolbox.current.optimizers, schedules: Toolbox.current.schedules)
        return settings
    }

    private func setSchedule(
        _ settings: inout OptimizerSettings, _ own: Set<String>, _ typed: inout [String: String]
    ) throws {
        let description = try Toolbox.current.schedules.named(
            schedule ?? (finalLearningRate == nil ? "constant" : "linear"))
        settings.schedule = description.name
        for name in description.hyperparameters.map(\.name) where !own.contains(name) {
            if let value = typed.removeValue(forKey: name) { settings.scheduleSettings[name] = value }
        }
        try decay(&settings)
    }

    /// Lets the learning rate of some settings decay to the final one, where that was given.
    func decay(_ settings: inout OptimizerSettings) throws {
        guard let last = try OptimizerOptions.rate(finalLearningRate, "finalLearningRate") else { return }
        let description = try Toolbox.current.schedules.named(settings.schedule)
        guard description.hyperparameters.contains(where: { $0.name == "final-fraction" }),
            last <= settings.learningRate
        else {
            throw StrataError(
                parameter: "finalLearningRate", last,
                "a \(settings.schedule) schedule from \(settings.learningRate) does not"
                    + " decay to it")
        }
        settings.scheduleSettings["final-fraction"] = "\(last / settings.learningRate)"
    }

    static func rate(_ value: Double?, _ parameter: String) throws -> Double? {
        if let value, !value.isFinite || value <= 0 {
            throw StrataError(parameter: parameter, value, "a rate is greater than 0")
        }
        return value
    }

    private func parts(_ text: String?, _ parameter: String) throws -> [String] {
        guard let text else { return [] }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard !parts.contains("") else {
            throw StrataError(parameter: parameter, "'\(text)'", "expected parts of the model, such as encoder,head")
        }
        return parts
    }

    private func rates() throws -> [String: Double] {
        var rates: [String: Double] = [:]
        for part in try parts(layerRates, "layerRates") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, let rate = Double(pair[1]) else {
                throw StrataError(
                    parameter: "layerRates", "'\(part)'", "expected a part and its rate, such as head=0.1")
            }
            rates[String(pair[0])] = rate
        }
        if let headLearningRate { rates["head"] = headLearningRate }
        return rates
    }
}

/// The weights that a training starts from.
struct StartOptions: ParsableArguments {
    @Option(
        help:
            "A run, a checkpoint, a safetensors, PyTorch or .npz file (scikit-learn's attributes too), or a folder of Hugging Face's, to start from, as far as the names of its weights are the model's."
    )
    var from: String?

    @Option(help: "Names of --from's weights and what they are here: body=encoder,net.#.w=encoder.#.weight.")
    var map: String?

    /// The weights, and the run that they are of, if they are of one.
    struct Start {
        var weights: Checkpoint
        var run: Run?
        var map: NameMap
        /// Settings that the weights are those of, and what is to be told.
        var settings: [String: String] = [:]
        var notes: [String] = []
    }

    /// - `model`: The name of the model that is to start from them.
    func start(for model: String?) throws -> Start? {
        guard let from else {
            if let map { throw StrataError(parameter: "map", map, "counts only with weights to start from") }
            return nil
        }
        let rules = try (map ?? "").split(separator: ",").map { rule -> (old: String, new: String) in
            let pair = rule.split(separator: "=", omittingEmptySubsequences: false)
            guard pair.count == 2, !pair[0].isEmpty, !pair[1].isEmpty else {
                throw StrataError(parameter: "map", "'\(rule)'", "expected two names, such as body=encoder")
            }
            return (String(pair[0]), String(pair[1]))
        }
        let map = NameMap(rules)
        if let file = WeightFile.find(from) {
            let weights = try Checkpoint(path: file, codecs: .system)
            if let estimator = ScikitLearn.find(in: weights) {
                guard model == estimator.model else {
                    throw StrataError(
                        parameter: "from", from,
                        "is scikit-learn's \(estimator.estimator), which is \(estimator.model) here")
                }
                let read = try estimator.model(of: weights)
                return Start(weights: read.weights, run: nil, map: map, settings: read.settings, notes: read.notes)
            }
            if weights.metadata["run"] == nil { return Start(weights: weights, run: nil, map: map) }
        }
        let run = try Toolbox.current.open(from)
        return Start(weights: run.checkpoint, run: run, map: map)
    }
}

/// Settings that describe a network, and so should be those of the run whose weights it starts from.
extension StartOptions.Start {
    /// Adds the network of the other run to what the user typed, where both models have one, or all settings where both are
    /// the same model; returns what it took.
    func adopt(into typed: inout [String: String], for description: ModelDescription) -> [String] {
        for (name, value) in settings where typed[name] == nil { typed[name] = value }
        guard let run else { return settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" } }
        let settings = run.configuration.settings
        let network = typed["network"] ?? settings["network"]
        var adopted: [String] = []
        var names = [
            "network", network == "mlp" || network == nil ? "hidden" : "channels", "dense", "patch", "patch-width",
            "attention-heads", "attention-blocks", "activation", "normalization", "graph",
        ]
        // A run of the same model starts from all of its weights, whose shapes other settings count for too.
        if run.configuration.model == description.name, network == settings["network"] {
            names = description.hyperparameters.map(\.name)
        }
        for name in names where typed[name] == nil {
            guard let value = settings[name], let own = description.hyperparameters.first(where: { $0.name == name }),
                own.standard.description != value
            else { continue }
            typed[name] = value
            // A graph's text is long.
            adopted.append(value.count > 80 ? name : "\(name) \(value)")
        }
        return adopted
    }
}
