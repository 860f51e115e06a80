import StrataBackend
import StrataData
import StrataNN

extension Pix2Pix {
    /// `pix2pix` in the zoo: a U-Net of 32, 64 and 64 channels, a discriminator of patches of 18 × 18 pixels, λ of 100,
    /// Adam at 2e-4 with β₁ = 0.5 as Isola et al. (2017) have it, batches of 64.
    ///
    /// `build` throws `data` where the examples are no images, or too small to be halved as often as the discriminator's
    /// channels have it; `usage` for sources or channels that do not fit, and for a Wasserstein critic that nothing
    /// bounds.
    public static let description = ModelDescription(
        name: "pix2pix", summary: "images from edges, grays or other images, by two players (Isola et al. 2017)",
        hyperparameters: [
            PairSource.hyperparameter(.edges),
            UNet.channelsHyperparameter,
            Hyperparameter(
                "discriminator", .integers([64, 128]), in: 1...4096,
                "channels of its convolutions, each of which halves the extents"),
            Hyperparameter("loss", AdversarialLoss.Name.nonSaturating, "what the players descend on"),
            Hyperparameter("l1-weight", .real(100), in: 0...1e6, "λ, the weight of the mean absolute error"),
            Hyperparameter("spectral-norm", .flag(false), "divides the discriminator's weights by their spectral norms")
                .defaulting(
                    to: .flag(true), when: "loss", is: AdversarialLoss.Name.hinge.rawValue,
                    AdversarialLoss.Name.wasserstein.rawValue),
        ],
        batchSize: 64, optimizer: .adam(2e-4, ["beta1": "0.5"]),
        build: { spec, settings in
            let source = try PairSource(spec, settings, standard: .edges)
            let name = settings.choice("loss", AdversarialLoss.Name.nonSaturating)
            let game = AdversarialGame(name, normalizesSpectrum: settings.flag("spectral-norm"))
            guard game.loss.tie != nil || game.normalizesSpectrum else {
                throw StrataError(
                    parameter: "loss", name.rawValue, "has no minimum unless the critic is bounded; take spectral-norm")
            }
            let generator = try UNet(settings, for: spec.shape, outputs: source.image[0])
            return Pix2Pix(
                source: source, generator: Sequential([generator, Activation.tanh]),
                discriminator: try patches(settings.integers("discriminator"), source.image), game: game,
                absoluteErrorWeight: Float(settings.real("l1-weight")))
        })

    /// A discriminator of patches: convolutions 4 × 4 that halve the extents, and a last one that says of each place
    /// whether what it has seen is true. All but the first are normalized over each channel of each pair.
    private static func patches(_ channels: [Int], _ image: [Int]) throws -> Sequential {
        // A channel of a single pixel, less its mean, would be 0.
        guard image.dropFirst().allSatisfy({ $0 >> min(channels.count, 32) > 1 }) else {
            throw StrataError(
                parameter: "discriminator", channels,
                "images of \(image[1]) × \(image[2]) cannot be halved \(channels.count) times; take fewer channels")
        }
        let blocks = channels.enumerated().map { place, outputs in
            Block(
                Convolution(outputs, size: 4, stride: 2, padding: 1, initialization: .standard),
                normalization: place == 0 ? nil : Normalization(.instance), activation: .leakyReLU)
        }
        return Sequential(blocks + [Convolution(1), Flatten()] as [any Layer])
    }
}
