import StrataBackend
public import StrataGraph
public import StrataNN

/// A network that learns without labels by telling which way up an image is: each is shown at four rotations, by 0, 90, 180 and
/// 270 degrees (Gidaris, Singh and Komodakis, "Unsupervised representation learning by predicting image rotations", 2018). The
/// code of an example is the encoder's output.
public struct RotationPrediction: LayeredModel {
    let encoder: Network
    let output: Network
    private let image: [Int]

    /// Ways up.
    private static let ways = 4

    /// - Parameters:
    ///   - shape: Of an example, [extent, extent] or [channels, extent, extent].
    ///   - network: The encoder.
    public init(shape: [Int], network: Architecture) {
        image = shape.count == 2 ? [1] + shape : shape
        encoder = Network("encoder", input: [shape.product], network.encoder(shape))
        output = Network("head", input: encoder.outputShape, Dense(Self.ways))
    }

    public var variables: [StateVariable] { encoder.variables + output.variables }
    public var criterion: Criterion { .maximize("rotation_accuracy") }

    public var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: encoder.parameters + output.parameters) { batch, context in
                var pass = context.pass()
                let metrics = metrics(batch, &pass)
                return Objective(metrics[0], metrics: metrics, updates: pass.updates)
            }
        ]
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        return metrics(batch, &pass)
    }

    private func metrics(_ batch: Batch, _ pass: inout Pass) -> [Metric] {
        let rows = batch.count
        let codes = encoder(rotated(batch.examples), &pass)
        let logits = output(codes, &pass)
        if logits.isInvalid { return [Metric("rotation_cross_entropy", logits)] }
        // First all as they are, then all by 90 degrees, and so on.
        let ways = Tensor.iota([Self.ways, rows], axis: 0).reshape([Self.ways * rows]).cast(to: .int32)
        func mean(_ values: Tensor) -> Tensor { values.reshape([Self.ways, rows]).mean([0]) }
        return [
            Metric("rotation_cross_entropy", mean(Loss.softmaxCrossEntropy(logits: logits, labels: ways))),
            Metric("rotation_accuracy", mean(Loss.accuracy(logits: logits, labels: ways))),
        ] + EmbeddingHealth.ofCodes(codes.slice(from: 0, count: rows, axis: 0), batch)
    }

    /// [batch, features] → [4 · batch, features].
    func rotated(_ x: Tensor) -> Tensor {
        guard !x.isInvalid, x.rank == 2, image.count == 3, image[1] == image[2], x.shape[1] == image.product else {
            return .invalid("rotations: the examples are \(x.shape), expected square images", of: x)
        }
        let extent = image[1]
        let backwards = (Float(extent - 1) - .iota([extent], axis: 0)).cast(to: .int32)
        var turned = x.reshape(Shape([x.shape[0]] + image))
        var ways = [x]
        for _ in 1..<Self.ways {
            // Counter-clockwise: the last column becomes the first row.
            turned = turned.transpose([0, 1, 3, 2]).gather(backwards, axis: 2)
            ways.append(turned.reshape(x.shape))
        }
        return .concatenate(ways)
    }

    public func encode(_ examples: Tensor) -> Tensor { encoder(examples) }

    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] { encoder.activations(examples) }

    /// `rotation` in the zoo: convolutions of 16 and 32 channels, Adam at 1e-3, batches of 128. `build` throws `data` for
    /// examples that are no square images.
    public static let description = ModelDescription(
        name: "rotation", summary: "codes by which it is told which way up an image is (Gidaris et al. 2018)",
        hyperparameters: Architecture.hyperparameters(hidden: [512, 128], kind: .conv),
        batchSize: 128, optimizer: .adam(1e-3),
        build: { spec, settings in
            let network = Architecture(settings)
            try network.check(spec.shape)
            guard (2...3).contains(spec.shape.count), spec.shape.suffix(2).first == spec.shape.last else {
                throw StrataError(.data, "rotations are of square images; these examples are \(Shape(spec.shape))")
            }
            return RotationPrediction(shape: spec.shape, network: network)
        })
}
