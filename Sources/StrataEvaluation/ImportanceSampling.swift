import StrataBackend
import StrataCompiler
public import StrataData
import StrataGraph
import StrataModels
public import StrataTraining

/// The log-likelihood of a model with latent variables, by importance sampling from its own posterior (Burda, Grosse and
/// Salakhutdinov, "Importance weighted autoencoders", 2016).
///
/// The logarithm of a mean of weights is, in expectation, no more than log p(x), and comes nearer to it with every draw: a
/// stochastic lower bound.
public struct ImportanceSampling: Sendable, Hashable {
    /// The codes drawn for each example, at least 2.
    public var samples: Int

    /// The examples and the draws of each that one run of the graph takes; they only bound memory.
    private static let (batch, drawsOfRun) = (100, 20)

    /// Estimates from so many codes for each example. Nothing is checked here: `logLikelihood` throws `usage`.
    public init(samples: Int = 100) { self.samples = samples }

    /// The mean of log p(x) over the examples of a split, in nats, less and more three standard errors as far as the draws
    /// are their cause; `nil` for a model without weights, and for a split without examples.
    ///
    /// Throws `usage` for a number of samples that cannot be, `notFinite` where the weights are.
    public func logLikelihood(_ predictor: Predictor, of split: DataSplit, seed: UInt32) throws -> Estimate? {
        let found = try logLikelihoods(predictor, of: split, seed: seed)
        return found.isEmpty ? nil : Estimate(meanOf: found, .stochasticLowerBound)
    }

    /// log p(x) of each example; none for a model without weights.
    func logLikelihoods(_ predictor: Predictor, of split: DataSplit, seed: UInt32) throws -> [LogMean] {
        guard (2...100_000).contains(samples) else {
            throw StrataError(parameter: "importanceSamples", samples, "expected a number from 2 to 100000")
        }
        guard let model = predictor.model as? any ImportanceSampledModel else { return [] }
        let weights = Weights(model, session: try predictor.branch(), seed: seed)
        var all: [LogMean] = []
        for start in stride(from: 0, to: split.count, by: Self.batch) {
            let rows = start..<min(start + Self.batch, split.count)
            let examples = try examples(model, split, rows, seed: seed)
            var own = rows.map { _ in [Double]() }
            for first in stride(from: 0, to: samples, by: Self.drawsOfRun) {
                let found = try weights.drawn(
                    min(Self.drawsOfRun, samples - first), of: examples, split, rows)
                for (place, weight) in found.enumerated() { own[place % rows.count].append(Double(weight)) }
            }
            all += own.map { LogMean($0) }
        }
        guard all.allSatisfy(\.value.isFinite) else {
            throw StrataError(.notFinite, "the importance weights became NaN or infinite")
        }
        return all
    }

    /// Some examples of a split as a model sees them: [rows · features].
    func examples(
        _ model: any ImportanceSampledModel, _ split: DataSplit, _ rows: Range<Int>, seed: UInt32
    ) throws -> [Float] {
        let values = try split.values(rows)
        // The same bits for all draws: they are the examples.
        return model.drawsBits ? bits(values, from: rows.lowerBound * split.exampleShape.elementCount, seed) : values
    }

    /// A bit for each probability, which depends on the seed and its place among all.
    private func bits(_ probabilities: [Float], from first: Int, _ seed: UInt32) -> [Float] {
        let key = Threefry.streamKey(seed: seed, step: 0, stream: 0x6269_7473)
        return probabilities.enumerated().map { place, p in
            let place = UInt64(first + place)
            let counter = (UInt32(truncatingIfNeeded: place), UInt32(truncatingIfNeeded: place >> 32))
            return Threefry.uniform(Threefry.block(key: key, counter: counter).0) < p ? 1 : 0
        }
    }
}

/// Draws of log weights, each run with a key of its own.
private final class Weights {
    private let model: any ImportanceSampledModel
    private let session: Session
    private let seed: UInt32
    private var functions: [[Int]: Function] = [:]
    private var number: Int32 = 0

    init(_ model: any ImportanceSampledModel, session: Session, seed: UInt32) {
        self.model = model
        self.session = session
        self.seed = seed
    }

    /// Of some draws for each of some examples: [draws · rows].
    func drawn(_ draws: Int, of examples: [Float], _ split: DataSplit, _ rows: Range<Int>) throws -> [Float] {
        let function = try function(draws, split, rows.count)
        number += 1
        try function.write("examples", examples)
        if let labels = split.labels, function.inputNames.contains("labels") {
            try function.write("labels", Array(labels.values[rows]))
        }
        if function.inputNames.contains(Session.keyName) {
            try function.write(Session.keyName, [Int32(bitPattern: seed), number])
        }
        try function.run()
        return try function.read("weights")
    }

    private func function(_ draws: Int, _ split: DataSplit, _ count: Int) throws -> Function {
        if let known = functions[[draws, count]] { return known }
        let batch = Batch(
            examples: model.examples(.input("examples", [count, split.exampleShape.elementCount])),
            labels: split.labels == nil ? nil : .input("labels", [count], dtype: .int32))
        let key = RandomKey(.input(Session.keyName, [2], dtype: .int32)).named("importance")
        let function = try session.prepare(
            Graph(outputs: [("weights", model.logWeights(batch, draws: draws, key: key))]))
        functions[[draws, count]] = function
        return function
    }
}
