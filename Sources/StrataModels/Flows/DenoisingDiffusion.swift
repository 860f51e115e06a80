import StrataBackend
public import StrataGraph
import StrataNN

/// Denoising diffusion (Ho, Jain and Abbeel, "Denoising diffusion probabilistic models", 2020): examples are buried in
/// noise step by step, `x_t = √ᾱ_t x₀ + √(1 − ᾱ_t) ε`, and a network learns to tell the noise ε from x_t and t. Drawing
/// an example is taking away from noise what the network finds, over and over. Pixels live on [−1, 1] inside.
public struct DenoisingDiffusion: ClampedSamplingModel {
    let noise: TimedNetwork
    private let signals: [Double]
    private let reverse: [ReverseDiffusion.Step]
    private let guidance: Float

    /// A diffusion.
    ///
    /// - Parameters:
    ///   - noise: From noisy examples to the noise in them.
    ///   - schedule: How noise grows.
    ///   - steps: The steps of the diffusion, T; fewer than 1 count as 1.
    ///   - reverse: How samples are drawn.
    ///   - guidance: How far samples of a class are led beyond it: see `TimedNetwork.guided`.
    public init(
        noise: TimedNetwork, schedule: NoiseSchedule = .linear, steps: Int = 1000,
        reverse: ReverseDiffusion = ReverseDiffusion(), guidance: Float = 1
    ) {
        self.noise = noise
        signals = schedule.signals(min(steps, 100_000))
        self.reverse = reverse.plan(signals)
        self.guidance = guidance
    }

    public var variables: [StateVariable] { noise.variables }
    public var criterion: Criterion { .minimize("denoising_loss") }
    public var domain: ValueDomain? {
        ValueDomain(0...1, meaning: "brightness", hint: "take a model of any values, such as ppca")
    }

    public var phases: [TrainingPhase] { [noise.phase(loss)] }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        return [loss(batch, batch.labels, key, &pass)]
    }

    public var labelClasses: Int { noise.classes }
    public var holdsUnits: Bool { false }

    public func sampling(_ count: Int, key: RandomKey, holding evidence: Evidence) -> Sampling {
        let x = StateVariable(
            "sampling.chain", [count, noise.features], initializer: .normal(mean: 0, standardDeviation: 1))
        return .counting(to: reverse.count) { step in
            let factors = factors(of: step)
            let time = factors[0].broadcast(to: [count, 1], axes: [0, 1])
            let found = noise.guided(
                x.tensor, at: time, labels: evidence.labels(among: noise.classes, count: count), guidance: guidance)
            // What no pixel can be is set right before it is mixed in (Ho, Jain and Abbeel 2020).
            let example = ((x.tensor - found * factors[2]) / factors[1]).maximum(-1).minimum(1)
            let added = key.named("noise").normal([count, noise.features]) * factors[5]
            let next = example * factors[3] + x.tensor * factors[4] + added
            return (((next + 1) * 0.5).maximum(0).minimum(1), [(x, next)])
        }
    }

    /// The numbers of a step of the way back, whose number is a scalar: its time on 0 … 1, √ᾱ, √(1 − ᾱ), and the
    /// factors of the example, the state and the noise, [1, 1] each.
    private func factors(of step: Tensor) -> [Tensor] {
        let rows = reverse.flatMap {
            [Double($0.time) / Double(signals.count), $0.signal, $0.noise, $0.example, $0.state, $0.deviation]
        }
        let row = Tensor.literal(rows.map(Float.init), [reverse.count, 6]).gather(step.reshape([1]).cast(to: .int32))
        return (0..<6).map { row.slice($0..<$0 + 1, axis: 1) }
    }

    /// The squared error of the noise, a mean over pixels: [batch].
    private func loss(_ batch: Batch, _ labels: Tensor?, _ key: RandomKey, _ pass: inout Pass) -> Metric {
        let examples = batch.examples * 2 - 1
        let added = key.named("noise").normal(examples.shape)
        let step = (key.named("time").uniform([batch.count]) * Float(signals.count)).floor()
        let roots = signals.flatMap { [$0.squareRoot(), (1 - $0).squareRoot()] }
        let row = Tensor.literal(roots.map(Float.init), [signals.count, 2]).gather(step.cast(to: .int32))
        let noisy = examples * row.slice(0..<1, axis: 1) + added * row.slice(1..<2, axis: 1)
        let time = ((step + 1) * (1 / Float(signals.count))).reshape([batch.count, 1])
        let error = (noise(noisy, at: time, labels: labels, &pass) - added).squared().mean([1])
        return Metric("denoising_loss", error)
    }

    /// `diffusion` in the zoo: a U-Net of 32, 64 and 64 channels, 1,000 steps of linearly growing noise, Adam at 2e-4,
    /// batches of 128. `build` throws `data` where a U-Net gets no images, or images that cannot be halved as often as
    /// its channels have it, and where a conditional diffusion gets no classes.
    public static let description = ModelDescription(
        name: "diffusion", summary: "takes noise away step by step (Ho, Jain & Abbeel 2020)",
        hyperparameters: TimedNetwork.hyperparameters + [
            Hyperparameter("noise-schedule", NoiseSchedule.linear, "how noise grows"),
            Hyperparameter("diffusion-steps", .integer(1000), in: 1...10000, "from an example to noise"),
            Hyperparameter("sampler", ReverseDiffusion.Rule.ancestral, "what each step back adds").ofSampling(),
            Hyperparameter("sampling-steps", .integer(1000), in: 1...10000, "from noise to a sample, at most all")
                .ofSampling(),
        ],
        batchSize: 128, optimizer: .adam(2e-4),
        build: { spec, settings in
            DenoisingDiffusion(
                noise: try TimedNetwork("noise", spec, settings),
                schedule: settings.choice("noise-schedule", NoiseSchedule.linear),
                steps: settings.integer("diffusion-steps"),
                reverse: ReverseDiffusion(
                    settings.choice("sampler", ReverseDiffusion.Rule.ancestral),
                    steps: settings.integer("sampling-steps")),
                guidance: Float(settings.real("guidance")))
        })
}
