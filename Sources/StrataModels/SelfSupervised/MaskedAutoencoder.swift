import StrataBackend
import StrataData
public import StrataGraph
public import StrataNN

/// An autoencoder that sees a part of an image and learns to tell the rest: patches are replaced by one that is learned, and the
/// squared error of these alone is its loss (Pathak, Krähenbühl, Donahue, Darrell and Efros, "Context encoders: feature learning
/// by inpainting", 2016; He, Chen, Xie, Li, Dollár and Girshick, "Masked autoencoders are scalable vision learners", 2022; Xie
/// et al., "SimMIM: a simple framework for masked image modeling", 2022, whose encoder sees all places, as here).
public struct MaskedAutoencoder: LayeredModel, DecodingModel {
    let encoder: Network
    let decoder: Network
    private let mask: PatchMask
    /// What stands for a patch that is not seen: [channels, patch, patch].
    private let token: StateVariable

    /// - Parameters:
    ///   - shape: Of an example, [height, width] or [channels, height, width].
    ///   - network: The encoder; the decoder is its mirror image.
    ///   - mask: What is not seen.
    public init(shape: [Int], network: Architecture, mask: PatchMask) {
        encoder = Network("encoder", input: [shape.product], network.encoder(shape))
        decoder = Network("decoder", input: encoder.outputShape, network.decoder(to: shape))
        self.mask = mask
        token = StateVariable(
            "mask_token", Shape([mask.image.first ?? 1, mask.patch, mask.patch]), initializer: .zeros)
    }

    public var variables: [StateVariable] { encoder.variables + decoder.variables + [token] }
    public var criterion: Criterion { .minimize("masked_error") }
    public var codeSize: Int { encoder.outputShape.elementCount }

    public var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: encoder.parameters + decoder.parameters + [token]) { batch, context in
                var pass = context.pass()
                let metrics = metrics(batch, context.key, &pass)
                return Objective(metrics[0], metrics: metrics, updates: pass.updates)
            }
        ]
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        return metrics(batch, key, &pass)
    }

    private func metrics(_ batch: Batch, _ key: RandomKey, _ pass: inout Pass) -> [Metric] {
        let x = batch.examples
        let hidden = mask(x, key.named("patches"))
        if hidden.isInvalid { return [Metric("masked_error", hidden)] }
        let codes = encoder(x * (1 - hidden) + mask.tiled(token.tensor) * hidden, &pass)
        let error = ((decoder(codes, &pass) - x).squared() * hidden).sum([1]) * (1 / Float(max(mask.hiddenNumbers, 1)))
        return [Metric("masked_error", error)] + EmbeddingHealth.ofCodes(codes, batch)
    }

    /// Of the whole example.
    public func encode(_ examples: Tensor) -> Tensor { encoder(examples) }

    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] { encoder.activations(examples) }

    public func decode(_ codes: Tensor) -> Tensor { decoder(codes) }

    /// `masked-autoencoder` in the zoo: a transformer of two blocks over patches of 7 × 7 pixels, of which three quarters are not
    /// seen, Adam at 1e-3, batches of 256. `build` throws `data` for examples that are no images, `usage` where patches do not
    /// fill them.
    public static let description = ModelDescription(
        name: "masked-autoencoder",
        summary: "tells the patches of an image that it does not see, by attention or convolutions (He et al. 2022)",
        hyperparameters: Architecture.hyperparameters(hidden: [512, 256], kind: .transformer) + [
            Hyperparameter(
                "mask-patch", .integer(7), in: 1...1024, "pixels along an edge of a patch that is seen or not"),
            Hyperparameter("mask-ratio", .real(0.75), in: 0.01...0.99, "share of the patches that are not seen"),
        ],
        batchSize: 256, optimizer: .adam(1e-3),
        build: { spec, settings in
            let network = Architecture(settings)
            try network.check(spec.shape)
            return MaskedAutoencoder(
                shape: spec.shape, network: network,
                mask: try PatchMask(
                    spec.shape, patch: settings.integer("mask-patch"), ratio: Float(settings.real("mask-ratio"))))
        })
}

/// Which patches of an image are not seen: the same number of each, drawn anew each time.
public struct PatchMask: Sendable, Hashable {
    /// The shape of an image, [channels, height, width].
    public let image: [Int]
    /// Pixels along an edge of a patch.
    public let patch: Int
    /// Patches that are not seen.
    public let hidden: Int

    /// Throws `data` for examples that are no images, `usage` where patches do not fill them.
    ///
    /// - Parameters:
    ///   - shape: Of an example.
    ///   - patch: Pixels along an edge of a patch.
    ///   - ratio: The share of patches that are not seen; one at least, and not all.
    public init(_ shape: [Int], patch: Int, ratio: Float) throws {
        let image = shape.count == 2 ? [1] + shape : shape
        guard image.count == 3, image.allSatisfy({ (1...Shape.largestExtent).contains($0) }) else {
            throw StrataError(
                .data,
                "patches are of images [height, width] or [channels, height, width]; these examples are \(Shape(shape))"
            )
        }
        guard patch > 0, image[1] % patch == 0, image[2] % patch == 0 else {
            throw StrataError(
                parameter: "mask-patch", patch, "squares of so many pixels do not fill an image of \(Shape(image))")
        }
        let count = (image[1] / patch) * (image[2] / patch)
        guard count > 1 else {
            throw StrataError(
                parameter: "mask-patch", patch, "an image of a single patch has none that could tell another")
        }
        self.image = image
        self.patch = patch
        hidden = min(max(Int((Float(count) * ratio).rounded()), 1), count - 1)
    }

    /// Numbers of an example that are not seen.
    var hiddenNumbers: Int { hidden * image[0] * patch * patch }

    /// 1 where a number is not seen, 0 elsewhere: [batch, features] → the same shape.
    func callAsFunction(_ x: Tensor, _ key: RandomKey) -> Tensor {
        guard !x.isInvalid, x.rank == 2, x.shape[1] == image.product else {
            return .invalid("patches: the examples are \(x.shape), expected [batch, \(image.product)]", of: x)
        }
        let (batch, rows, columns) = (x.shape[0], image[1] / patch, image[2] / patch)
        let count = rows * columns
        let draws = key.uniform([batch, count])
        // How many have drawn less.
        let rank = draws.reshape([batch, count, 1]).greater(draws.reshape([batch, 1, count])).sum([2])
        return rank.less(Float(hidden)).reshape([batch, rows, columns])
            .broadcast(to: Shape([batch, image[0], rows, patch, columns, patch]), axes: [0, 2, 4]).reshape(x.shape)
    }

    /// A patch at all places of an image: [channels, patch, patch] → [features].
    func tiled(_ token: Tensor) -> Tensor {
        let (rows, columns) = (image[1] / patch, image[2] / patch)
        return token.broadcast(to: Shape([image[0], rows, patch, columns, patch]), axes: [0, 2, 4]).reshape([
            image.product
        ])
    }
}
