import StrataBackend
import StrataCompiler
import StrataData
public import StrataGraph
public import StrataModels
public import StrataNN

/// The graphs that a trainer runs: the model's own, between the gathering of a batch from resident data and the
/// adding up of metrics on the device, so that a step needs nothing from the host but indices and a key.
struct StepGraphs {
    let model: any Model
    let optimizer: any Optimizer

    /// A split as a graph sees it.
    struct Source {
        /// Prefix of the resident inputs: `train` or `test`.
        let name: String
        let count: Int
        private let width: Int
        private let dtype: DType
        private let scale: Float
        private let hasLabels: Bool
        private let targetCount: Int?

        /// Describes a split, and lets go of it: the examples live on the device from now on.
        init(name: String, split: DataSplit) {
            self.name = name
            count = split.count
            width = split.exampleShape.elementCount
            dtype = split.dtype
            scale = split.scale
            hasLabels = split.labels != nil
            targetCount = split.targets?.names.count
        }

        private var examples: (name: String, type: TensorType) { ("\(name).examples", TensorType([count, width], dtype)) }
        private var labels: (name: String, type: TensorType) { ("\(name).labels", TensorType([count], .int32)) }
        private var targets: (name: String, type: TensorType) { ("\(name).targets", TensorType([count, targetCount ?? 0])) }
        private var targetMeans: (name: String, type: TensorType) { ("\(name).target_means", TensorType([targetCount ?? 0])) }

        /// Puts the split that this is the description of on the device.
        func place(_ split: DataSplit, on session: Session) throws {
            try split.bytes.withUnsafeBytes { try session.place(examples.name, examples.type, $0) }
            try split.labels?.values.withUnsafeBytes { try session.place(labels.name, labels.type, $0) }
            try split.targets?.values.withUnsafeBytes { try session.place(targets.name, targets.type, $0) }
            try split.targets?.means.withUnsafeBytes { try session.place(targetMeans.name, targetMeans.type, $0) }
        }

        /// Rows named by `indices`, scaled to [0, 1].
        func batch(_ indices: Tensor) -> Batch {
            func input(_ resident: (name: String, type: TensorType)) -> Tensor {
                .input(resident.name, resident.type.shape, dtype: resident.type.dtype)
            }
            return Batch(
                examples: input(examples).gather(indices).cast(to: .float32) * scale,
                labels: hasLabels ? input(labels).gather(indices) : nil,
                targets: targetCount.map { _ in input(targets).gather(indices) },
                targetMeans: targetCount.map { _ in input(targetMeans) })
        }
    }

    /// Sums of metrics over a split, weighted by the examples that each batch had; and the first step whose metrics
    /// were not all finite, or 0.
    struct Ledger {
        var prefix: String
        func sum(_ metric: Metric) -> StateVariable {
            StateVariable("\(prefix).sum.\(metric.name)", metric.value.shape, initializer: .zeros)
        }
        var badStep: StateVariable { StateVariable("\(prefix).bad_step", [], initializer: .zeros) }

        func updates(_ metrics: [Metric], count: Int, step: Tensor) -> Updates {
            let finite = metrics.map { metric in
                metric.value.rank == 0 ? metric.value.isFinite() : metric.value.isFinite().minimum(over: nil)
            }
            let bad = badStep.tensor.equal(.constant(0)) * (1 - finite.reduce(.constant(1), *))
            return metrics.map { (sum($0), sum($0).tensor + $0.value * Float(count)) }
                + [(badStep, bad.select(step, badStep.tensor))]
        }

        /// How the sums are read off.
        func tallies(_ metrics: [Metric]) -> [Tally] {
            metrics.map { Tally(name: $0.name, sum: sum($0), derivation: $0.derivation) }
        }
    }

    /// The sum that is kept of a metric, and what makes the metric of it.
    struct Tally {
        var name: String
        var sum: StateVariable
        var derivation: (@Sendable ([Float]) -> Float)?

        /// The metric, from its sums over so many examples.
        func value(of sums: [Float], count: Int) -> MetricValue {
            let means = sums.map { $0 / Float(count) }
            return MetricValue(name: name, value: derivation.map { $0(means) } ?? means.first ?? 0)
        }
    }

    static let training = Ledger(prefix: "training")
    static let evaluation = Ledger(prefix: "evaluation")

    /// The names of a step's own inputs.
    static let indices = "indices"
    private static let key = Session.keyName

    /// One step of a phase on a batch of `size` examples, and its metrics; `steps` are those of the phase.
    func training(
        _ phase: TrainingPhase, _ source: Source, size: Int, steps: Range<Int>
    ) throws -> (graph: Graph, metrics: [Tally]) {
        let (key, step) = StepGraphs.keyAndStep()
        let batch = source.batch(.input(StepGraphs.indices, [size], dtype: .int32))
        let ownStep = steps.lowerBound == 0 ? step : step - Float(steps.lowerBound)
        var optimizer = optimizer
        optimizer.schedule.steps = steps.count
        let result = phase.step(batch, StepContext(optimizer: optimizer, key: RandomKey(key), step: ownStep))
        let updates = result.updates + StepGraphs.training.updates(result.metrics, count: size, step: step)
        return (
            try Graph(outputs: [], updates: updates.map { ($0.variable, $0.value) }),
            StepGraphs.training.tallies(result.metrics)
        )
    }

    /// What follows an epoch of a phase, one graph after the other, and how often each is run.
    func conclusions(of phase: TrainingPhase) throws -> [(graph: Graph, runs: Int)] {
        let (key, step) = StepGraphs.keyAndStep()
        let context = StepContext(optimizer: optimizer, key: RandomKey(key).named("conclusion"), step: step)
        return try phase.conclusions(context).map {
            (try Graph(outputs: [], updates: $0.updates.map { ($0.variable, $0.value) }), $0.runs)
        }
    }

    /// The model's evaluation of a batch of `size` examples, and its metrics.
    func evaluation(_ source: Source, size: Int) throws -> (graph: Graph, metrics: [Tally]) {
        let (key, step) = StepGraphs.keyAndStep()
        let batch = source.batch(.input(StepGraphs.indices, [size], dtype: .int32))
        let metrics = model.evaluation(batch, key: RandomKey(key).named("evaluation"))
        let updates = StepGraphs.evaluation.updates(metrics, count: size, step: step)
        return (
            try Graph(outputs: [], updates: updates.map { ($0.variable, $0.value) }),
            StepGraphs.evaluation.tallies(metrics)
        )
    }

    /// The key input (the seed and the step's number, from 1) and that number as a float.
    static func keyAndStep() -> (key: Tensor, step: Tensor) {
        let key = Tensor.input(key, [2], dtype: .int32)
        return (key, key.slice(1..<2, axis: 0).cast(to: .float32).reshape([]))
    }
}

/// The graph of a training step on its own, for those who want to look at it or time it.
public enum TrainingGraph {
    /// The step on a batch whose examples, labels and targets are inputs, with its metrics as outputs.
    public static func trace(
        _ model: any Model, optimizer: any Optimizer, features: Int, targets: Int = 1, batchSize: Int
    ) throws -> Graph {
        let (key, step) = StepGraphs.keyAndStep()
        let batch = Batch(
            examples: .input("examples", [batchSize, features]), labels: .input("labels", [batchSize], dtype: .int32),
            targets: .input("targets", [batchSize, targets]), targetMeans: .input("target_means", [targets]))
        let result = model.trainingStep(batch, StepContext(optimizer: optimizer, key: RandomKey(key), step: step))
        return try Graph(
            outputs: result.metrics.map { ($0.name, $0.value) }, updates: result.updates.map { ($0.variable, $0.value) })
    }
}
