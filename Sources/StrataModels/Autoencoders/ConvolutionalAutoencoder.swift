import StrataBackend
public import StrataGraph
import StrataNN

/// The convolutional autoencoder (Masci et al., "Stacked convolutional auto-encoders for hierarchical feature extraction",
/// 2011): convolutions that halve a picture's extents, a linear code, and their transposes back.
public struct ConvolutionalAutoencoder: EncodingModel, DecodingModel {
    /// [channels, height, width] of an example, and of what the convolutions make of it.
    private let picture: [Int]
    private let inner: [Int]
    private let down: [Convolution]
    private let toCode: Dense
    private let fromCode: Dense
    private let up: [TransposedConvolution]
    public let codeSize: Int

    /// - Parameters:
    ///   - picture: channels, height and width of an example.
    ///   - channels: of each convolution, from the picture down.
    public init(picture: [Int], channels: [Int] = [16, 32], code: Int = 30) {
        var down: [Convolution] = []
        var extents = [Array(picture.dropFirst())]
        let widths = [picture[0]] + channels
        for (number, (inputs, outputs)) in zip(widths, channels).enumerated() {
            let layer = Convolution("encoder.\(number)", inputs: inputs, outputs: outputs, stride: 2, activation: .relu)
            extents.append(extents[number].map { layer.extent($0) })
            down.append(layer)
        }
        inner = [widths[channels.count]] + extents[channels.count]
        let flat = inner.reduce(1, *)
        toCode = Dense("code", inputs: flat, outputs: code)
        fromCode = Dense("decoder.\(channels.count)", inputs: code, outputs: flat, activation: .relu)
        up = channels.indices.reversed().map { number in
            TransposedConvolution(
                "decoder.\(number)", inputs: channels[number], outputs: widths[number], stride: 2,
                extents: extents[number], activation: number > 0 ? .relu : .identity)
        }
        self.picture = picture
        self.down = down
        codeSize = code
    }

    public var variables: [StateVariable] {
        down.flatMap(\.variables) + toCode.variables + fromCode.variables + up.flatMap(\.variables)
    }

    public func trainingStep(_ batch: Batch, _ context: StepContext) -> TrainingStep {
        let metrics = evaluation(batch, key: context.key)
        return TrainingStep(
            updates: context.optimizer.minimizing(metrics[0].value, variables, step: context.step), metrics: metrics)
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        let logits = logits(encode(batch.examples))
        return [
            Metric("cross_entropy", Loss.bernoulli(logits: logits, batch.examples)),
            Metric("reconstruction_error", Loss.squaredError(logits.sigmoid(), batch.examples)),
        ]
    }

    public func encode(_ examples: Tensor) -> Tensor {
        let pictures = examples.reshape(Shape([examples.shape[0]] + picture))
        return toCode(down.reduce(pictures) { $1($0) }.flattened())
    }

    public func decode(_ codes: Tensor) -> Tensor { logits(codes).sigmoid() }

    private func logits(_ codes: Tensor) -> Tensor {
        let maps = fromCode(codes).reshape(Shape([codes.shape[0]] + inner))
        return up.reduce(maps) { $1($0) }.flattened()
    }

    public static let description = ModelDescription(
        name: "convolutional-autoencoder", summary: "convolutions down to a code and back (Masci et al. 2011)",
        hyperparameters: [
            Hyperparameter("channels", .integers([16, 32]), in: 1...4096, "channels of the convolutions, each of which halves the picture"),
            Hyperparameter("code", .integer(30), in: 1...65536, "numbers in a code"),
        ],
        batchSize: 128, learningRate: 1e-3, optimizer: { rate, _ in Adam(learningRate: rate) },
        build: { domain, settings in
            ConvolutionalAutoencoder(
                picture: try domain.picture("convolutional-autoencoder"), channels: settings.integers("channels"),
                code: settings.integer("code"))
        })
}
