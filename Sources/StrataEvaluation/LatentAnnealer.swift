import Foundation
import StrataBackend
import StrataCompiler
import StrataGraph
import StrataModels

/// Chains of codes that are annealed between the prior and the posterior of examples, each run of a graph with a key of its
/// own.
final class LatentAnnealer {
    /// Examples as a model sees them.
    struct Examples {
        /// [count · features].
        var values: [Float]
        var count: Int
        var labels: [Int32]?
    }

    /// The acceptance towards which step sizes are adapted (Neal 2011).
    private static let target: Float = 0.65
    /// How much of what acceptance lacks a transition changes the logarithm of the step size.
    private static let rate: Float = 0.2

    private let model: any LatentVariableModel
    private let session: Session
    private let temperatures: [Double]
    private let chains: Int
    private let transition: HamiltonianTransition
    private let seed: UInt32
    private var number: Int32 = 0
    private var annealers: [[Int]: Chains] = [:]
    private var (accepted, transitions) = (0.0, 0.0)

    /// - `temperatures`: From 0 to 1, ascending, at least 2.
    init(
        _ model: any LatentVariableModel, session: Session, temperatures: [Double], chains: Int,
        transition: HamiltonianTransition, seed: UInt32
    ) throws {
        (self.model, self.session, self.temperatures) = (model, session, temperatures)
        (self.chains, self.transition, self.seed) = (chains, transition, seed)
    }

    /// The share of all transitions so far that were taken, those that only adapted step sizes left out.
    var acceptance: Double { transitions > 0 ? accepted / transitions : 0 }

    // MARK: Both ways

    /// log p(x) of each example from below: from codes of the prior to the posterior.
    func forward(_ examples: Examples) throws -> [LogMean] {
        let sizes = try stepSizes(for: examples)
        let walk = try start(chains, examples)
        try walk.startAtPrior(key: nextKey())
        return try anneal(walk, Array(temperatures.indices), sizes)
    }

    /// log p(x) of each example from above: from a draw of its posterior to the prior.
    ///
    /// - `codes`: Such a draw for each, [count · latent], where all chains start.
    func reverse(_ examples: Examples, from codes: [Float]) throws -> [LogMean] {
        let sizes = try stepSizes(for: examples)
        let walk = try start(chains, examples)
        try walk.start(at: codes)
        return try anneal(walk, temperatures.indices.reversed(), sizes).map(\.negated)
    }

    /// Examples that the model makes, of the same classes, and their codes; `nil` for a model that cannot.
    func simulated(like examples: Examples) throws -> (examples: Examples, codes: [Float])? {
        let key = RandomKey(.input(Session.keyName, [2], dtype: .int32)).named("simulated")
        let codes = model.priorCodes(examples.count, key: key.named("codes"))
        let labels = examples.labels.map { _ in Tensor.input("labels", [examples.count], dtype: .int32) }
        guard let made = model.examples(given: codes, labels: labels, key: key) else { return nil }
        let function = try session.prepare(Graph(outputs: [("examples", made), ("codes", codes)]))
        try function.writeIfTaken(Session.keyName, nextKey())
        if let labels = examples.labels { try function.writeIfTaken("labels", labels) }
        try function.run()
        let values = try function.read("examples")
        return (
            Examples(values: values, count: examples.count, labels: examples.labels), try function.read("codes")
        )
    }

    /// The mean weights of each example's chains, which are sums in double precision.
    ///
    /// - `path`: Places among the temperatures.
    private func anneal(_ walk: Chains, _ path: [Int], _ sizes: [[Float]]) throws -> [LogMean] {
        var weights = [Double](repeating: 0, count: walk.count * chains)
        for (from, to) in zip(path, path.dropFirst()) {
            let (likelihoods, acceptance) = try walk.step(
                temperatures[to], sizes: sizes[max(to, 1) - 1], key: nextKey())
            let rise = temperatures[to] - temperatures[from]
            for (row, value) in likelihoods.enumerated() { weights[row] += rise * Double(value) }
            accepted += acceptance.reduce(0) { $0 + Double($1) }
            transitions += Double(acceptance.count)
        }
        return (0..<walk.count).map { example in
            LogMean(stride(from: example, to: weights.count, by: walk.count).map { weights[$0] })
        }
    }

    /// The step size of each example at each temperature but the first, adapted by chains that are of no further account.
    private func stepSizes(for examples: Examples) throws -> [[Float]] {
        let walk = try start(max(chains / 4, 1), examples)
        try walk.startAtPrior(key: nextKey())
        // A few transitions at the prior find the size there.
        let first = [Double](repeating: 0, count: 20)
        var sizes = [Float](repeating: 0.5, count: examples.count)
        var all: [[Float]] = []
        for temperature in first + temperatures.dropFirst() {
            all.append(sizes)
            let (_, acceptance) = try walk.step(temperature, sizes: sizes, key: nextKey())
            for example in sizes.indices {
                sizes[example] *= exp(Self.rate * (acceptance[example] - Self.target))
            }
        }
        return Array(all.dropFirst(first.count))
    }

    private func nextKey() -> [Int32] {
        number += 1
        return [Int32(bitPattern: seed), number]
    }

    private func start(_ chains: Int, _ examples: Examples) throws -> Chains {
        let features = examples.values.count / max(examples.count, 1)
        let kind = [chains, examples.count]
        let walk =
            try annealers[kind]
            ?? Chains(
                model, session, transition, chains: chains, examples: examples.count, features: features,
                hasLabels: examples.labels != nil)
        annealers[kind] = walk
        try walk.write(examples)
        return walk
    }
}

/// Some chains of each of some examples, the first of all examples before the second.
private final class Chains {
    let count: Int
    private let chains: Int
    private let session: Session
    private let codes: StateVariable
    private let function: Function
    private let beginning: Function

    init(
        _ model: any LatentVariableModel, _ session: Session, _ transition: HamiltonianTransition, chains: Int,
        examples count: Int, features: Int, hasLabels: Bool
    ) throws {
        (self.session, self.chains, self.count) = (session, chains, count)
        let rows = chains * count
        let codes = StateVariable(
            "annealing.codes.\(chains).\(count)", [rows, model.latentDimensions], initializer: .zeros)
        let batch = Batch(
            examples: model.examples(.input("examples", [count, features])),
            labels: hasLabels ? .input("labels", [count], dtype: .int32) : nil)
        let key = RandomKey(.input(Session.keyName, [2], dtype: .int32)).named("annealing")
        let temperature = Tensor.input("temperature", [])
        let sizes = Tensor.input("step_sizes", [count]).broadcast(to: [chains, count], axes: [1]).reshape([rows, 1])
        let (next, acceptance) = transition(from: codes.tensor, stepSizes: sizes, key: key) {
            model.logPrior($0) + model.logLikelihood(batch, given: $0) * temperature
        }
        self.codes = codes
        function = try session.prepare(
            Graph(
                outputs: [
                    ("log_likelihoods", model.logLikelihood(batch, given: codes.tensor)),
                    ("acceptance", acceptance.isInvalid ? acceptance : acceptance.reshape([chains, count]).mean([0])),
                ], updates: [(codes, next)]))
        beginning = try session.prepare(
            Graph(outputs: [], updates: [(codes, model.priorCodes(rows, key: key.named("prior")))]))
    }

    func write(_ examples: LatentAnnealer.Examples) throws {
        try function.writeIfTaken("examples", examples.values)
        if let labels = examples.labels { try function.writeIfTaken("labels", labels) }
    }

    func startAtPrior(key: [Int32]) throws {
        try beginning.writeIfTaken(Session.keyName, key)
        try beginning.run()
    }

    /// - `starts`: A code for each example, [count · latent].
    func start(at starts: [Float]) throws {
        let all = (0..<chains).flatMap { _ in starts }
        try all.withUnsafeBytes { try session.writeVariable(codes.name, $0) }
    }

    /// log p(x | z) of the codes that there were, [chains · count], and after a transition at a temperature the acceptance of
    /// each example's chains, [count].
    func step(
        _ temperature: Double, sizes: [Float], key: [Int32]
    ) throws -> (logLikelihoods: [Float], acceptance: [Float]) {
        try function.writeIfTaken("temperature", [Float(temperature)])
        try function.writeIfTaken("step_sizes", sizes)
        try function.writeIfTaken(Session.keyName, key)
        try function.run()
        return (try function.read("log_likelihoods"), try function.read("acceptance"))
    }
}

extension Function {
    /// Writes an input, where the graph has it.
    fileprivate func writeIfTaken<Element: BitwiseCopyable>(_ name: String, _ values: [Element]) throws {
        if inputNames.contains(name) { try write(name, values) }
    }
}
