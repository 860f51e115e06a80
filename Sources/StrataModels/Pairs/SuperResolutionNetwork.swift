import StrataBackend
import StrataData
public import StrataGraph
import StrataNN

/// Super-resolution by a convolutional network: an image from one of fewer pixels, as its bicubic interpolation and what
/// the network adds to it. The network works at the source's resolution, residual blocks without normalization (Lim et
/// al., "Enhanced deep residual networks for single image super-resolution", 2017), and ends in a sub-pixel convolution
/// (Shi et al. 2016); it descends on the squared error.
///
/// Beside it stand three maps that are no networks: each pixel repeated, the bicubic interpolation, and the affine map
/// of least squares from all pixels of the source to all of the image, fitted in closed form in a first epoch.
public struct SuperResolutionNetwork: TranslationModel {
    public let source: PairSource
    private let network: Network
    private let leastSquares: LeastSquaresMap?

    /// The numbers of the least squares map beyond which images are too large for it.
    private static let largestMap = 1 << 24

    /// A network for sources that are smaller than the images, and have as many channels. Throws `usage` for any others.
    ///
    /// - `channels`: Of each hidden convolution.
    /// - `blocks`: Residual blocks of two convolutions.
    public init(source: PairSource, channels: Int = 32, blocks: Int = 4) throws {
        guard source.factor > 1, source.shape[0] == source.image[0] else {
            throw StrataError(
                parameter: "source", source.kind.rawValue,
                "sources \(Shape(source.shape)) of images \(Shape(source.image)) have no fewer pixels; take half")
        }
        self.source = source
        let convolution = Convolution(channels, activation: .identity, initialization: .he)
        let block = Residual(
            Sequential([Convolution(channels, activation: .relu), Convolution(channels, initialization: .standard)]))
        let body = Residual(Sequential((0..<max(blocks, 0)).map { _ in block } + [convolution] as [any Layer]))
        // What the network adds starts at 0.
        let outputs = source.image[0].saturatingMultiplied(by: source.factor * source.factor)
        network = Network(
            "network", input: Shape(source.shape),
            Sequential([
                convolution, body, Convolution(outputs, initialization: .zeros), PixelShuffle(source.factor),
            ]))
        let (inputs, features) = (source.shape.product, source.image.product)
        leastSquares =
            inputs.saturatingMultiplied(by: features) <= Self.largestMap
            ? LeastSquaresMap("least_squares", inputs: inputs, outputs: features) : nil
    }

    public var variables: [StateVariable] { network.variables + (leastSquares?.variables ?? []) }
    public var criterion: Criterion { .maximize("psnr") }

    public var phases: [TrainingPhase] {
        let fit = leastSquares?.phase { (source($0).flattened(), $0.examples) }
        let descend = TrainingPhase(moving: network.parameters) { batch, context in
            var pass = context.pass()
            let images = images(source(batch), &pass)
            let loss = Metric("squared_error", Loss.squaredError(images, source.examples(batch.examples)))
            return Objective(loss, metrics: [loss], updates: pass.updates)
        }
        return [fit, descend].compactMap(\.self)
    }

    /// [batch, channels, height, width] → the same with `factor` times the extents.
    private func images(_ sources: Tensor, _ pass: inout Pass) -> Tensor {
        if sources.isInvalid { return sources }
        return bicubic(sources) + network(sources, &pass)
    }

    private func bicubic(_ sources: Tensor) -> Tensor {
        SeparableFilter.bicubic(factor: source.factor, height: source.shape[1], width: source.shape[2])(sources)
    }

    private func images(_ sources: Tensor) -> Tensor {
        var pass = Pass.evaluation
        return images(sources, &pass).maximum(0).minimum(1)
    }

    public func translate(_ sources: Tensor) -> Tensor { images(sources).flattened() }

    /// The quality of the network's images, and the peak signal-to-noise ratios of what it is to surpass; all are cut off
    /// at 0 and 1.
    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        let sources = source(batch)
        if sources.isInvalid { return [Metric("psnr", sources)] }
        let (images, truth) = (images(sources), source.examples(batch.examples))
        var baselines = [("nearest", source.enlarged(sources)), ("bicubic", bicubic(sources))]
        if let leastSquares {
            baselines.append(("least_squares", source.examples(leastSquares(sources.flattened()))))
        }
        return [Metric("squared_error", Loss.squaredError(images, truth))] + quality(images, batch)
            + baselines.map { name, images in
                Metric("psnr_\(name)", ImageQuality.peakSignalToNoise(images.maximum(0).minimum(1), truth))
            }
    }

    /// `super-resolution` in the zoo: four residual blocks of 32 channels, Adam at 1e-3, batches of 128. `build` throws
    /// `data` where the examples are no images, and `usage` for sources that are no smaller than these.
    public static let description = ModelDescription(
        name: "super-resolution", summary: "images from smaller ones, by a network over bicubic (Shi et al. 2016)",
        hyperparameters: [
            PairSource.hyperparameter(.half),
            Hyperparameter("channels", .integer(32), in: 1...4096, "channels of the hidden convolutions"),
            Hyperparameter("blocks", .integer(4), in: 0...1000, "residual blocks of two convolutions"),
        ],
        batchSize: 128, optimizer: .adam(1e-3),
        build: { spec, settings in
            try SuperResolutionNetwork(
                source: PairSource(spec, settings, standard: .half), channels: settings.integer("channels"),
                blocks: settings.integer("blocks"))
        })
}
