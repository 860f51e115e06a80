import StrataBackend
public import StrataGraph
public import StrataNN

/// A network that learns several tasks at once (Caruana, "Multitask learning", 1997): an encoder, or one for each task that
/// share what they learn, and a head for each task.
///
/// The code of an example is the encoder's output; of several encoders, their outputs one after the other.
public struct MultiTaskNetwork: LayeredModel, PredictingModel {
    /// The tasks, in the order of their metrics.
    public let tasks: [LearningTask]
    let encoder: Network
    let heads: [Network]
    private let sharing: TaskSharing
    private let balancing: LossBalancing
    /// s of each task: [tasks].
    private let uncertainty: StateVariable
    let factors: GradientNormFactors?

    /// - Parameters:
    ///   - shape: Of an example.
    ///   - network: The encoder's hidden layers.
    ///   - tasks: At least one, of names that are all different, which is not checked.
    ///   - sharing: What they have in common.
    ///   - balancing: How their losses make one step.
    public init(
        shape: [Int], network: Architecture, tasks: [LearningTask], sharing: TaskSharing = .hard,
        balancing: LossBalancing = .sum
    ) {
        let own = network.encoder(shape)
        encoder = Network("encoder", input: [shape.product], sharing.encoder(own, tasks: tasks.count))
        // Of one task.
        let code = Network("code", input: [shape.product], own).outputShape
        heads = tasks.map { task in
            Network(
                "heads.\(task.name)", input: code,
                task.reconstructs ? network.decoder(to: shape) : Dense(task.head.outputs))
        }
        (self.tasks, self.sharing, self.balancing) = (tasks, sharing, balancing)
        uncertainty = StateVariable("uncertainty", [tasks.count], initializer: .zeros)
        if case .gradientNorms(let asymmetry, let rate) = balancing {
            factors = GradientNormFactors(tasks: tasks.count, asymmetry: asymmetry, rate: rate)
        } else {
            factors = nil
        }
    }

    private var parameters: [StateVariable] {
        encoder.parameters + heads.flatMap(\.parameters) + (balancing == .uncertainty ? [uncertainty] : [])
    }
    public var variables: [StateVariable] {
        encoder.variables + heads.flatMap(\.variables) + (balancing == .uncertainty ? [uncertainty] : [])
            + (factors.map { [$0.factors, $0.first] } ?? [])
    }
    public var criterion: Criterion { tasks.count == 1 ? tasks[0].criterion : .minimize("loss") }

    public var phases: [TrainingPhase] {
        [
            TrainingPhase(moving: parameters, needsLabels: tasks.contains(where: \.needsLabels)) { batch, context in
                var pass = context.pass()
                return objective(outcomes(batch, &pass), step: context.step, updates: pass.updates)
            }
        ]
    }

    public func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] {
        var pass = Pass.evaluation
        return metrics(outcomes(batch, &pass))
    }

    public func encode(_ examples: Tensor) -> Tensor { encoder(examples) }

    /// Without hidden layers, the examples themselves.
    public func layers(_ examples: Tensor) -> [(name: String, activations: Tensor)] {
        let layers = encoder.activations(examples)
        return layers.isEmpty ? [("code", encode(examples))] : layers
    }

    // MARK: Tasks

    /// What each task predicts, under its name.
    public func predictions(_ examples: Tensor) -> [(name: String, value: Tensor)] {
        let codes = encoder(examples)
        return tasks.enumerated().map { place, task in
            (task.name, task.head.prediction(heads[place](code(of: place, in: codes))))
        }
    }

    /// The metrics of each task for a batch, its loss first.
    private func outcomes(_ batch: Batch, _ pass: inout Pass) -> [[Metric]] {
        let codes = encoder(batch.examples, &pass)
        return tasks.enumerated().map { place, task in
            task.metrics(heads[place](code(of: place, in: codes), &pass), batch)
        }
    }

    /// What the head of a task sees of the encoder's output.
    private func code(of place: Int, in codes: Tensor) -> Tensor {
        guard sharing != .hard, !codes.isInvalid else { return codes }
        let width = codes.extent(1) / max(tasks.count, 1)
        let own = codes.slice(from: place * width, count: width, axis: 1)
        let shape = heads[place].inputShape
        return shape.rank == 1 ? own : own.reshape(Shape([codes.extent(0)] + shape.extents))
    }

    /// The sum of the losses by the factors of the tasks: [batch].
    private func sum(_ losses: [Tensor]) -> Tensor {
        let weighed = zip(tasks, losses).map { $0.weight == 1 ? $1 : $1 * $0.weight }
        return weighed.dropFirst().reduce(weighed.first ?? .invalid("a network without tasks"), +)
    }

    private func metrics(_ outcomes: [[Metric]]) -> [Metric] {
        (tasks.count == 1 ? [] : [Metric("loss", sum(outcomes.map { $0[0].values }))]) + outcomes.flatMap(\.self)
    }

    // MARK: Training

    private func objective(_ outcomes: [[Metric]], step: Tensor, updates: Updates) -> Objective {
        let losses = outcomes.map { $0[0].values }
        let metrics = metrics(outcomes)
        let penalty = sharing.penalty(columns)
        switch balancing {
        case .sum:
            return Objective(Metric("loss", sum(losses)), penalty: penalty, metrics: metrics, updates: updates)
        case .uncertainty:
            let s = (0..<tasks.count).map { uncertainty.tensor.slice(from: $0, count: 1, axis: 0).reshape([]) }
            let weighed = zip(losses, s).map { $0 * ((-$1).exponential() * 0.5) + $1 * 0.5 }
            return Objective(Metric("loss", sum(weighed)), penalty: penalty, metrics: metrics, updates: updates)
        case .projection:
            return Objective(gradients: projected(losses, penalty), metrics: metrics, updates: updates)
        case .gradientNorms:
            guard let factors, let last = encoder.parameters.last(where: { $0.type.shape.rank > 1 }) else {
                return Objective(
                    Metric("loss", .invalid("GradNorm balances the gradients of a shared weight, and there is none")),
                    metrics: metrics)
            }
            let means = zip(tasks, losses).map { ($1 * $0.weight).mean().reshape([1]) }
            let norms = means.map { mean -> Tensor in
                let slope = gradient(of: mean.reshape([]), withRespectTo: [last.tensor])[0]
                return slope.squared().sum().squareRoot().reshape([1])
            }
            let held = factors.factors.tensor.stopGradient()
            let weighed = losses.enumerated().map { $1 * held.slice(from: $0, count: 1, axis: 0).reshape([]) }
            let told = tasks.enumerated().map {
                Metric("\($1.name)_factor", factors.factors.tensor.slice(from: $0, count: 1, axis: 0).reshape([]))
            }
            return Objective(
                Metric("loss", sum(weighed)), penalty: penalty, metrics: metrics + told,
                updates: updates
                    + factors.updates(
                        losses: .concatenate(means, axis: 0), norms: .concatenate(norms, axis: 0), step: step))
        }
    }

    /// The parameters of each task's own encoder, in one order.
    private var columns: [[StateVariable]] {
        tasks.indices.map { place in encoder.parameters.filter { $0.name.hasPrefix("encoder.\(place).") } }
    }

    /// The gradients of all parameters: of the encoder's the projected sum, of each head's its own.
    private func projected(_ losses: [Tensor], _ penalty: Tensor?) -> [Tensor] {
        let means = zip(tasks, losses).map { ($1 * $0.weight).mean() }
        let shared = encoder.parameters.map(\.tensor)
        var slopes = projectedSum(means.map { gradient(of: $0, withRespectTo: shared) })
        if let penalty {
            slopes = zip(slopes, gradient(of: penalty, withRespectTo: shared)).map { $0 + $1 }
        }
        let own = zip(means, heads).flatMap { gradient(of: $0, withRespectTo: $1.parameters.map(\.tensor)) }
        return slopes + own
    }
}
