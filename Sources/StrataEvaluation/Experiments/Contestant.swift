import StrataBackend
import StrataCompiler
import StrataData
public import StrataModels
public import StrataNN
import StrataTraining

/// A model of the zoo that an experiment trains, by the optimizer that suits it.
public struct Contestant: Sendable {
    /// The model.
    public var description: ModelDescription
    /// A value for each of its settings.
    public var settings: Hyperparameters
    /// Steps of its training, at least; whole epochs are trained.
    public var steps: Int
    /// The trained models that it is built upon.
    public var networks: TrainedNetworks

    /// A model of settings that fit it, which is not checked.
    public init(
        _ description: ModelDescription, _ settings: Hyperparameters, steps: Int, upon networks: TrainedNetworks = [:]
    ) {
        (self.description, self.settings, self.steps, self.networks) = (description, settings, steps, networks)
    }

    /// Throws `usage` for a number of steps that cannot be.
    func check(_ parameter: String = "steps") throws {
        guard (1...10_000_000).contains(steps) else {
            throw StrataError(parameter: parameter, steps, "expected a number from 1 to 10000000")
        }
    }

    /// What a training begins with, and what it may use, where that is not all.
    struct Conditions {
        /// The examples whose labels may be used; `nil` for all.
        var labels: Int?
        /// Values of variables to start from, as far as they have the model's names.
        var start: Checkpoint?
        /// First parts of the names of parameters that stay as they are.
        var frozen: [String] = []
        /// Models that it is built upon.
        var networks: TrainedNetworks = [:]
        /// The learning rate; `nil` for that of the description.
        var learningRate: Double?
    }

    /// A training that is done.
    func trained(
        on data: DataSet, _ session: Session, _ seed: UInt32, _ conditions: Conditions = Conditions()
    ) throws -> Trainer {
        // A model without an optimizer is fitted by as many passes.
        var choice = description.optimizer ?? .sgd(0.1, momentum: 0)
        if let rate = conditions.learningRate { choice.learningRate = rate }
        let model = try description.build(data.spec, settings, upon: networks.merging(conditions.networks) { $1 })
        let labels = min(conditions.labels ?? data.train.count, data.train.count)
        let examples = model.phases.last?.needsLabels == true ? labels : data.train.count
        let batch = min(description.batchSize, data.train.count)
        let batches = (examples - 1) / batch + 1
        var optimizer = try choice.optimizer()
        optimizer.frozen = conditions.frozen
        let trainer = try Trainer(
            model: model, optimizer: optimizer, data: data, session: session,
            configuration: TrainingConfiguration(
                epochs: (steps - 1) / batches + 1, batchSize: batch, seed: seed, labels: conditions.labels))
        if let start = conditions.start { try trainer.start(from: start) }
        while trainer.epoch < trainer.epochCount { try trainer.trainStep() }
        return trainer
    }
}

extension Trainer {
    /// A metric of the test examples. Throws `unsupported` where the model tells none of that name.
    func score(_ metric: String) throws -> Double {
        guard let value = try evaluate().first(where: { $0.name == metric })?.value else {
            throw StrataError(.unsupported, "the model tells no \(metric)")
        }
        return Double(value)
    }
}
