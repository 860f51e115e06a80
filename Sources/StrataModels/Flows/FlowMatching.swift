import StrataBackend
public import StrataGraph
public import StrataNN

/// Flow matching (Lipman et al., "Flow matching for generative modeling", 2023): noise is carried to examples along a velocity
/// field, which is learned as the mean of straight paths `x_t = (1 − t) x₀ + t x₁` from a noise x₀ to an example x₁, of
/// velocity x₁ − x₀. Drawing an example is following the field from noise at time 0 to time 1. Pixels live on [−1, 1] inside.
public struct FlowMatching: SamplingModel {
    let time: Network
    let velocity: Network
    let sampler: Sampler

    /// How examples are drawn.
    public struct Sampler: Sendable, Hashable {
        /// The rule that follows the field.
        public var integrator: Integrator
        /// Its steps from noise to an example.
        public var steps: Int

        /// A rule and its steps; fewer than 1 count as 1.
        public init(_ integrator: Integrator = .heun, steps: Int = 25) {
            self.integrator = integrator
            self.steps = steps
        }
    }

    /// A flow whose velocity is a network of any layers.
    ///
    /// - Parameters:
    ///   - features: Pixels of an example.
    ///   - network: From points [batch, features] to velocities [batch, features], given the time as a condition
    ///     [batch, timeWidth].
    ///   - timeWidth: The width of the embedding of the time.
    public init(features: Int, network: any Layer, timeWidth: Int = 128, sampler: Sampler = Sampler()) {
        let embedding = Sequential([
            SinusoidalEmbedding(64), Dense(timeWidth, activation: .silu), Dense(timeWidth, activation: .silu),
        ])
        time = Network("time", input: [1], embedding)
        velocity = Network("velocity", input: [features], condition: timeWidth, network)
        self.sampler = sampler
    }

    private var features: Int { velocity.inputShape.elementCount }
    public var variables: [StateVariable] { time.variables + velocity.variables }
    public var criterion: Criterion { .minimize("flow_matching_loss") }
    public var domain: ValueDomain? {
        ValueDomain(0...1, meaning: "brightness", hint: "take a model of any values, such as ppca")
    }

    public var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: time.parameters + velocity.parameters) { batch, context in
                var pass = Pass.training(context.key)
                let loss = loss(batch, context.key, &pass)
                return Objective(loss, metrics: [loss], updates: pass.updates)
            }
        ]
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        return [loss(batch, key, &pass)]
    }

    public func sampling(_ count: Int, key: RandomKey) -> Sampling {
        let x = StateVariable(
            "sampling.chain", [count, features], initializer: .normal(mean: 0, standardDeviation: 1))
        let step = StateVariable("sampling.step", [], initializer: .zeros)
        let h = 1 / Float(max(sampler.steps, 1))
        let next = sampler.integrator.step(x.tensor, step.tensor * h, h) { x, t in
            var pass = Pass.evaluation
            return velocity(x, at: t.broadcast(to: [count, 1], axes: []), &pass)
        }
        return Sampling(
            examples: ((next + 1) * 0.5).maximum(0).minimum(1), updates: [(x, next), (step, step.tensor + 1)],
            steps: max(sampler.steps, 1))
    }

    /// [batch, features] at the times [batch, 1] → [batch, features].
    private func velocity(_ x: Tensor, at t: Tensor, _ pass: inout Pass) -> Tensor {
        velocity(x, given: time(t, &pass), &pass)
    }

    /// The squared error of the velocity, a mean over pixels: [batch].
    private func loss(_ batch: Batch, _ key: RandomKey, _ pass: inout Pass) -> Metric {
        let examples = batch.examples * 2 - 1
        let noise = key.named("noise").normal(examples.shape)
        let t = key.named("time").uniform([batch.count, 1])
        let path = examples - noise
        let error = (velocity(noise + path * t, at: t, &pass) - path).squared().mean([1])
        return Metric("flow_matching_loss", error)
    }
}

extension FlowMatching {
    /// What the velocity is computed by.
    private enum NetworkKind: String, CaseIterable {
        case unet, mlp
    }

    /// `flow-matching` in the zoo: a U-Net of 32, 64 and 64 channels, Adam at 2e-4, batches of 128. `build` throws `data`
    /// where a U-Net gets no images, or images that cannot be halved as often as its channels have it.
    public static let description = ModelDescription(
        name: "flow-matching", summary: "a velocity field from noise to examples (Lipman et al. 2023)",
        hyperparameters: [
            Hyperparameter("network", NetworkKind.unet, "what computes the velocity"),
            Hyperparameter(
                "channels", .integers([32, 64, 64]), in: 8...4096,
                "channels at each resolution, multiples of 8, of which each has half the extents of the one before"
            ).only(when: "network", is: NetworkKind.unet.rawValue),
            Hyperparameter("hidden", .integers([512, 512]), in: 1...65536, "widths of the hidden layers")
                .only(when: "network", is: NetworkKind.mlp.rawValue),
            Hyperparameter("integrator", Integrator.heun, "how samples follow the field"),
            Hyperparameter("integration-steps", .integer(25), in: 1...10000, "from noise to a sample"),
        ],
        batchSize: 128, optimizer: .adam(2e-4),
        build: { spec, settings in
            let sampler = Sampler(
                settings.choice("integrator", Integrator.heun), steps: settings.integer("integration-steps"))
            let network: Sequential
            switch settings.choice("network", NetworkKind.unet) {
            case .mlp:
                let hidden: [any Layer] = settings.integers("hidden").flatMap { width -> [any Layer] in
                    [Dense(width), ConditionalBias(), Activation.silu]
                }
                network = Sequential(hidden + [Dense(spec.features)])
            case .unet:
                let channels = settings.integers("channels")
                try Architecture(.conv).check(spec.shape)
                guard channels.allSatisfy({ $0.isMultiple(of: 8) }) else {
                    throw StrataError(
                        parameter: "channels", channels, "expected multiples of 8, the groups that are normalized")
                }
                let factor = 1 << min(channels.count - 1, 32)
                guard spec.shape.suffix(2).allSatisfy({ $0.isMultiple(of: factor) }) else {
                    throw StrataError(
                        parameter: "channels", channels,
                        "images of \(Shape(spec.shape)) cannot be halved \(channels.count - 1) times; take fewer channels"
                    )
                }
                let image = spec.shape.count == 2 ? [1] + spec.shape : spec.shape
                network = Sequential([Reshape(Shape(image)), UNet(channels: channels), Flatten()])
            }
            return FlowMatching(features: spec.features, network: network, sampler: sampler)
        })
}
