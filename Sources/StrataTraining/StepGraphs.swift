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
        var name: String
        var split: DataSplit
        var examples: String { "\(name).examples" }
        var labels: String { "\(name).labels" }

        /// Rows named by `indices`, scaled to [0, 1].
        func batch(_ indices: Tensor) -> Batch {
            let table = Tensor.input(examples, [split.count, split.exampleShape.elementCount], dtype: split.dtype)
            let rows = table.gather(indices).cast(to: .float32) * split.scale
            let labels = split.labels.map { _ in
                Tensor.input(self.labels, [split.count], dtype: .int32).gather(indices)
            }
            return Batch(examples: rows, labels: labels)
        }
    }

    /// Sums of metrics over a split, weighted by the examples that each batch had; and the first step whose metrics
    /// were not all finite, or 0.
    struct Ledger {
        var prefix: String
        func sum(_ metric: String) -> StateVariable { StateVariable("\(prefix).sum.\(metric)", [], initializer: .zeros) }
        var badStep: StateVariable { StateVariable("\(prefix).bad_step", [], initializer: .zeros) }

        func updates(_ metrics: [Metric], count: Int, step: Tensor) -> Updates {
            let allFinite = metrics.map { $0.value.isFinite() }.reduce(.constant(1), *)
            let bad = badStep.tensor.equal(.constant(0)) * (1 - allFinite)
            return metrics.map { (sum($0.name), sum($0.name).tensor + $0.value * Float(count)) }
                + [(badStep, bad.select(step, badStep.tensor))]
        }
    }

    static let training = Ledger(prefix: "training")
    static let evaluation = Ledger(prefix: "evaluation")

    /// The names of a step's own inputs.
    static let indices = "indices"
    private static let key = Session.keyName

    /// One step of a phase on a batch of `size` examples, and its metrics' names; `stepsBefore` is where it starts.
    func training(
        _ phase: TrainingPhase, _ source: Source, size: Int, stepsBefore: Int
    ) throws -> (graph: Graph, metrics: [String]) {
        let (key, step) = StepGraphs.keyAndStep()
        let batch = source.batch(.input(StepGraphs.indices, [size], dtype: .int32))
        let ownStep = stepsBefore == 0 ? step : step - Float(stepsBefore)
        let result = phase.step(batch, StepContext(optimizer: optimizer, key: RandomKey(key), step: ownStep))
        let updates = result.updates + StepGraphs.training.updates(result.metrics, count: size, step: step)
        return (try Graph(outputs: [], updates: updates.map { ($0.variable, $0.value) }), result.metrics.map(\.name))
    }

    /// What follows an epoch of a phase, one graph after the other, and how often each is run.
    func conclusions(of phase: TrainingPhase) throws -> [(graph: Graph, runs: Int)] {
        let (key, step) = StepGraphs.keyAndStep()
        let context = StepContext(optimizer: optimizer, key: RandomKey(key).named("conclusion"), step: step)
        return try phase.conclusions(context).map {
            (try Graph(outputs: [], updates: $0.updates.map { ($0.variable, $0.value) }), $0.runs)
        }
    }

    /// The model's evaluation of a batch of `size` examples, and its metrics' names.
    func evaluation(_ source: Source, size: Int) throws -> (graph: Graph, metrics: [String]) {
        let (key, step) = StepGraphs.keyAndStep()
        let batch = source.batch(.input(StepGraphs.indices, [size], dtype: .int32))
        let metrics = model.evaluation(batch, key: RandomKey(key).named("evaluation"))
        let updates = StepGraphs.evaluation.updates(metrics, count: size, step: step)
        return (try Graph(outputs: [], updates: updates.map { ($0.variable, $0.value) }), metrics.map(\.name))
    }

    /// The key input (the seed and the step's number, from 1) and that number as a float.
    static func keyAndStep() -> (key: Tensor, step: Tensor) {
        let key = Tensor.input(key, [2], dtype: .int32)
        return (key, key.slice(1..<2, axis: 0).cast(to: .float32).reshape([]))
    }
}

/// The graph of a training step on its own, for those who want to look at it or time it.
public enum TrainingGraph {
    /// The step on a batch whose examples and labels are inputs, with its metrics as outputs.
    public static func trace(
        _ model: any Model, optimizer: any Optimizer, features: Int, batchSize: Int
    ) throws -> Graph {
        let (key, step) = StepGraphs.keyAndStep()
        let batch = Batch(
            examples: .input("examples", [batchSize, features]), labels: .input("labels", [batchSize], dtype: .int32))
        let result = model.trainingStep(batch, StepContext(optimizer: optimizer, key: RandomKey(key), step: step))
        return try Graph(
            outputs: result.metrics.map { ($0.name, $0.value) }, updates: result.updates.map { ($0.variable, $0.value) })
    }
}
