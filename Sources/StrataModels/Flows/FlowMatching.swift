import StrataBackend
public import StrataGraph
public import StrataNN

/// Flow matching (Lipman et al., "Flow matching for generative modeling", 2023): noise is carried to examples along a
/// velocity field, which is learned as the mean of straight paths `x_t = (1 − t) x₀ + t x₁` from a noise x₀ to an
/// example x₁, of velocity x₁ − x₀. Drawing an example is following the field from noise at time 0 to time 1. Pixels
/// live on [−1, 1] inside.
public struct FlowMatching: ClampedSamplingModel {
    let velocity: TimedNetwork
    let sampler: Sampler

    /// How examples are drawn.
    public struct Sampler: Sendable, Hashable {
        /// The rule that follows the field.
        public var integrator: Integrator
        /// Its steps from noise to an example.
        public var steps: Int
        /// How far samples of a class are led beyond it: see `TimedNetwork.guided`.
        public var guidance: Float

        /// A rule and its steps; fewer than 1 count as 1.
        public init(_ integrator: Integrator = .heun, steps: Int = 25, guidance: Float = 1) {
            self.integrator = integrator
            self.steps = steps
            self.guidance = guidance
        }
    }

    /// A flow along a velocity.
    public init(velocity: TimedNetwork, sampler: Sampler = Sampler()) {
        self.velocity = velocity
        self.sampler = sampler
    }

    /// A flow whose velocity is a network of any layers.
    ///
    /// - Parameters:
    ///   - features: Pixels of an example.
    ///   - network: From points [batch, features] to velocities [batch, features], given the time as a condition
    ///     [batch, timeWidth].
    ///   - timeWidth: The width of the embedding of the time.
    ///   - sampler: What integrates the velocity from noise to examples.
    public init(features: Int, network: any Layer, timeWidth: Int = 128, sampler: Sampler = Sampler()) {
        self.init(
            velocity: TimedNetwork("velocity", features: features, network, width: timeWidth), sampler: sampler)
    }

    public var variables: [StateVariable] { velocity.variables }
    public var criterion: Criterion { .minimize("flow_matching_loss") }
    public var domain: ValueDomain? {
        ValueDomain(0...1, meaning: "brightness", hint: "take a model of any values, such as ppca")
    }

    public var phases: [TrainingPhase] { [velocity.phase(loss)] }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        return [loss(batch, batch.labels, key, &pass)]
    }

    public var labelClasses: Int { velocity.classes }
    public var holdsUnits: Bool { false }

    public func sampling(_ count: Int, key: RandomKey, holding evidence: Evidence) -> Sampling {
        let x = StateVariable(
            "sampling.chain", [count, velocity.features], initializer: .normal(mean: 0, standardDeviation: 1))
        let h = 1 / Float(max(sampler.steps, 1))
        return .counting(to: sampler.steps) { step in
            let next = sampler.integrator.step(x.tensor, step * h, h) { x, t in
                velocity.guided(
                    x, at: t.broadcast(to: [count, 1], axes: []),
                    labels: evidence.labels(among: velocity.classes, count: count), guidance: sampler.guidance)
            }
            return (((next + 1) * 0.5).maximum(0).minimum(1), [(x, next)])
        }
    }

    /// The squared error of the velocity, a mean over pixels: [batch].
    private func loss(_ batch: Batch, _ labels: Tensor?, _ key: RandomKey, _ pass: inout Pass) -> Metric {
        let examples = batch.examples * 2 - 1
        let noise = key.named("noise").normal(examples.shape)
        let t = key.named("time").uniform([batch.count, 1])
        let path = examples - noise
        let error = (velocity(noise + path * t, at: t, labels: labels, &pass) - path).squared().mean([1])
        return Metric("flow_matching_loss", error)
    }

    /// `flow-matching` in the zoo: a U-Net of 32, 64 and 64 channels, Adam at 2e-4, batches of 128. `build` throws
    /// `data` where a U-Net gets no images, or images that cannot be halved as often as its channels have it, and where
    /// a conditional flow gets no classes.
    public static let description = ModelDescription(
        name: "flow-matching", summary: "a velocity field from noise to examples (Lipman et al. 2023)",
        hyperparameters: TimedNetwork.hyperparameters + [
            Hyperparameter("integrator", Integrator.heun, "how samples follow the field").ofSampling(),
            Hyperparameter("integration-steps", .integer(25), in: 1...10000, "from noise to a sample").ofSampling(),
        ],
        batchSize: 128, optimizer: .adam(2e-4),
        build: { spec, settings in
            FlowMatching(
                velocity: try TimedNetwork("velocity", spec, settings),
                sampler: Sampler(
                    settings.choice("integrator", Integrator.heun), steps: settings.integer("integration-steps"),
                    guidance: Float(settings.real("guidance"))))
        })
}
