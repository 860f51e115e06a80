import StrataBackend
import StrataData
import StrataNN

extension MusicVariationalAutoencoder {
    /// `music-vae` in the zoo: LSTMs of 256 units, 64 latent dimensions, bars of 16 steps, Adam at 1e-3, batches of 128.
    /// `build` throws `data` for examples that are no tokens, `usage` where they are no whole bars.
    public static let description = ModelDescription(
        name: "music-vae", summary: "variational autoencoder of melodies, bar by bar (MusicVAE, Roberts et al. 2018)",
        hyperparameters: [
            Hyperparameter("units", .integer(256), in: 1...16384, "units of each LSTM"),
            Hyperparameter("layers", .integer(1), in: 1...64, "layers of each LSTM"),
            Hyperparameter("latent", .integer(64), in: 1...65536, "latent dimensions"),
            Hyperparameter("bar", .integer(16), in: 1...1000, "steps of a bar"),
            Hyperparameter(
                "scheduled-sampling", .real(0), in: 0...1, "share of the decoder's own tokens that it learns from"),
            Hyperparameter("scheduled-sampling-steps", .integer(0), "steps over which that share rises from 0")
                .only(when: "scheduled-sampling", isNot: "0"),
            Hyperparameter("temperature", .real(1), in: 0.01...100, "what the logits of samples are divided by")
                .ofSampling(),
        ] + VariationalObjective.hyperparameters,
        batchSize: 128, optimizer: .adam(1e-3),
        build: { spec, settings in
            guard case .tokens(let vocabulary) = spec.example.meaning, spec.shape.count == 1 else {
                throw StrataError(
                    .data,
                    "music-vae takes melodies of tokens [steps]; these examples are \(Shape(spec.shape)) "
                        + (spec.hasTokens ? "tokens" : "numbers, which are tokens only where that is asked for"))
            }
            let bar = settings.integer("bar")
            guard spec.features >= bar, spec.features % bar == 0 else {
                throw StrataError(
                    parameter: "bar", bar, "melodies of \(spec.features) steps are no whole bars of so many")
            }
            return MusicVariationalAutoencoder(
                bars: spec.features / bar, bar: bar, vocabulary: vocabulary, latent: settings.integer("latent"),
                units: settings.integer("units"), layers: settings.integer("layers"),
                objective: VariationalObjective(settings),
                scheduled: ScheduledSampling(
                    share: Float(settings.real("scheduled-sampling")),
                    steps: settings.integer("scheduled-sampling-steps")),
                temperature: Float(settings.real("temperature")))
        })
}
