public import StrataBackend
import StrataCompiler
public import StrataData
import StrataModels
import StrataNN
import StrataTraining

/// What a network that has learned one task, the source, is worth for another one, by the number of labels that there are of
/// that (Yosinski, Clune, Bengio and Lipson, "How transferable are features in deep neural networks?", 2014).
public struct TransferExperiment: Sendable {
    /// A way to a classifier of the target.
    public enum Method: String, Sendable, Hashable, CaseIterable {
        /// All layers begin at random.
        case scratch
        /// The source's layers, as they are, under a new head.
        case frozen
        /// The source's layers, which learn on with a new head.
        case fineTuned = "fine-tuned"
        /// The source's layers, which learn on one after the other from the last to the first (Howard and Ruder,
        /// "Universal language model fine-tuning for text classification", 2018).
        case gradual
    }

    /// A model that learns the source, with layers named `encoder`, such as a classifier or an autoencoder.
    public var source: Contestant
    /// A classifier that has the same layers, and learns the target.
    public var target: Contestant
    /// In the order in which they are trained; gains are over the first.
    public var methods: [Method]
    /// Examples of the target whose labels may be used, ascending.
    public var labels: [Int]
    /// Seeds of the initial weights, the order, the choice of labels and every draw.
    public var seeds: [UInt32]

    /// Every method, from five seeds by default. Nothing is checked here: `run` throws.
    public init(
        source: Contestant, target: Contestant, methods: [Method] = Method.allCases, labels: [Int],
        seeds: [UInt32] = [0, 1, 2, 3, 4]
    ) {
        (self.source, self.target, self.methods) = (source, target, methods)
        (self.labels, self.seeds) = (labels, seeds)
    }

    /// Trains seed after seed, and reports the `accuracy` of the target's test examples for each method and number of labels
    /// as it is done. Stops where `report` gives false.
    ///
    /// Throws `data` for examples of different shapes or without labels, `unsupported` for a source whose layers are not those
    /// of the target, and what training throws.
    public func run(
        from sourceData: DataSet, to data: DataSet, backend: any Backend, report: (Trial) throws -> Bool
    ) throws {
        try source.check()
        try target.check()
        guard sourceData.exampleShape == data.exampleShape else {
            throw StrataError(
                .data,
                "the source '\(sourceData.name)' has examples of \(sourceData.exampleShape), the target '\(data.name)' of"
                    + " \(data.exampleShape)")
        }
        for seed in seeds {
            var layers: Checkpoint?
            for budget in labels {
                for method in methods {
                    if method != .scratch, layers == nil { layers = try learned(sourceData, data, backend, seed) }
                    let accuracy = try accuracy(method, layers, data, budget, backend, seed)
                    let trial = Trial(
                        seed: seed, method: method.rawValue, labels: budget, scores: ["accuracy": accuracy])
                    guard try report(trial) else { return }
                }
            }
        }
    }

    /// The layers of a network that has learned the source.
    private func learned(
        _ sourceData: DataSet, _ data: DataSet, _ backend: any Backend, _ seed: UInt32
    ) throws -> Checkpoint {
        let trainer = try source.trained(on: sourceData, Session(backend: backend, seed: seed), seed)
        var layers = try trainer.checkpoint()
        layers.variables = layers.variables.filter { $0.key.isWithin(Self.scope) }
        let own = try target.description.build(data.spec, target.settings).variables.filter {
            $0.name.isWithin(Self.scope)
        }
        guard !own.isEmpty, own.allSatisfy({ layers.variables[$0.name]?.shape == $0.type.shape }) else {
            throw StrataError(
                .unsupported,
                "\(source.description.name) has not the layers of \(target.description.name); give both the same network"
            )
        }
        return layers
    }

    private static let scope = "encoder"

    private func accuracy(
        _ method: Method, _ layers: Checkpoint?, _ data: DataSet, _ budget: Int, _ backend: any Backend, _ seed: UInt32
    ) throws -> Double {
        var conditions = Contestant.Conditions(labels: budget)
        func trained(_ contestant: Contestant) throws -> Trainer {
            try contestant.trained(on: data, Session(backend: backend, seed: seed), seed, conditions)
        }
        switch method {
        case .scratch: break
        case .frozen:
            conditions.start = layers
            conditions.frozen = [Self.scope]
        case .fineTuned: conditions.start = layers
        case .gradual:
            let stages = scopes(of: layers)
            var stage = target
            stage.steps = max(target.steps / (stages.count + 1), 1)
            conditions.start = layers
            for held in (1...stages.count).reversed() {
                conditions.frozen = Array(stages[..<held])
                conditions.start = try trained(stage).checkpoint()
            }
            conditions.frozen = []
            return try trained(stage).score("accuracy")
        }
        return try trained(target).score("accuracy")
    }

    /// The first parts of the names of the layers, from the lowest on: `encoder.0`, `encoder.1`.
    private func scopes(of layers: Checkpoint?) -> [String] {
        let numbers = (layers?.variables.keys.map(\.self) ?? []).compactMap { name in
            name.split(separator: ".").dropFirst().first.flatMap { Int($0) }
        }
        return numbers.isEmpty ? [Self.scope] : Set(numbers).sorted().map { "\(Self.scope).\($0)" }
    }
}
