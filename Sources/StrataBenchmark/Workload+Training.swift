import StrataBackend
import StrataCompiler
import StrataModels
import StrataNN
import StrataTraining

extension Workload {
    /// Whole training steps: batch, forward, backward, optimizer.
    static let training: [Workload] = [
        ("ae-deep", "deep-autoencoder", [:]),
        ("ae-denoising", "denoising-autoencoder", [:]),
        ("vae", "vae", [:]),
        ("rbm", "rbm", [:]),
        ("rbm-pcd", "rbm", ["chains": "100"]),
        // Mean field and chains, of all layers together.
        ("dbm-joint", "dbm", ["pretraining-epochs": "0"]),
        ("gan", "gan", [:]),
        ("multitask", "multitask", [:]),
        ("classifier", "classifier", [:]),
        ("simclr-mlp", "simclr", [:]),
        ("iwae", "vae", ["hidden": "200,200", "activation": "tanh", "latent": "50", "importance": "5"]),
        // Gradients of gradients.
        ("r3gan", "gan", ["loss": "relativistic"]),
        ("real-nvp", "real-nvp", [:]),
        ("made", "made", [:]),
    ].compactMap { name, model, settings in
        Zoo.builtIn.models.first { $0.name == model }.map { training(name, $0, settings) }
    }

    /// The rows of images as sequences.
    static let sequences: [Workload] = [
        training(
            "lstm-vae", VariationalAutoencoder.description, ["network": "lstm", "units": "128", "latent": "16"],
            batchSize: 64)
    ]

    /// The training step of a model; what the user sets goes before `preset`.
    static func training(
        _ name: String, _ model: ModelDescription, _ preset: [String: String] = [:], batchSize: Int? = nil
    ) -> Workload {
        let shown = preset.sorted { $0.key < $1.key }.map { " --\($0) \($1)" }.joined()
        var workload = Workload(name, "training step of \(model.name)\(shown)") { setup in
            let data = try setup.data()
            let settings = try Hyperparameters(model.hyperparameters, preset.merging(setup.settings) { $1 })
            let trainer = try Trainer(
                model: model.build(data.spec, settings), optimizer: try model.optimizer?.optimizer() ?? .sgd(),
                data: data, session: Session(backend: setup.backend, seed: 1),
                configuration: TrainingConfiguration(
                    batchSize: setup.batchSize ?? min(batchSize ?? model.batchSize, data.train.count), seed: 1,
                    isShuffled: false))
            return PreparedWorkload(
                batch: trainer.configuration.batchSize, program: try trainer.program,
                step: { try trainer.trainStep() }, profile: { try trainer.profileStep() },
                warmUp: { try loss(trainer) })
        }
        workload.isTraining = true
        return workload
    }

    /// Steps after which the loss is looked at, and over how many it is averaged.
    private static let (stepsToLoss, stepsOfLoss) = (200, 20)

    /// The model's criterion, or what it reports first where the criterion takes an evaluation, over steps 181 to 200, on
    /// batches in the order of the data: the same for every system that trains the model, but for the draw of the weights.
    /// (Where 200 steps are more than an epoch, since its start.)
    private static func loss(_ trainer: Trainer) throws -> Float? {
        func mean(after steps: Int) throws -> Float? {
            while trainer.step < steps { try trainer.trainStep() }
            let metrics = try trainer.trainingMetrics()
            return (metrics.first { $0.name == trainer.model.criterion.metric } ?? metrics.first)?.value
        }
        let before = stepsToLoss - stepsOfLoss
        guard trainer.batchesPerEpoch > stepsToLoss else { return try mean(after: stepsToLoss) }
        guard let first = try mean(after: before), let last = try mean(after: stepsToLoss) else { return nil }
        return (last * Float(stepsToLoss) - first * Float(before)) / Float(stepsOfLoss)
    }
}
