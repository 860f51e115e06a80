import StrataBackend
import StrataData
public import StrataGraph
public import StrataNN

/// A network that depends on a time besides its input, and on a class where there are any: the velocity of a flow, the
/// noise in a diffusion.
///
/// Time and class are embedded and added, and the layers take the sum in as their condition. Classes are learned for
/// guidance without a classifier (Ho and Salimans, "Classifier-free diffusion guidance", 2022): in training each is
/// dropped at times, so that the network knows examples of any class as well.
public struct TimedNetwork: Sendable {
    private let time: Network
    private let label: Network?
    private let body: Network
    /// The classes that examples may have; 0 for a network that knows none.
    public let classes: Int
    private let classDropout: Float

    /// A network of any layers.
    ///
    /// - Parameters:
    ///   - name: The first part of its layers' names; those of the embeddings are `time` and `class`.
    ///   - features: Numbers of an example.
    ///   - layers: From examples [batch, features] to [batch, features], given a condition [batch, width].
    ///   - width: The width of the embeddings.
    ///   - classes: The classes of examples; 0 for a network of the time alone.
    ///   - classDropout: The share of classes dropped in training.
    public init(
        _ name: String, features: Int, _ layers: any Layer, width: Int = 128, classes: Int = 0,
        classDropout: Float = 0.1
    ) {
        let embedding = Sequential([
            SinusoidalEmbedding(64), Dense(width, activation: .silu), Dense(width, activation: .silu),
        ])
        time = Network("time", input: [1], embedding)
        // One more, for a class that is not told.
        label =
            classes > 0
            ? Network(
                "class", input: [], type: .int32, Embedding(min(classes, Shape.largestExtent - 1) + 1, width: width))
            : nil
        body = Network(name, input: [features], condition: width, layers)
        self.classes = max(classes, 0)
        self.classDropout = classDropout
    }

    /// Numbers of an example.
    public var features: Int { body.inputShape.elementCount }
    private var networks: [Network] { [time, label, body].compactMap { $0 } }
    /// What gradients change.
    public var parameters: [StateVariable] { networks.flatMap(\.parameters) }
    /// Parameters and buffers.
    public var variables: [StateVariable] { networks.flatMap(\.variables) }

    /// The output for examples [batch, features] at the times [batch, 1], each on 0 … 1: [batch, features].
    ///
    /// - `labels`: The class of each example, int32 [batch]; `nil` for any, and of no account to a network without
    ///   classes.
    public func callAsFunction(_ x: Tensor, at t: Tensor, labels: Tensor? = nil, _ pass: inout Pass) -> Tensor {
        let embedded = time(t, &pass)
        guard let label else { return body(x, given: embedded, &pass) }
        let none = Tensor.constant(Float(classes), [x.shape.first ?? 1]).cast(to: .int32)
        return body(x, given: embedded + label(labels ?? none, &pass), &pass)
    }

    /// The training of the network on a loss, which is given the classes as far as training tells them.
    func phase(
        _ loss: @escaping @Sendable (_ batch: Batch, _ labels: Tensor?, _ key: RandomKey, _ pass: inout Pass) -> Metric
    ) -> TrainingPhase {
        TrainingPhase(moving: parameters, needsLabels: classes > 0) { batch, context in
            var pass = context.pass()
            let loss = loss(batch, dropping(batch.labels, context.key), context.key, &pass)
            return Objective(loss, metrics: [loss], updates: pass.updates)
        }
    }

    /// Labels as training sees them, of which a share is dropped: int32 [batch] → int32 [batch].
    func dropping(_ labels: Tensor?, _ key: RandomKey) -> Tensor? {
        guard let labels, classes > 0, classDropout > 0 else { return labels }
        let isDropped = key.named("class").uniform(labels.shape).less(.constant(classDropout, labels.shape))
        return isDropped.select(.constant(Float(classes), labels.shape), labels.cast(to: .float32)).cast(to: .int32)
    }

    /// The output after training, led away from that for any class and beyond that for its own: `o + guidance (o_c −
    /// o)`. Both are computed at once, as one batch.
    ///
    /// - `guidance`: 1 for the class as it was learned, 0 for no class, more for examples that are more typical of it
    ///   and less varied.
    public func guided(_ x: Tensor, at t: Tensor, labels: Tensor?, guidance: Float) -> Tensor {
        var pass = Pass.evaluation
        guard let labels, classes > 0, guidance != 1 else { return self(x, at: t, labels: labels, &pass) }
        let count = x.shape.first ?? 1
        let none = Tensor.constant(Float(classes), [count])
        let both = Tensor.concatenate([labels.cast(to: .float32), none]).cast(to: .int32)
        let output = self(.concatenate([x, x]), at: .concatenate([t, t]), labels: both, &pass)
        let (own, any) = (output.slice(0..<count, axis: 0), output.slice(count..<2 * count, axis: 0))
        return any + (own - any) * guidance
    }
}

// MARK: Settings

extension TimedNetwork {
    /// What such a network is made of.
    private enum Kind: String, CaseIterable {
        case unet, mlp
    }

    /// The settings of the network and of the classes that it learns.
    static let hyperparameters: [Hyperparameter] = [
        Hyperparameter("network", Kind.unet, "the network"),
        UNet.channelsHyperparameter.only(when: "network", is: Kind.unet.rawValue),
        Hyperparameter("hidden", .integers([512, 512]), in: 1...65536, "widths of the hidden layers")
            .only(when: "network", is: Kind.mlp.rawValue),
        Hyperparameter("conditional", .flag(false), "learns what each class looks like"),
        Hyperparameter("class-dropout", .real(0.1), in: 0...1, "share of classes dropped in training")
            .only(when: "conditional", is: "true"),
        Hyperparameter(
            "guidance", .real(1), in: 0...100, "how far samples of a class are led beyond it; 1 for as it was learned"
        ).only(when: "conditional", is: "true").ofSampling(),
    ]

    /// The network that a user's settings ask for. Throws `data` where a U-Net gets no images, or images that cannot be
    /// halved as often as its channels have it, and where classes are to be learned that the data lack.
    init(_ name: String, _ spec: DataSpec, _ settings: Hyperparameters) throws {
        self.init(
            name, features: spec.features, try Self.layers(spec, settings),
            classes: settings.flag("conditional") ? try spec.labelled("a conditional model") : 0,
            classDropout: Float(settings.real("class-dropout")))
    }

    private static func layers(_ spec: DataSpec, _ settings: Hyperparameters) throws -> Sequential {
        switch settings.choice("network", Kind.unet) {
        case .mlp:
            let hidden: [any Layer] = settings.integers("hidden").flatMap { width -> [any Layer] in
                [Dense(width), ConditionalBias(), Activation.silu]
            }
            return Sequential(hidden + [Dense(spec.features)])
        case .unet:
            let network = try UNet(settings, for: spec.shape)
            let image = spec.shape.count == 2 ? [1] + spec.shape : spec.shape
            return Sequential([Reshape(Shape(image)), network, Flatten()])
        }
    }
}
