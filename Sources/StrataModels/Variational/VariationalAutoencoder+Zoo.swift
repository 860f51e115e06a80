import StrataBackend
import StrataData
import StrataNN

extension VariationalAutoencoder {
    /// The prior of the codes, as a user may choose it.
    private enum PriorChoice: String, CaseIterable {
        case normal, mixture, vamp

        func prior(_ spec: DataSpec, _ settings: Hyperparameters, domain: ValueDomain?) -> any LatentPrior {
            let (latent, components) = (settings.integer("latent"), settings.integer("components"))
            return switch self {
            case .normal: NormalPrior(latent: latent)
            case .mixture: MixturePrior(latent: latent, components: components)
            case .vamp: VampPrior(features: spec.features, components: components, domain: domain)
            }
        }
    }

    private static let priorHyperparameters = [
        Hyperparameter("prior", PriorChoice.normal, "distribution of the codes"),
        Hyperparameter(
            "components", .integer(100), in: 1...10000, "Gaussians of a mixture, or pseudo-inputs of a VampPrior"
        ).only(when: "prior", isNot: PriorChoice.normal.rawValue),
    ]

    private static let objectiveHyperparameters =
        [
            Hyperparameter(
                "importance", .integer(1), in: 1...1000, "draws for an example: an importance-weighted bound"),
            Hyperparameter(
                "gradient", VariationalObjective.GradientEstimator.standard, "estimator of the encoder's gradient"
            ).only(when: "importance", isNot: "1"),
        ] + VariationalObjective.hyperparameters.map { $0.only(when: "importance", is: "1") }

    /// `vae` in the zoo: 400 hidden units and 20 latent dimensions, a Bernoulli decoder and a standard normal prior, Adam at
    /// 1e-3, batches of 128. `build` throws `data` where a network of convolutions gets no images, and where a decoder of
    /// bytes gets other numbers.
    public static let description = ModelDescription(
        name: "vae", summary: "variational autoencoder, Gaussian code, any decoder and prior (Kingma & Welling 2014)",
        hyperparameters: Architecture.hyperparameters(hidden: [400]) + [
            Hyperparameter("latent", .integer(20), in: 1...65536, "latent dimensions")
        ] + DecoderChoice.hyperparameters + priorHyperparameters + objectiveHyperparameters
            + RegularizerChoice.hyperparameters + [
                Hyperparameter(
                    "conditional", .flag(false), "encoder and decoder are told the class; not with a VampPrior"
                )
                .only(when: "prior", isNot: PriorChoice.vamp.rawValue)
            ],
        batchSize: 128, optimizer: .adam(1e-3),
        build: { spec, settings in
            let network = Architecture(settings, initialization: .standard)
            try network.check(spec.shape)
            let likelihood = try DecoderChoice.distribution(spec, settings)
            let prior = settings.choice("prior", PriorChoice.normal)
                .prior(spec, settings, domain: likelihood.domain)
            let objective = VariationalObjective(
                settings, regularizer: RegularizerChoice.regularizer(spec, settings))
            guard settings.flag("conditional") else {
                return VariationalAutoencoder(
                    shape: spec.shape, network: network, latent: settings.integer("latent"), likelihood: likelihood,
                    prior: prior, objective: objective)
            }
            return ConditionalVariationalAutoencoder(
                shape: spec.shape, classes: try spec.labelled("a conditional model"), network: network,
                latent: settings.integer("latent"), likelihood: likelihood, prior: prior, objective: objective)
        })
}
