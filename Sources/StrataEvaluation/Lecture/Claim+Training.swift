import StrataBackend
import StrataCompiler
import StrataData
import StrataModels
import StrataNN
import StrataTraining

extension Claim.Setting {
    /// The first of the images: enough for a small experiment.
    func fewImages(_ count: Int = 10_000) throws -> DataSet {
        let (train, test) = (min(count, images.train.count), min(2000, images.test.count))
        return try DataSet(
            name: images.name, train: images.train.subset((0..<Int32(train)).map { $0 }),
            test: images.test.subset((0..<Int32(test)).map { $0 }))
    }

    /// A model of the zoo for some of its settings, that trains for so many steps.
    func contestant(_ name: String, _ settings: [String: String] = [:], steps: Int) throws -> Contestant {
        let description = try Zoo.builtIn[name]
        return Contestant(description, try Hyperparameters(description.hyperparameters, settings), steps: steps)
    }

    /// A trained model of the zoo, ready for use.
    func predictor(
        _ name: String, _ settings: [String: String] = [:], steps: Int, on data: DataSet, seed: UInt32
    ) throws -> Predictor {
        let trainer = try contestant(name, settings, steps: steps).trained(
            on: data, Session(backend: backend, seed: seed), seed)
        return try Predictor(trainer.model, features: data.spec.features, session: trainer.session)
    }
}
