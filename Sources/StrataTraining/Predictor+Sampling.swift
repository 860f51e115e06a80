import StrataBackend
import StrataCompiler
import StrataGraph
import StrataModels

extension Predictor {
    /// What is known of examples that are to be sampled.
    public struct Observation: Sendable {
        /// [count · features] on [0, 1]; empty where no value is known.
        public var values: [Float]
        /// As many numbers: 1 where the value is held, 0 where it is sampled.
        public var mask: [Float]
        /// The class of all of them.
        public var label: Int?

        /// What is known, by default nothing. Not checked here: sampling throws `shape` or `usage`.
        public init(values: [Float] = [], mask: [Float] = [], label: Int? = nil) {
            self.values = values
            self.mask = mask
            self.label = label
        }

        var holdsValues: Bool { !values.isEmpty || !mask.isEmpty }
    }

    /// New examples: [count · features].
    ///
    /// A model that has no distribution over codes, such as a plain autoencoder, gets the Gaussian that the codes of
    /// `examples` have.
    ///
    /// - `progress`: Told the number of examples that there are, batch after batch of 500.
    public func sample(
        _ count: Int, seed: UInt32 = 0, codesLike examples: [Float] = [], progress: (Int) throws -> Void = { _ in }
    ) throws -> [Float] {
        try check(count)
        guard let model = model as? any SamplingModel else {
            guard model is any EncodingModel, model is any DecodingModel, !examples.isEmpty else {
                throw unable("sample: it has no distribution to draw from")
            }
            guard count > 0 else { return [] }
            let (codes, size) = try encode(examples)
            let rows = Tensor.input("codes", [codes.count / size, size])
            let graph = try Graph(outputs: [("codes", Gaussian.draws(like: rows, count, key: samplingKey))])
            return try decode(session.prepare(graph).results(["codes": codes], seed: seed))
        }
        return try inBatches(count, seed, progress) { rows, seed in
            try draw(model.sampling(rows.count, key: samplingKey), seed: seed)
        }
    }

    /// New examples that agree with what is known of them: [count · features].
    ///
    /// Throws `unsupported` where the model cannot hold such units, `shape` for values of another number, `usage` for a
    /// class that it does not have.
    ///
    /// - `progress`: Told the number of examples that there are, batch after batch of 500.
    public func sample(
        _ count: Int, seed: UInt32 = 0, given observation: Observation, progress: (Int) throws -> Void = { _ in }
    ) throws -> [Float] {
        try check(count)
        guard let model = model as? any ClampedSamplingModel else { throw unable("sample with units held") }
        if observation.holdsValues {
            let (size, isHuge) = count.multipliedReportingOverflow(by: features)
            let given = (observation.values.count, observation.mask.count)
            guard !isHuge, given == (size, size) else {
                throw StrataError(
                    .shape, "\(given.0) values and a mask of \(given.1) are not of \(count) examples of \(features)")
            }
            guard model.holdsUnits else { throw unable("sample with units held") }
        }
        if let label = observation.label {
            guard model.labelClasses > 0 else { throw unable("sample a class: it was trained without") }
            guard (0..<model.labelClasses).contains(label) else {
                throw StrataError(.usage, "class \(label) is outside 0..<\(model.labelClasses)")
            }
        }
        return try inBatches(count, seed, progress) { rows, seed in
            var evidence = Evidence.none
            var inputs: [String: [Float]] = [:]
            if observation.holdsValues {
                let shape: Shape = [rows.count, features]
                evidence.units = (.input("observed.values", shape), .input("observed.mask", shape))
                let numbers = rows.lowerBound * features..<rows.upperBound * features
                inputs["observed.values"] = Array(observation.values[numbers])
                inputs["observed.mask"] = Array(observation.mask[numbers])
            }
            evidence.labels = observation.label.map { .constant(Float($0), [rows.count]).cast(to: .int32) }
            return try draw(
                model.sampling(rows.count, key: samplingKey, holding: evidence), seed: seed, inputs)
        }
    }

    /// Codes from the standard normal distribution: [count · code], for models whose noise that is.
    public func priorCodes(_ count: Int, seed: UInt32 = 0) throws -> [Float] {
        guard let model = model as? any DecodingModel else { throw unable("draw codes: it has no decoder") }
        try check(count)
        guard count > 0 else { return [] }
        let graph = try Graph(outputs: [("codes", samplingKey.named("prior").normal([count, model.codeSize]))])
        return try session.prepare(graph).results(seed: seed)
    }

    /// The examples of one graph: memory is bounded, and a user sees how far it is.
    private static let sampledAtOnce = 500

    /// Examples drawn some at a time, each batch with a seed of its own, the first with that of all.
    private func inBatches(
        _ count: Int, _ seed: UInt32, _ progress: (Int) throws -> Void,
        _ draw: (_ rows: Range<Int>, _ seed: UInt32) throws -> [Float]
    ) throws -> [Float] {
        var examples: [Float] = []
        for (batch, start) in stride(from: 0, to: count, by: Self.sampledAtOnce).enumerated() {
            let rows = start..<min(start + Self.sampledAtOnce, count)
            let number = UInt32(truncatingIfNeeded: batch)
            examples += try draw(
                rows, batch == 0 ? seed : Threefry.streamKey(seed: seed, step: number, stream: 0x7361_6d70).0)
            try progress(rows.upperBound)
        }
        return examples
    }

    /// Runs a chain of its own from its start to its end, with the inputs that its graph has.
    private func draw(_ sampling: Sampling, seed: UInt32, _ inputs: [String: [Float]] = [:]) throws -> [Float] {
        let function = try branch(seed: seed).prepare(
            Graph(outputs: [("examples", sampling.examples)], updates: sampling.updates.map { ($0.variable, $0.value) })
        )
        for step in 0..<sampling.steps { try function.run(step == 0 ? inputs : [:], seed: seed, number: step) }
        return try function.read("examples")
    }

    private var samplingKey: RandomKey {
        RandomKey(.input(Session.keyName, [2], dtype: .int32)).named("sampling")
    }

    /// Throws `usage` for a number of examples that cannot be.
    private func check(_ count: Int) throws {
        guard (0...Shape.largestExtent).contains(count) else {
            throw StrataError(parameter: "count", count, "expected a number from 0 to \(Shape.largestExtent)")
        }
    }
}
