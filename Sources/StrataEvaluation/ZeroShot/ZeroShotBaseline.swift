public import StrataBackend
import StrataCompiler
public import StrataData
import StrataModels
import StrataNN
import StrataTraining

/// What a linear model makes of the same data, beside which other models of unseen classes are seen: ESZSL on random
/// features of the examples, as many as there are training examples and 2,000 at most.
public enum ZeroShotBaseline {
    /// The curve of the linear model on the test split, trained on the training split.
    ///
    /// Throws `data` for data whose classes nothing describes or of which none is unseen.
    public static func curve(on data: DataSet, backend: any Backend, seed: UInt32) throws -> SeenUnseenCurve {
        let (predictor, attributes) = try contestant(for: data).predictor(
            trainedOn: data, Session(backend: backend, seed: seed), seed)
        return try SeenUnseenCurve(predictor, on: data.test, attributes)
    }

    /// The linear model.
    static func contestant(for data: DataSet) throws -> Contestant {
        let (description, features) = (ESZSL.description, min(data.train.count, 2000))
        return Contestant(
            description, try Hyperparameters(description.hyperparameters, ["random-features": "\(features)"]), steps: 1)
    }
}

extension Contestant {
    /// The model after training, as a predictor. Throws `data` where the classes are not described.
    func predictor(
        trainedOn data: DataSet, _ session: Session, _ seed: UInt32
    ) throws -> (predictor: Predictor, attributes: ClassAttributes) {
        guard let attributes = data.attributes else {
            throw StrataError(.data, "'\(data.name)' has nothing that describes its classes")
        }
        let trainer = try trained(on: data, session, seed)
        return (
            try Predictor(trainer.model, features: data.exampleShape.elementCount, session: session), attributes
        )
    }
}
