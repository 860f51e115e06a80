import StrataBackend
public import StrataGraph
public import StrataModels
public import StrataNN

/// One training step of a phase in symbolic tensors: the next values of variables, and metrics.
struct StepGraph {
    private(set) var updates: Updates = []
    private(set) var metrics: [Metric] = []

    /// What a step does with its gradients, where several batches make one update.
    enum Accumulation: Hashable {
        /// The batch makes an update by itself.
        case whole
        /// The gradients are kept for an update to come; the first of its batches forgets what was kept before.
        case kept(isFirst: Bool)
        /// The gradients complete an update of so many examples.
        case completed(examples: Int)
    }

    /// What a step of a phase needs to know beside its batch.
    struct Context {
        var optimizer: Optimizer
        var key: RandomKey
        /// The number of the step in its phase, from 1, a scalar.
        var step: Tensor
        /// The number of the update in its phase, from 1, a scalar, and the updates of the phase.
        var update: Tensor
        var updates: Int
        var accumulation = Accumulation.whole
        /// Labelled examples besides the batch.
        var labelled: Batch?

        /// What the model is told of it.
        func own(_ key: RandomKey) -> StepContext {
            var own = StepContext(
                key: key, step: step, progress: (update - 1) * (1 / Float(max(updates, 1))), labelled: labelled)
            own.frozen = optimizer.frozen
            return own
        }

        /// The context of one turn of a move that is made several times in a step.
        func turn(_ turn: Int, of turns: Int) -> Context {
            guard turns > 1 else { return self }
            var context = self
            context.update = (update - 1) * Float(turns) + Float(turn + 1)
            context.updates = updates * turns
            return context
        }
    }

    /// The values that variables have come to within the step, as constants to a gradient.
    private var values: [String: Tensor] = [:]

    init(_ phase: TrainingPhase, _ batch: Batch, _ context: Context) {
        let own = context.own(context.key)
        switch phase.step {
        case .statistics(let statistics):
            let result = statistics(batch, own)
            (updates, metrics) = (result.updates, result.metrics)
        case .moves(let moves):
            var averaged: [StateVariable] = []
            for move in moves {
                make(move, batch, context)
                if move.optimizer == nil { averaged += context.optimizer.moved(move.parameters) }
            }
            average(averaged, context)
        }
    }

    /// Makes a move as often as it says, each time facing the variables as they have come to be.
    private mutating func make(_ move: Move, _ batch: Batch, _ context: Context) {
        let chosen = context.optimizer.moved(move.parameters)
        var optimizer = move.optimizer ?? context.optimizer
        optimizer.frozen = context.optimizer.frozen
        for turn in 0..<max(move.repeats, 1) {
            let key = turn == 0 ? context.key : context.key.named("repeat").numbered(turn)
            let objective = move.objective(batch, context.own(key))
            let known = values
            var faced = Substitution { known[$0.name] }
            let gradients = gradients(of: objective, chosen, move, weights: batch.weights, &faced)
            if turn == max(move.repeats, 1) - 1 {
                metrics += objective.metrics.map { $0.mapped { faced($0) } }
            }
            // What an update replaces is read before: all new values are of the variables as they were faced.
            var next = objective.updates.map { ($0.variable, faced($0.value)) }
            next += moved(chosen, gradients, optimizer, batch.count, context.turn(turn, of: max(move.repeats, 1)))
            let bounded = move.constraint == nil ? [] : Set(chosen.map(\.name))
            for (variable, value) in next {
                set(variable, bounded.contains(variable.name) ? move.constraint?(value) ?? value : value)
            }
        }
    }

    /// The gradients of the parameters that move, facing the values that variables have come to.
    private func gradients(
        of objective: Objective, _ chosen: [StateVariable], _ move: Move, weights: Tensor?, _ faced: inout Substitution
    ) -> [Tensor] {
        if let given = objective.gradients {
            guard weights == nil else {
                return chosen.map { _ in .invalid("example weights: this model follows no loss of single examples") }
            }
            guard given.count == move.parameters.count else {
                return chosen.map { _ in .invalid("\(given.count) gradients for \(move.parameters.count) parameters") }
            }
            let names = Set(chosen.map(\.name))
            return zip(move.parameters, given).filter { names.contains($0.0.name) }.map { faced($0.1) }
        }
        guard let loss = objective.value(weights: weights) else { return [] }
        return gradient(of: faced(loss), withRespectTo: chosen.map { values[$0.name] ?? $0.tensor })
    }

    /// The next values that gradients lead to, or of the sums in which they are kept.
    private func moved(
        _ parameters: [StateVariable], _ gradients: [Tensor], _ optimizer: Optimizer, _ count: Int, _ context: Context
    ) -> Updates {
        func sum(_ parameter: StateVariable) -> StateVariable {
            StateVariable("gradient.\(parameter.name)", parameter.type.shape, initializer: .zeros)
        }
        func weighed(_ gradient: Tensor) -> Tensor { gradient * Float(count) }
        switch context.accumulation {
        case .kept(let isFirst):
            return zip(parameters, gradients).map { parameter, gradient in
                let kept = sum(parameter)
                return (kept, isFirst ? weighed(gradient) : kept.tensor + weighed(gradient))
            }
        case .completed(let examples):
            let means = zip(parameters, gradients).map { (sum($0).tensor + weighed($1)) * (1 / Float(examples)) }
            return optimizer.updates(
                parameters, gradients: means, step: context.update, steps: context.updates, values: values)
        case .whole:
            return optimizer.updates(
                parameters, gradients: gradients, step: context.update, steps: context.updates, values: values)
        }
    }

    private mutating func average(_ parameters: [StateVariable], _ context: Context) {
        if case .kept = context.accumulation { return }
        let names = Set(parameters.map(\.name))
        updates += context.optimizer.averages(updates.filter { names.contains($0.variable.name) }, step: context.update)
    }

    private mutating func set(_ variable: StateVariable, _ value: Tensor) {
        values[variable.name] = value.stopGradient()
        updates.removeAll { $0.variable.name == variable.name }
        updates.append((variable, value))
    }
}

/// The graph of a training step on its own, for those who want to look at it or time it.
public enum TrainingGraph {
    /// The step on a batch whose examples, labels and targets are inputs, with its metrics as outputs.
    ///
    /// - `phase`: The number of the phase, from 0; the last where `nil`.
    public static func trace(
        _ model: any Model, optimizer: Optimizer, features: Int, targets: Int = 1, batchSize: Int, phase: Int? = nil
    ) throws -> Graph {
        let phases = model.phases
        let phase = phase ?? phases.count - 1
        guard phases.indices.contains(phase) else {
            throw StrataError(parameter: "phase", phase, "the model has \(phases.count) phases")
        }
        let (key, step) = keyAndStep()
        func batch(_ size: Int, _ prefix: String = "") -> Batch {
            Batch(
                examples: .input("\(prefix)examples", [size, features]),
                labels: .input("\(prefix)labels", [size], dtype: .int32),
                targets: .input("\(prefix)targets", [size, targets]), targetMeans: .input("target_means", [targets]))
        }
        let labelled = phases[phase].labelledExamples
        let result = StepGraph(
            phases[phase], batch(batchSize),
            StepGraph.Context(
                optimizer: optimizer, key: RandomKey(key), step: step, update: step, updates: 1,
                labelled: labelled > 0 ? batch(labelled, "labelled_") : nil))
        return try Graph(
            outputs: result.metrics.map { ($0.name, $0.mean) }, updates: result.updates.map { ($0.variable, $0.value) })
    }

    /// The key input (the seed and the step's number, from 1) and that number as a float.
    static func keyAndStep() -> (key: Tensor, step: Tensor) {
        let key = Tensor.input("key", [2], dtype: .int32)
        return (key, key.slice(1..<2, axis: 0).cast(to: .float32).reshape([]))
    }
}
