package import StrataBackend
public import StrataCompiler
public import StrataData
import StrataGraph
public import StrataModels
public import StrataNN

/// How long and on what to train.
public struct TrainingConfiguration: Sendable, Hashable {
    public var epochs: Int
    /// Examples in a step; an epoch's last batch has what is left.
    public var batchSize: Int
    /// Seeds the order of the examples, the initial weights and every draw.
    public var seed: UInt32
    /// Stops after so many steps in all, where given.
    public var steps: Int?
    /// Whether each epoch has an order of its own; else every epoch is in the order of the data.
    public var isShuffled: Bool
    /// Training examples whose labels or targets may be used, where not all: see `DataSplit.withLabels`.
    public var labels: Int?

    public init(
        epochs: Int = 5, batchSize: Int = 128, seed: UInt32 = 0, steps: Int? = nil, isShuffled: Bool = true,
        labels: Int? = nil
    ) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.seed = seed
        self.steps = steps
        self.isShuffled = isShuffled
        self.labels = labels
    }
}

/// Trains any model: puts the data on the device, walks through it epoch by epoch, and reports.
///
/// The trainer knows no family of models; a step is whatever graph the model gives. It does its work as its events are
/// asked for, so leaving the loop stops the training:
///
/// ```
/// let trainer = try Trainer(
///     model: VariationalAutoencoder(features: 784), optimizer: Adam(), data: data,
///     session: Session(backend: backend, seed: 1))
/// for try await event in trainer.events {
///     if case .epoch(let report) = event { print(report.test) }
/// }
/// ```
///
/// Training continues bit for bit from a checkpoint: order, draws and sums depend on the seed and the step alone.
public final class Trainer {
    public let model: any Model
    public let session: Session
    public let configuration: TrainingConfiguration

    /// The epochs of all phases.
    public var epochCount: Int { plan.epochCount }
    /// Training steps done since the very start.
    public private(set) var step = 0

    private let train: StepGraphs.Source
    private let test: StepGraphs.Source
    private let graphs: StepGraphs
    private let phases: [TrainingPhase]
    private let plan: TrainingPlan
    /// Those that a phase which needs labels walks through.
    private let labelled: [Int32]
    private var steps: [StepKey: Step] = [:]
    /// Of the phases that have begun.
    private var conclusions: [Int: [(step: Step, runs: Int)]] = [:]
    /// By phase; those of the evaluation by `nil`.
    private var tallies: [Int?: [StepGraphs.Tally]] = [:]
    private var order: (epoch: Int, indices: [Int32]) = (-1, [])
    private var stretches: [Double] = []
    private var epochSeconds = 0.0
    /// Training stopped within an epoch whose end has not been reported.
    private var isEpochOpen = false

    private struct StepKey: Hashable {
        /// Of training; `nil` for the evaluation.
        var phase: Int?
        var size: Int
    }

    /// A prepared graph with the inputs that each run of it is given, where it has them.
    private struct Step {
        let function: Function
        let indices: Function.Input?
        let key: Function.Input?

        init(_ function: Function) {
            self.function = function
            indices = function.input(StepGraphs.indices)
            key = function.input(Session.keyName)
        }

        /// Runs on the examples named, if any; allocates nothing.
        func run(_ examples: UnsafeRawBufferPointer? = nil, seed: UInt32, number: Int) throws {
            if let examples { try indices?.write(examples) }
            let words = (seed, UInt32(truncatingIfNeeded: number))
            try withUnsafeBytes(of: words) { try key?.write($0) }
            try function.run()
        }
    }

    /// Throws `usage` for settings that do not fit the data, `shape` for a model that does not.
    public init(
        model: any Model, optimizer: any Optimizer, data: DataSet, session: Session,
        configuration: TrainingConfiguration = .init()
    ) throws {
        let size = configuration.batchSize
        guard size > 0 else { throw StrataError(.usage, "--batch-size \(size): a batch has at least one example") }
        guard size <= data.train.count else {
            throw StrataError(
                .usage, "--batch-size \(size): '\(data.name)' has only \(data.train.count) training examples")
        }
        guard configuration.epochs >= 0 else {
            throw StrataError(.usage, "--epochs \(configuration.epochs): not a number of epochs")
        }
        if let steps = configuration.steps, steps < 0 {
            throw StrataError(.usage, "--steps \(steps): not a number of steps")
        }
        self.model = model
        self.session = session
        self.configuration = configuration
        phases = model.phases
        labelled = try data.train.withLabels(configuration.labels, seed: configuration.seed)
        plan = TrainingPlan(
            phases, epochs: configuration.epochs, batchSize: size, examples: data.train.count, labelled: labelled.count)
        train = StepGraphs.Source(name: "train", split: data.train)
        test = StepGraphs.Source(name: "test", split: data.test)
        graphs = StepGraphs(model: model, optimizer: optimizer)
        guard lastStep == 0 || data.train.count >= model.fewestExamples else {
            throw StrataError(
                .data,
                "'\(data.name)' has \(data.train.count) training examples; this model takes at least \(model.fewestExamples)")
        }
        try train.place(data.train, on: session)
        try test.place(data.test, on: session)
        try session.create(model.variables)
        _ = try prepared(key(of: plan.stretches[0]))
    }

    // MARK: Where training is

    /// Of the phase that training is in.
    public var batchesPerEpoch: Int { stretch.batchesPerEpoch }
    /// Epochs that are complete.
    public var epoch: Int { plan.position(after: step).epoch }
    private var batch: Int { plan.position(after: step).batch }
    private var stretch: TrainingPlan.Stretch { plan.stretch(at: step) }
    /// That of the last step done.
    private var lastStretch: TrainingPlan.Stretch { plan.stretch(at: max(step - 1, 0)) }
    private var lastStep: Int { min(plan.stepCount, configuration.steps ?? .max) }

    private func key(of stretch: TrainingPlan.Stretch) -> StepKey {
        StepKey(phase: stretch.phase, size: stretch.batchSize)
    }

    /// Whether all epochs, or steps, are done.
    public var isFinished: Bool { step >= lastStep && !isEpochOpen }

    // MARK: Training

    /// One step of learning. May return before the device is done.
    public func trainStep() throws {
        let (stretch, position) = (stretch, plan.position(after: step))
        if order.epoch != position.epoch { order = (position.epoch, order(of: position.epoch, in: stretch)) }
        let start = position.batch * stretch.batchSize
        let size = min(stretch.batchSize, stretch.examples - start)
        let prepared = try prepared(StepKey(phase: stretch.phase, size: size))
        if position.batch == 0 { try beginEpoch(stretch.phase) }
        step += 1
        try order.indices[start..<start + size].withUnsafeBytes {
            try prepared.run($0, seed: configuration.seed, number: step)
        }
        isEpochOpen = true
        if batch == 0 { try conclude(stretch.phase) }
    }

    /// The runs of a conclusion are numbered from the step that they follow.
    private func conclude(_ phase: Int) throws {
        for (conclusion, runs) in conclusions[phase] ?? [] {
            for run in 0..<runs {
                try conclusion.run(seed: configuration.seed, number: step + run)
            }
        }
    }

    private func order(of epoch: Int, in stretch: TrainingPlan.Stretch) -> [Int32] {
        let order = configuration.isShuffled
            ? Threefry.permutation(count: stretch.examples, seed: configuration.seed, epoch: UInt32(truncatingIfNeeded: epoch))
            : (0..<Int32(stretch.examples)).map { $0 }
        return phases[stretch.phase].needsLabels ? order.map { labelled[Int($0)] } : order
    }

    private func beginEpoch(_ phase: Int) throws {
        try reset(StepGraphs.training, phase)
        stretches = []
        epochSeconds = 0
    }

    /// Trains for about a tenth of a second, or to the end of the epoch, and tells how it went; `nil` when all is
    /// done. Throws `notFinite` once a metric is no longer a number.
    public func nextEvent() throws -> TrainingEvent? {
        guard !isFinished else { return nil }
        let clock = ContinuousClock()
        let start = clock.now
        let firstStep = step
        var examples = 0
        while step < lastStep {
            let stretch = stretch
            examples += min(stretch.batchSize, stretch.examples - batch * stretch.batchSize)
            try trainStep()
            if batch == 0 || clock.now - start > .milliseconds(100) { break }
        }
        let means = try trainingMetrics()
        let seconds = (clock.now - start).seconds
        epochSeconds += seconds
        if step > firstStep { stretches.append(seconds / Double(step - firstStep)) }
        if batch == 0 || step >= lastStep { return .epoch(try finishEpoch(means)) }
        return .progress(
            TrainingProgress(
                epoch: epoch + 1, batch: batch, batchCount: batchesPerEpoch, step: step, metrics: means,
                examplesPerSecond: Double(examples) / max(seconds, 1e-9)))
    }

    private func finishEpoch(_ means: [MetricValue]) throws -> EpochReport {
        isEpochOpen = false
        return EpochReport(
            epoch: plan.position(after: step - 1).epoch + 1, step: step, train: means, test: try evaluate(),
            seconds: epochSeconds, medianStepMilliseconds: (stretches.sorted().middle ?? 0) * 1000)
    }

    /// Means of the training metrics over the epoch so far. Waits for the device.
    package func trainingMetrics() throws -> [MetricValue] {
        let stretch = lastStretch
        let done = plan.position(after: step - 1).batch + 1
        return try read(
            StepGraphs.training, stretch.phase, count: min(done * stretch.batchSize, stretch.examples))
    }

    // MARK: Looking at a step

    /// What a step on a full batch runs.
    package var program: Program {
        get throws { try prepared(key(of: stretch)).function.compiled.program }
    }

    /// Takes a step's kernels through once more, on the batch before and without counting as a step: the seconds that
    /// each took, where the backend can tell.
    package func profileStep() throws -> [Double]? {
        try prepared(key(of: stretch)).function.profile()
    }

    // MARK: Evaluation

    /// Examples in a step of evaluation; it only bounds memory.
    private static let evaluationBatch = 500

    /// Means of the model's metrics over the test split.
    public func evaluate() throws -> [MetricValue] {
        let count = test.count
        guard count > 0 else { return [] }
        var start = 0
        var number = 0
        while start < count {
            let size = min(Trainer.evaluationBatch, count - start)
            let prepared = try prepared(StepKey(phase: nil, size: size))
            if start == 0 { try reset(StepGraphs.evaluation, nil) }
            number += 1
            try (start..<start + size).map(Int32.init).withUnsafeBytes {
                try prepared.run($0, seed: configuration.seed, number: number)
            }
            start += size
        }
        return try read(StepGraphs.evaluation, nil, count: count)
    }

    // MARK: Plumbing

    private func prepared(_ key: StepKey) throws -> Step {
        if let known = steps[key] { return known }
        let (graph, metrics) = try key.phase.map {
            try graphs.training(phases[$0], train, size: key.size, steps: plan.stretches[$0].steps)
        }
            ?? graphs.evaluation(test, size: key.size)
        tallies[key.phase] = metrics
        let step = Step(try session.prepare(graph))
        steps[key] = step
        if let phase = key.phase, conclusions[phase] == nil {
            conclusions[phase] = try graphs.conclusions(of: phases[phase]).map { (Step(try session.prepare($0.graph)), $0.runs) }
        }
        return step
    }

    private func reset(_ ledger: StepGraphs.Ledger, _ phase: Int?) throws {
        for variable in (tallies[phase] ?? []).map(\.sum) + [ledger.badStep] {
            let zeros = [Float](repeating: 0, count: variable.type.shape.elementCount)
            try zeros.withUnsafeBytes { try session.writeVariable(variable.name, $0) }
        }
    }

    /// The means of a phase's metrics, or of the evaluation's.
    private func read(_ ledger: StepGraphs.Ledger, _ phase: Int?, count: Int) throws -> [MetricValue] {
        let values = try (tallies[phase] ?? []).map { $0.value(of: try floats($0.sum), count: count) }
        let bad = try floats(ledger.badStep)[0]
        if bad != 0 {
            let names = values.filter { !$0.value.isFinite }.map(\.name).joined(separator: " and ")
            let place = phase == nil ? "in the evaluation after training step \(step)" : "at training step \(Int(bad))"
            let advice = phases[phase ?? lastStretch.phase].advice
            throw StrataError(
                .notFinite, "\(names.isEmpty ? "a metric" : names) stopped being a number \(place); \(advice)")
        }
        return values
    }

    private func floats(_ variable: StateVariable) throws -> [Float] {
        try session.readVariable(variable.name).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }

    // MARK: Checkpoints

    /// Everything that continuing needs: the variables and the step.
    public func checkpoint(_ metadata: [String: String] = [:]) throws -> Checkpoint {
        var metadata = metadata
        metadata["step"] = "\(step)"
        try prepare(upTo: step)
        return try Checkpoint(session: session, variables: variableNames, metadata: metadata)
    }

    /// The model's own, and everything that a step or a conclusion of the phases so far reads or writes.
    private var variableNames: [String] {
        let used = steps.filter { $0.key.phase != nil }.map(\.value) + conclusions.values.joined().map(\.step)
        return Set(used.flatMap { $0.function.compiled.variables.map(\.name) } + model.variables.map(\.name)).sorted()
    }

    /// Makes the variables of all phases that a step with so many before it comes after, and of its own.
    private func prepare(upTo step: Int) throws {
        for stretch in plan.stretches[...self.plan.stretch(at: step).phase] { _ = try prepared(key(of: stretch)) }
    }

    /// Goes on from a checkpoint of the same model, data and settings.
    public func restore(_ checkpoint: Checkpoint) throws {
        guard let text = checkpoint.metadata["step"], let number = Int(text), number >= 0 else {
            throw StrataError(.checkpoint, "the checkpoint does not say at which step it was saved")
        }
        try prepare(upTo: number)
        try checkpoint.restore(variableNames, in: session)
        step = number
        isEpochOpen = batch != 0
    }
}

/// A trainer's events; the training happens as they are asked for.
public struct TrainingEvents: AsyncSequence {
    let trainer: Trainer

    public struct AsyncIterator: AsyncIteratorProtocol {
        let trainer: Trainer

        public mutating func next() async throws -> TrainingEvent? {
            try Task.checkCancellation()
            return try trainer.nextEvent()
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(trainer: trainer) }
}

extension Trainer {
    public var events: TrainingEvents { TrainingEvents(trainer: self) }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension Array {
    fileprivate var middle: Element? { isEmpty ? nil : self[count / 2] }
}
