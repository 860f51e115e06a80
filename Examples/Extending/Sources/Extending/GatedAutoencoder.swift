import Strata

/// An autoencoder whose encoder is a gated layer, trained on the squared error.
struct GatedAutoencoder: EncodingModel, DecodingModel {
    let encoder: Network
    let decoder: Network
    let codeSize: Int

    init(features: Int, hidden: Int, code: Int) {
        encoder = Network("encoder", input: [features], GatedLayer(outputs: code))
        decoder = Network(
            "decoder", input: [code],
            Sequential([Dense(hidden, activation: .tanh), Dense(features, activation: .sigmoid)]))
        codeSize = code
    }

    var variables: [StateVariable] { encoder.variables + decoder.variables }
    var criterion: Criterion { .minimize("squared_error") }

    func encode(_ examples: Tensor) -> Tensor { encoder(examples) }
    func decode(_ codes: Tensor) -> Tensor { decoder(codes) }

    var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: encoder.parameters + decoder.parameters) { batch, _ in
                let error = error(batch)
                return Objective(error, metrics: [error])
            }
        ]
    }

    func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] { [error(batch)] }

    private func error(_ batch: Batch) -> Metric {
        Metric("squared_error", Loss.squaredError(decode(encode(batch.examples)), batch.examples))
    }

    static let description = ModelDescription(
        name: "mine", summary: "autoencoder with a gated encoder",
        hyperparameters: [
            Hyperparameter("hidden", .integer(32), in: 1...4096, "hidden units of the decoder"),
            Hyperparameter("code", .integer(2), in: 1...4096, "latent dimensions"),
        ],
        batchSize: 100, optimizer: .adam(0.01),
        build: { spec, settings in
            GatedAutoencoder(
                features: spec.features, hidden: settings.integer("hidden"), code: settings.integer("code"))
        })
}
