import StrataBackend
import StrataNN

extension GenerativeAdversarialNetwork {
    /// `gan` in the zoo: 100 latent dimensions, dense layers of leaky units, Adam at 2e-4 with β₁ = 0.5 as Radford et
    /// al. (2016) have it, batches of 128. What a loss needs besides is its default: five critic steps and a gradient
    /// penalty of 10 for `wasserstein`, spectral norms for `hinge`, R1 and R2 for `relativistic`.
    ///
    /// `build` throws `data` where a network of convolutions gets no images, or a conditional one no classes; `usage` for
    /// a Wasserstein critic that nothing bounds, and for a penalty on the gradient of single examples beside batch
    /// normalization.
    public static let description = ModelDescription(
        name: "gan", summary: "generative adversarial network, six losses (Goodfellow et al. 2014)",
        hyperparameters: [
            Hyperparameter("noise", .integer(100), in: 1...65536, "latent dimensions"),
            Hyperparameter("generator", .integers([256, 512, 1024]), in: 1...65536, "widths of its hidden layers")
                .only(when: "network", is: "mlp"),
            Hyperparameter("discriminator", .integers([512, 256]), in: 1...65536, "widths of its hidden layers")
                .only(when: "network", is: "mlp"),
            Hyperparameter("loss", AdversarialLoss.Name.nonSaturating, "what the players descend on"),
            Hyperparameter("critic-steps", .integer(1), in: 1...100, "moves of the discriminator in a step")
                .defaulting(to: .integer(5), when: "loss", is: wasserstein),
            Hyperparameter("clip-weights", .real(0), in: 0...1000, "bound of the discriminator's weights; 0 for none"),
            Hyperparameter(
                "gradient-penalty", .real(0), in: 0...1e6, "λ of λ (‖∇D‖ − 1)² between examples and samples"
            ).defaulting(to: .real(0), when: "clip-weights", isNot: "0")
                .defaulting(to: .real(10), when: "loss", is: wasserstein),
            Hyperparameter("r1", .real(0), in: 0...1e6, "γ of ½ γ ‖∇D‖² at examples")
                .defaulting(to: .real(1), when: "loss", is: relativistic),
            Hyperparameter("r2", .real(0), in: 0...1e6, "γ of ½ γ ‖∇D‖² at samples")
                .defaulting(to: .real(1), when: "loss", is: relativistic),
            Hyperparameter("spectral-norm", .flag(false), "divides the discriminator's weights by their spectral norms")
                .defaulting(to: .flag(true), when: "loss", is: AdversarialLoss.Name.hinge.rawValue),
            Hyperparameter("conditional", .flag(false), "learns what each class looks like"),
        ] + Architecture.hyperparameters(hidden: nil, automatic: "auto is leaky-relu"),
        batchSize: 128, optimizer: .adam(2e-4, ["beta1": "0.5"]),
        build: { spec, settings in
            var generator = Architecture(settings, automatic: .leakyReLU, initialization: .standard)
            var discriminator = generator
            try generator.check(spec.shape)
            generator.hidden = settings.integers("generator").reversed()
            discriminator.hidden = settings.integers("discriminator")
            let model = GenerativeAdversarialNetwork(
                shape: spec.shape, noise: settings.integer("noise"), generator: generator, discriminator: discriminator,
                classes: settings.flag("conditional") ? try spec.labelled("a conditional model") : 0,
                scale: spec.exampleScale, game: try game(settings))
            guard model.game.penalties.isEmpty || !model.discriminator.mixesExamples else {
                throw StrataError(
                    parameter: "normalization", "batch",
                    "a penalty on the gradient of each example takes a discriminator that sees it alone; take layer, or"
                        + " no gradient-penalty, r1 and r2")
            }
            return model
        })

    private static let wasserstein = AdversarialLoss.Name.wasserstein.rawValue
    private static let relativistic = AdversarialLoss.Name.relativistic.rawValue

    /// The game that a user's settings ask for.
    private static func game(_ settings: Hyperparameters) throws -> AdversarialGame {
        let name = settings.choice("loss", AdversarialLoss.Name.nonSaturating)
        let clip = Float(settings.real("clip-weights"))
        let game = AdversarialGame(
            name, criticSteps: settings.integer("critic-steps"),
            penalties: GradientPenalties(
                interpolated: Float(settings.real("gradient-penalty")), real: Float(settings.real("r1")),
                fake: Float(settings.real("r2"))),
            clip: clip > 0 ? clip : nil, normalizesSpectrum: settings.flag("spectral-norm"))
        let isBounded = game.loss.tie != nil || clip > 0 || game.normalizesSpectrum || !game.penalties.isEmpty
        guard isBounded else {
            throw StrataError(
                parameter: "loss", name.rawValue,
                "has no minimum unless the critic is bounded; take clip-weights, gradient-penalty, r1 or spectral-norm")
        }
        return game
    }
}
