import Foundation
import StrataBackend
public import StrataData
import StrataModels
public import StrataTraining

/// The log-likelihood of a model that makes examples out of codes, by annealed importance sampling (Wu et al., "On the
/// quantitative analysis of decoder-based generative models", 2017): from the prior to the posterior by way of p(z)
/// p(x | z)^β, with transitions of Hamiltonian Monte Carlo. The encoder has no part in it.
///
/// A mean of weights is unbiased, so its logarithm is a stochastic lower bound on log p(x). For examples that the model made
/// itself the code of each is known, a draw of the posterior: annealed the other way from there, the weights give a
/// stochastic upper bound (Grosse, Ghahramani and Adams, "Sandwiching the marginal likelihood using bidirectional Monte
/// Carlo", 2015), and the gap between both tells how far the lower bound on real examples may be off, as far as these are
/// like the model's.
///
/// Step sizes must not depend on the draws that are weighed, or the bounds would not hold: chains of their own, annealed
/// beforehand with the same examples, adapt a size for each example and temperature, which then stays as it is.
public struct LatentAnnealing: Sendable, Hashable {
    /// Temperatures from the prior to the posterior.
    public var steps: Int
    /// Chains of each example.
    public var chains: Int
    /// The examples that are annealed, drawn at random from the split, and as many that the model makes.
    public var examples: Int

    /// Steps of the leapfrog method in a transition.
    public var leapfrogs = 10
    /// The examples of one run of the graph, and its codes; they only bound memory.
    private static let (batch, codes) = (100, 4000)

    /// Annealing of 50 examples with 8 chains each by default. Nothing is checked here: `evaluate` throws `usage`.
    public init(steps: Int = 500, chains: Int = 8, examples: Int = 50) {
        (self.steps, self.chains, self.examples) = (steps, chains, examples)
    }

    /// β from 0 to 1, by a sigmoid that is slow at both ends (Grosse, Ghahramani and Adams 2015).
    var temperatures: [Double] {
        let places = (0...steps).map { 1 / (1 + exp(-4 * (2 * Double($0) / Double(steps) - 1))) }
        // As the graph takes them, so that weights and transitions have the same.
        return places.map { Double(Float(($0 - places[0]) / (places[steps] - places[0]))) }
    }

    /// What annealing found, in nats.
    public struct Result: Sendable, Hashable {
        /// The mean of log p(x) over the examples of the split.
        public var logLikelihood: Estimate
        /// The examples of the split that were annealed.
        public var examples: Int
        /// The share of transitions that were taken.
        public var acceptance: Double
        /// The bounds on examples of the model's own; `nil` where it cannot draw them.
        public var simulated: Sandwich?
    }

    /// The mean of log p(x) over examples that a model made, from both sides.
    public struct Sandwich: Sendable, Hashable {
        /// From below, with an interval that the choice of examples has a part in.
        public var lower: Estimate
        /// From above, with such an interval.
        public var upper: Estimate
        /// Their mean difference.
        public var gap: Double
        /// Of the gap.
        public var standardError: Double
    }

    /// Anneals examples of a split, and of the model's own; `nil` for a model without p(z) and p(x | z), and for a split
    /// without examples.
    ///
    /// Where the split has more examples than are annealed, the rest counts by what annealing adds to importance sampling: the
    /// mean of the latter over all, and the mean difference over the annealed ones.
    ///
    /// Throws `usage` for numbers that cannot be, `notFinite` where weights are.
    public func evaluate(
        _ predictor: Predictor, of split: DataSplit, seed: UInt32, sampling: ImportanceSampling = ImportanceSampling()
    ) throws -> Result? {
        for (name, value, limit) in [
            ("annealing", steps, 1_000_000), ("chains", chains, 10_000), ("annealedExamples", examples, 100_000),
            ("leapfrogs", leapfrogs, 1000),
        ] where !(2...limit).contains(value) {
            throw StrataError(parameter: name, value, "expected a number from 2 to \(limit)")
        }
        guard let model = predictor.model as? any LatentVariableModel, split.count > 0 else { return nil }
        let chosen = try split.drawn(examples, seed: seed)
        let annealer = try LatentAnnealer(
            model, session: predictor.branch(), temperatures: temperatures, chains: chains,
            transition: HamiltonianTransition(leapfrogs: leapfrogs), seed: seed)
        var (found, pairs): ([LogMean], [(lower: LogMean, upper: LogMean)]) = ([], [])
        let batch = max(min(Self.batch, Self.codes / chains), 1)
        for start in stride(from: 0, to: chosen.count, by: batch) {
            let rows = start..<min(start + batch, chosen.count)
            let labels = chosen.labels.map { Array($0.values[rows]) }
            let given = LatentAnnealer.Examples(
                values: try sampling.examples(model, chosen, rows, seed: seed), count: rows.count, labels: labels)
            found += try annealer.forward(given)
            guard let made = try annealer.simulated(like: given) else { continue }
            let (below, above) = (
                try annealer.forward(made.examples), try annealer.reverse(made.examples, from: made.codes)
            )
            pairs += zip(below, above).map { (lower: $0, upper: $1) }
        }
        guard found.allSatisfy(\.value.isFinite),
            pairs.allSatisfy({ $0.lower.value.isFinite && $0.upper.value.isFinite })
        else { throw StrataError(.notFinite, "the weights of annealing became NaN or infinite") }
        return Result(
            logLikelihood: try combined(found, of: chosen, among: split, predictor, sampling, seed: seed),
            examples: chosen.count, acceptance: annealer.acceptance, simulated: Sandwich(pairs))
    }

    /// The mean over a split of which some examples were annealed.
    private func combined(
        _ found: [LogMean], of chosen: DataSplit, among split: DataSplit, _ predictor: Predictor,
        _ sampling: ImportanceSampling, seed: UInt32
    ) throws -> Estimate {
        let annealed = Estimate(meanOf: found, .stochasticLowerBound)
        guard chosen.count < split.count,
            let all = try sampling.logLikelihood(predictor, of: split, seed: seed)
        else { return annealed }
        let sampled = try sampling.logLikelihoods(predictor, of: chosen, seed: seed)
        let gain = SpreadMean(zip(found, sampled).map { $0.value - $1.value })
        let ofAll = (all.upper - all.lower) / 6
        return Estimate(
            all.value + gain.value,
            standardError: (gain.standardError * gain.standardError + ofAll * ofAll).squareRoot(),
            .stochasticLowerBound)
    }
}

/// A mean of at least one value, and its standard error by their spread.
private struct SpreadMean {
    let value: Double
    let standardError: Double

    init(_ values: [Double]) {
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        value = mean
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(count - 1, 1)
        standardError = (variance / count).squareRoot()
    }
}

extension LatentAnnealing.Sandwich {
    /// `nil` for no examples.
    init?(_ pairs: [(lower: LogMean, upper: LogMean)]) {
        guard !pairs.isEmpty else { return nil }
        let (lower, upper) = (SpreadMean(pairs.map(\.lower.value)), SpreadMean(pairs.map(\.upper.value)))
        let gap = SpreadMean(pairs.map { $0.upper.value - $0.lower.value })
        self.init(
            lower: Estimate(lower.value, standardError: lower.standardError, .stochasticLowerBound),
            upper: Estimate(upper.value, standardError: upper.standardError, .stochasticUpperBound),
            gap: gap.value, standardError: gap.standardError)
    }
}
