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

    /// A training that is done, of a model without an optimizer as long as it takes.
    func trained(on data: DataSet, _ session: Session, _ seed: UInt32) throws -> Trainer {
        let batch = min(description.batchSize, data.train.count)
        let batches = (data.train.count - 1) / batch + 1
        let trainer = try Trainer(
            model: description.build(data.spec, settings, upon: networks),
            optimizer: description.optimizer?.optimizer() ?? .sgd(), data: data, session: session,
            configuration: TrainingConfiguration(
                epochs: (steps - 1) / batches + 1, batchSize: batch, seed: seed))
        while trainer.epoch < trainer.epochCount { try trainer.trainStep() }
        return trainer
    }
}
