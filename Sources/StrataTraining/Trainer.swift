package import StrataBackend
public import StrataCompiler
public import StrataData
import StrataGraph
public import StrataModels
public import StrataNN

/// Trains any model: puts the data on the device, walks through it epoch by epoch, and reports.
///
/// The trainer knows no family of models; a step is whatever moves or statistics the model's phases give. It does its work as
/// its events are asked for, so leaving the loop stops the training:
///
/// ```
/// let trainer = try Trainer(
///     model: VariationalAutoencoder(features: 784), optimizer: .adam(), data: data,
///     session: Session(backend: backend, seed: 1))
/// for try await event in trainer.events {
///     if case .epoch(let report) = event { print(report.test) }
/// }
/// ```
///
/// Training continues bit for bit from a checkpoint: order, draws and sums depend on the seed and the step alone.
public final class Trainer {
    /// The model that is trained; its weights are variables of `session`.
    public let model: any Model
    /// The session that holds the variables and runs the steps; its seed is that of the initial weights.
    public let session: Session
    /// How long and on what the model is trained, as it was given.
    public let configuration: TrainingConfiguration
    /// The optimizer of phases that have none of their own.
    public let optimizer: Optimizer

    /// The epochs of all phases.
    public var epochCount: Int { plan.epochCount }
    /// Training steps done since the very start.
    public internal(set) var step = 0

    let train: any BatchSource
    private let test: SplitEvaluation?
    private let validation: SplitEvaluation?
    let phases: [TrainingPhase]
    let plan: TrainingPlan
    /// The examples that a phase which needs labels walks through.
    private let labelled: [Int32]
    /// These examples on the device, where a phase is given some of them besides its batches.
    private let labelledSource: ResidentSource?
    var steps: [StepKey: PreparedStep] = [:]
    /// The updates at the ends of epochs, of the phases that have begun.
    var epochEnds: [Int: [(step: PreparedStep, repeats: Int)]] = [:]
    /// The metrics of each phase.
    private var totals: [Int: [MetricTotal]] = [:]
    private var passEpoch = -1
    private var spans: [Double] = []
    private var epochSeconds = 0.0
    /// Training stopped within an epoch whose end has not been reported.
    var isEpochOpen = false
    var stopping: EarlyStopping

    struct StepKey: Hashable {
        var phase: Int
        var size: Int
        var accumulation = StepGraph.Accumulation.whole
    }

    /// A training on the splits of a data set.
    ///
    /// Throws `usage` for settings that do not fit the data or the model, `data` for values or a number of examples that the
    /// model does not take, `shape` for a model that does not fit them.
    public convenience init(
        model: any Model, optimizer: Optimizer, data: DataSet, session: Session,
        configuration: TrainingConfiguration = .init()
    ) throws {
        try configuration.check(examples: data.train.count, of: data.name, hasValidation: data.validation != nil)
        if let range = data.spec.example.range { try model.domain?.check(range, name: data.name) }
        func source(_ split: DataSplit, _ name: String) throws -> any BatchSource {
            let bytes = split.columns.reduce(0) { $0 + $1.count * $1.spec.bytesPerRow }
            return configuration.memory.map { bytes > $0 } ?? false
                ? try StreamedSource(split, name: name, on: session)
                : try ResidentSource(split, name: name, on: session)
        }
        func evaluation(_ split: DataSplit, _ name: String) throws -> SplitEvaluation {
            SplitEvaluation(model, on: try source(split, name), session: session)
        }
        let train = try source(data.train, "train")
        let labelled = try data.train.withLabels(configuration.labels, seed: configuration.seed)
        try self.init(
            model: model, optimizer: optimizer, train: train, name: data.name, labelled: labelled,
            labelledSource: model.phases.contains { $0.labelledExamples > 0 }
                ? try Trainer.resident(labelled, of: data.train, train, configuration.memory, on: session) : nil,
            test: try evaluation(data.test, "test"),
            validation: try data.validation.map { try evaluation($0, "validation") },
            session: session, configuration: configuration)
    }

    /// A training on batches that come from elsewhere than a data set, without an evaluation.
    ///
    /// Throws as for a data set.
    public convenience init(
        model: any Model, optimizer: Optimizer, source: any BatchSource, session: Session,
        configuration: TrainingConfiguration = .init()
    ) throws {
        try configuration.check(examples: source.count, of: "the source", hasValidation: false)
        try self.init(
            model: model, optimizer: optimizer, train: source, name: "the source", labelled: [], labelledSource: nil,
            test: nil, validation: nil, session: session, configuration: configuration)
    }

    private init(
        model: any Model, optimizer: Optimizer, train: any BatchSource, name: String, labelled: [Int32],
        labelledSource: ResidentSource?, test: SplitEvaluation?, validation: SplitEvaluation?, session: Session,
        configuration: TrainingConfiguration
    ) throws {
        (self.model, self.optimizer, self.session, self.configuration) = (model, optimizer, session, configuration)
        (self.train, self.test, self.validation) = (train, test, validation)
        (self.labelled, self.labelledSource) = (labelled, labelledSource)
        phases = model.phases
        try Trainer.check(optimizer, phases)
        plan = try TrainingPlan(
            phases, epochs: configuration.epochs, batchSize: configuration.batchSize,
            accumulation: optimizer.accumulation, examples: train.count, labelled: labelled.count)
        stopping = EarlyStopping(model.criterion, patience: configuration.patience)
        let isTrained = min(plan.stepCount, configuration.steps ?? .max) > 0
        guard !isTrained || train.count >= model.minimumExampleCount else {
            throw StrataError(
                .data,
                "'\(name)' has \(train.count) training examples; this model takes at least"
                    + " \(model.minimumExampleCount)")
        }
        try session.create(model.variables)
        if let first = plan.spans.first { _ = try prepared(key(of: first)) }
    }

    /// Labelled examples on the device: the training examples themselves where all of them are labelled and lie there.
    private static func resident(
        _ labelled: [Int32], of split: DataSplit, _ source: any BatchSource, _ memory: Int?, on session: Session
    ) throws -> ResidentSource {
        if labelled.count == split.count, let source = source as? ResidentSource { return source }
        let bytes = split.columns.reduce(0) { $0 + labelled.count * $1.spec.bytesPerRow }
        if let memory, bytes > memory {
            throw StrataError(
                parameter: "memory", memory, "this model keeps its \(labelled.count) labelled examples, \(bytes) bytes")
        }
        return try ResidentSource(split.subset(labelled), name: "labelled", on: session)
    }

    /// Names of frozen parameters and of rates must be those of some parameter.
    private static func check(_ optimizer: Optimizer, _ phases: [TrainingPhase]) throws {
        guard optimizer.accumulation > 0 else {
            throw StrataError(.usage, "accumulation \(optimizer.accumulation): at least one batch makes an update")
        }
        let scopes = optimizer.frozen + optimizer.rateFactors.keys.sorted()
        guard !scopes.isEmpty else { return }
        let names = phases.flatMap { phase -> [String] in
            if case .moves(let moves) = phase.step { moves.flatMap { $0.parameters.map(\.name) } } else { [] }
        }
        if let stray = scopes.first(where: { scope in !names.contains { $0.isWithin(scope) } }) {
            let known = names.compactMap { $0.split(separator: ".").first.map(String.init) }.uniqued()
            throw StrataError.unknown("part of the model", stray, among: known)
        }
    }

    // MARK: Position

    /// Batches in an epoch of the phase that training is in.
    public var batchesPerEpoch: Int { span.batchesPerEpoch }
    /// Epochs that are complete.
    public var epoch: Int { plan.position(after: step).epoch }
    var batch: Int { plan.position(after: step).batch }
    private var span: TrainingPlan.Span { plan.span(at: step) }
    /// The span of the last step done.
    private var lastSpan: TrainingPlan.Span { plan.span(at: max(step - 1, 0)) }
    /// The steps of all epochs, or as many of them as the configuration allows.
    public var stepCount: Int { min(plan.stepCount, configuration.steps ?? .max) }

    func key(of span: TrainingPlan.Span) -> StepKey {
        StepKey(phase: span.phase, size: span.batchSize, accumulation: span.accumulation(of: 0))
    }

    /// Whether all epochs or steps are done, or the validation criterion has not improved for too long.
    public var isFinished: Bool { (step >= stepCount || stopping.isOver) && !isEpochOpen }

    /// Whether training ended before its last epoch because the validation criterion did not improve.
    public var hasStoppedEarly: Bool { stopping.isOver && step < stepCount }

    // MARK: Training

    /// One training step. May return before the device is done.
    public func trainStep() throws {
        let (span, position) = (span, plan.position(after: step))
        if passEpoch != position.epoch {
            try train.begin(
                epoch: position.epoch, order: order(of: position.epoch, in: span), batchSize: span.batchSize)
            passEpoch = position.epoch
        }
        let size = span.size(of: position.batch)
        let prepared = try prepared(
            StepKey(phase: span.phase, size: size, accumulation: span.accumulation(of: position.batch)))
        if position.batch == 0 { try beginEpoch(span.phase) }
        step += 1
        try prepared.run(
            train, from: position.batch * span.batchSize, size: size, seed: configuration.seed, number: step)
        isEpochOpen = true
        if batch == 0 { try endEpoch(span.phase) }
    }

    /// The runs of an update at the end of an epoch are numbered from the step that they follow.
    private func endEpoch(_ phase: Int) throws {
        for (update, repeats) in epochEnds[phase] ?? [] {
            for turn in 0..<max(repeats, 0) { try update.run(seed: configuration.seed, number: step + turn) }
        }
    }

    private func order(of epoch: Int, in span: TrainingPlan.Span) -> [Int32] {
        let order =
            configuration.isShuffled
            ? Threefry.permutation(
                count: span.examples, seed: configuration.seed, epoch: UInt32(truncatingIfNeeded: epoch))
            : (0..<Int32(span.examples)).map { $0 }
        return phases[span.phase].needsLabels ? order.map { labelled[Int($0)] } : order
    }

    private func beginEpoch(_ phase: Int) throws {
        try MetricAccumulator.training.reset(totals[phase] ?? [], in: session)
        spans = []
        epochSeconds = 0
    }

    /// Trains for about a tenth of a second, or to the end of the epoch, and reports; `nil` when all is done. Throws
    /// `notFinite` once a metric becomes NaN or infinite.
    public func nextEvent() throws -> TrainingEvent? {
        guard !isFinished else { return nil }
        let clock = ContinuousClock()
        let start = clock.now
        let firstStep = step
        var examples = 0
        while step < stepCount {
            examples += span.size(of: batch)
            try trainStep()
            if batch == 0 || clock.now - start > .milliseconds(100) { break }
        }
        let means = try trainingMetrics()
        let seconds = (clock.now - start).seconds
        epochSeconds += seconds
        if step > firstStep { spans.append(seconds / Double(step - firstStep)) }
        if batch == 0 || step >= stepCount { return .epoch(try finishEpoch(means)) }
        return .progress(
            TrainingProgress(
                epoch: epoch + 1, batch: batch, batchCount: batchesPerEpoch, step: step, metrics: means,
                examplesPerSecond: Double(examples) / max(seconds, 1e-9)))
    }

    private func finishEpoch(_ means: [MetricValue]) throws -> EpochReport {
        isEpochOpen = false
        let validation = try metrics(of: validation)
        return EpochReport(
            epoch: plan.position(after: step - 1).epoch + 1, step: step, train: means, validation: validation,
            test: try evaluate(), isBest: stopping.count(validation), seconds: epochSeconds,
            medianStepMilliseconds: (spans.sorted().middle ?? 0) * 1000)
    }

    /// Means of the training metrics over the epoch so far. Waits for the device.
    package func trainingMetrics() throws -> [MetricValue] {
        let span = lastSpan
        let done = plan.position(after: step - 1).batch + 1
        let (values, badStep) = try MetricAccumulator.training.read(
            totals[span.phase] ?? [], count: min(done * span.batchSize, span.examples), in: session)
        guard badStep == 0 else {
            throw StrataError(
                .notFinite,
                "\(values.notFiniteNames) became NaN or infinite at training step \(badStep); \(phases[span.phase].hint)"
            )
        }
        return values
    }

    // MARK: Looking at a step

    /// The program of a step on a full batch.
    package var program: Program {
        get throws { try prepared(key(of: span)).function.compiled.program }
    }

    /// Runs a step's kernels once more, on the batch before and without counting as a step: the seconds that each took, where
    /// the backend can tell.
    package func profileStep() throws -> [Double]? {
        try prepared(key(of: span)).function.profile()
    }

    // MARK: Evaluation

    /// Means of the model's metrics over the test split; empty where there is none.
    public func evaluate() throws -> [MetricValue] { try metrics(of: test) }

    private func metrics(of evaluation: SplitEvaluation?) throws -> [MetricValue] {
        let place = "in the evaluation after training step \(step); \(phases[lastSpan.phase].hint)"
        return try evaluation?.metrics(seed: configuration.seed, place: place) ?? []
    }

    // MARK: Graphs

    func prepared(_ key: StepKey) throws -> PreparedStep {
        if let known = steps[key] { return known }
        let (graph, metrics) = try trainingGraph(key)
        totals[key.phase] = metrics
        let step = PreparedStep(try session.prepare(graph), inputs: train.inputs)
        steps[key] = step
        if epochEnds[key.phase] == nil {
            epochEnds[key.phase] = try epochEndGraphs(key.phase).map {
                (PreparedStep(try session.prepare($0.graph)), $0.repeats)
            }
        }
        return step
    }

    private func trainingGraph(_ key: StepKey) throws -> (Graph, [MetricTotal]) {
        let (random, step) = TrainingGraph.keyAndStep()
        let span = plan.spans[key.phase]
        let batch = train.batch(key.size)
        let ownStep = span.firstStep == 0 ? step : step - Float(span.firstStep)
        var update = ownStep
        if span.accumulation > 1 {
            let epoch = ((ownStep - 1) / Float(span.batchesPerEpoch)).floor()
            let batch = ownStep - 1 - epoch * Float(span.batchesPerEpoch)
            update = epoch * Float(span.updatesPerEpoch) + (batch / Float(span.accumulation)).floor() + 1
        }
        let phase = phases[key.phase]
        let labelled =
            phase.labelledExamples > 0
            ? labelledSource?.draws(phase.labelledExamples, RandomKey(random).named("labelled examples")) : nil
        let result = StepGraph(
            phase, batch,
            StepGraph.Context(
                optimizer: optimizer, key: RandomKey(random), step: ownStep, update: update, updates: span.updates,
                accumulation: key.accumulation, labelled: labelled))
        let accumulator = MetricAccumulator.training
        let sums = accumulator.updates(result.metrics, count: key.size, step: step, weights: batch.weights)
        let graph = try Graph(outputs: [], updates: (result.updates + sums).map { ($0.variable, $0.value) })
        return (graph, accumulator.totals(result.metrics))
    }

    /// What follows an epoch of a phase, one graph after the other, and how often each is run.
    private func epochEndGraphs(_ phase: Int) throws -> [(graph: Graph, repeats: Int)] {
        let (key, step) = TrainingGraph.keyAndStep()
        // The scope of its draws is a part of every run's results.
        let context = StepContext(key: RandomKey(key).named("conclusion"), step: step)
        return try phases[phase].epochEnd(context).map {
            (try Graph(outputs: [], updates: $0.updates.map { ($0.variable, $0.value) }), $0.repeats)
        }
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
    /// The events from here to the end of the training, which happens as they are asked for. Waiting for one throws
    /// `CancellationError` where the task is cancelled, and what `nextEvent()` throws.
    public var events: TrainingEvents { TrainingEvents(trainer: self) }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension Array {
    fileprivate var middle: Element? { isEmpty ? nil : self[count / 2] }
}
