import StrataBackend
import StrataGraph
import StrataModels
import StrataNN

extension Workload {
    /// Training steps of convolutional models, which peers have in just these sizes.
    static let convolutionalModels: [Workload] = [
        training(
            "conv-ae", Autoencoder.convolutional, ["channels": "16,32"]),
        training("vae-conv", variational, [:]),
        training("dcgan", adversarial, [:]),
        training("unet", FlowMatching.description),
    ]

    /// The convolution 32 → 64 channels, 3 × 3, over 64 maps of 28 × 28, its gradients, and a first layer.
    static let convolutions: [Workload] = [
        kernel("conv2d", "convolution 64 × 32 → 64, 28 × 28, 3 × 3") { inputs in
            let (x, filter, _) = operands(inputs)
            return x.convolve(filter, same)
        },
        kernel("conv2d-input", "its gradient with respect to the input") { inputs in
            let (x, filter, g) = operands(inputs)
            return gradient(of: (x.convolve(filter, same) * g).sum(), withRespectTo: [x])[0]
        },
        kernel("conv2d-filter", "its gradient with respect to the filter") { inputs in
            let (x, filter, g) = operands(inputs)
            return gradient(of: (x.convolve(filter, same) * g).sum(), withRespectTo: [filter])[0]
        },
        kernel("conv2d-first", "convolution 128 × 1 → 32, 28 × 28, 4 × 4, stride 2") { inputs in
            inputs.normal("x", [128, 1, 28, 28]).convolve(
                inputs.normal("filter", [32, 1, 4, 4]),
                ConvolutionWindow(stride: [2, 2], paddingLow: [1, 1], paddingHigh: [1, 1]))
        },
        kernel("conv2d-depthwise", "convolution 64 × 64, each channel by itself, 28 × 28, 3 × 3") { inputs in
            let (x, filter, _) = depthwise(inputs)
            return x.convolve(filter, each)
        },
        kernel("conv2d-depthwise-filter", "its gradient with respect to the filter") { inputs in
            let (x, filter, g) = depthwise(inputs)
            return gradient(of: (x.convolve(filter, each) * g).sum(), withRespectTo: [filter])[0]
        },
        kernel("pool-max", "maxima of 2 × 2 over 128 × 32 × 28 × 28, and their gradient") { inputs in
            let x = inputs.normal("x", [128, 32, 28, 28]), g = inputs.normal("gradient", [128, 32, 14, 14])
            let pooled = x.windows([2, 2], strides: [2, 2]).maximum(over: [2, 3])
            return gradient(of: (pooled * g).sum(), withRespectTo: [x])[0]
        },
    ]

    private static let same = ConvolutionWindow(paddingLow: [1, 1], paddingHigh: [1, 1])

    private static let each = ConvolutionWindow(paddingLow: [1, 1], paddingHigh: [1, 1], groups: 64)

    private static func depthwise(_ inputs: Inputs) -> (Tensor, Tensor, Tensor) {
        let map = Shape([64, 64, 28, 28])
        return (inputs.normal("x", map), inputs.normal("filter", [64, 1, 3, 3]), inputs.normal("gradient", map))
    }

    private static func operands(_ inputs: Inputs) -> (Tensor, Tensor, Tensor) {
        (
            inputs.normal("x", [64, 32, 28, 28]), inputs.normal("filter", [64, 32, 3, 3]),
            inputs.normal("gradient", [64, 64, 28, 28])
        )
    }

    /// Two convolutions 4 × 4 of stride 2, a dense layer, 32 latent dimensions, and their mirror image.
    static var convolutionalAutoencoder: VariationalAutoencoder {
        let start = Initialization.standard
        let encoder = Sequential([
            Reshape([1, 28, 28]),
            Convolution(32, size: 4, stride: 2, padding: 1, activation: .relu, initialization: start),
            Convolution(64, size: 4, stride: 2, padding: 1, activation: .relu, initialization: start),
            Flatten(), Dense(256, activation: .relu, initialization: start),
        ])
        let decoder = Sequential([
            Dense(256, activation: .relu, initialization: start),
            Dense(64 * 49, activation: .relu, initialization: start), Reshape([64, 7, 7]),
            TransposedConvolution(32, size: 4, stride: 2, padding: 1, activation: .relu, initialization: start),
            TransposedConvolution(1, size: 4, stride: 2, padding: 1, initialization: start), Flatten(),
        ])
        return VariationalAutoencoder(features: 784, encoder: encoder, decoder: decoder, latent: 32)
    }

    private static let variational = model("vae-conv", "variational autoencoder of convolutions", 128, .adam(1e-3)) {
        convolutionalAutoencoder
    }

    /// The deep convolutional adversarial network (Radford, Metz and Chintala 2016) for images of 28 × 28.
    private static let adversarial = model(
        "dcgan", "adversarial network of convolutions", 64, .adam(2e-4, ["beta1": "0.5"])
    ) {
        let start = Initialization(weight: { _, _ in .normal(mean: 0, standardDeviation: 0.02) })
        let generator = Sequential([
            Dense(128 * 49, activation: .relu, initialization: start), Reshape([128, 7, 7]),
            Block(
                TransposedConvolution(64, size: 4, stride: 2, padding: 1, initialization: start),
                normalization: Normalization(.batch), activation: .relu),
            TransposedConvolution(1, size: 4, stride: 2, padding: 1, initialization: start), Flatten(), Activation.tanh,
        ])
        let discriminator = Sequential([
            Reshape([1, 28, 28]),
            Convolution(64, size: 4, stride: 2, padding: 1, activation: .leakyReLU, initialization: start),
            Block(
                Convolution(128, size: 4, stride: 2, padding: 1, initialization: start),
                normalization: Normalization(.batch), activation: .leakyReLU),
            Flatten(), Dense(1, initialization: start),
        ])
        return GenerativeAdversarialNetwork(
            features: 784, noise: 100, generator: generator, discriminator: discriminator)
    }

    private static func model(
        _ name: String, _ summary: String, _ batchSize: Int, _ optimizer: OptimizerChoice,
        _ build: @escaping @Sendable () -> any Model
    ) -> ModelDescription {
        ModelDescription(
            name: name, summary: summary, hyperparameters: [], batchSize: batchSize, optimizer: optimizer,
            build: { _, _ in build() })
    }
}
