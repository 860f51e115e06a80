import StrataBackend
import StrataCompiler
import StrataGraph
import StrataModels
import StrataNN
public import StrataTraining

/// By how much the evidence lower bound of an example rises when its posterior is optimized for it alone (Xiao, Yan and
/// Amit, "Likelihood regret: an out-of-distribution detection score for variational auto-encoder", 2020): little for
/// examples like those that the encoder has learned from.
public struct LikelihoodRegret: Sendable, Hashable {
    /// Steps of Adam on the mean and the log variance of the posterior.
    public var steps: Int
    /// Codes drawn for each bound that is compared; both have the same noise.
    public var draws: Int

    /// Of how many examples at once the posteriors are optimized, and from how many codes each; these bound memory.
    private static let (batch, codesOfStep) = (100, 4)
    private static let rate: Float = 0.05

    /// A hundred steps by default. Nothing is checked here: calling it throws `usage`.
    public init(steps: Int = 100, draws: Int = 32) { (self.steps, self.draws) = (steps, draws) }

    /// The regret of each example [count · features], in nats.
    ///
    /// Throws `unsupported` for a model without a Gaussian posterior, `notFinite` where a bound is.
    public func callAsFunction(_ predictor: Predictor, _ examples: [Float], seed: UInt32 = 0) throws -> [Double] {
        for (name, value) in [("steps", steps), ("draws", draws)] where !(1...100_000).contains(value) {
            throw StrataError(parameter: name, value, "expected a number from 1 to 100000")
        }
        guard let model = predictor.model as? any GaussianPosteriorModel else {
            throw StrataError(.unsupported, "this model has no Gaussian posterior that could be optimized")
        }
        let width = predictor.features
        var regrets: [Double] = []
        for start in stride(from: 0, to: examples.count / width, by: Self.batch) {
            let count = min(Self.batch, examples.count / width - start)
            let rows = Array(examples[start * width..<(start + count) * width])
            regrets += try found(rows, count, model, predictor.branch(), seed, first: start)
        }
        guard regrets.allSatisfy(\.isFinite) else {
            throw StrataError(.notFinite, "the optimized bounds became NaN or infinite")
        }
        return regrets
    }

    private func found(
        _ examples: [Float], _ count: Int, _ model: any GaussianPosteriorModel, _ session: Session, _ seed: UInt32,
        first: Int
    ) throws -> [Double] {
        let width = examples.count / count
        let batch = Batch(examples: model.examples(.input("examples", [count, width])))
        let key = RandomKey(.input(Session.keyName, [2], dtype: .int32)).named("regret")
        let own = model.posterior(batch)
        let place: Shape = [count, model.latentDimensions]
        let moved = ["mean", "log_variance"].map { StateVariable("regret.\($0)", place, initializer: .zeros) }
        let step = StateVariable("regret.step", [], initializer: .zeros)
        let optimized = DiagonalGaussian(
            mean: own.mean + moved[0].tensor, logVariance: own.logVariance + moved[1].tensor)

        /// The evidence lower bound of each example under a posterior: [count].
        func bound(_ posterior: DiagonalGaussian, _ draws: Int) -> Tensor {
            let codes = posterior.repeated(draws).draw(key.normal([draws * count, model.latentDimensions]))
            let joint = model.logLikelihood(batch, given: codes) + model.logPrior(codes)
            // The constant of the entropy is the same for both posteriors.
            return joint.reshape([draws, count]).mean([0]) + posterior.logVariance.sum([1]) * 0.5
        }
        var optimizer = Optimizer.adam(Self.rate)
        optimizer.schedule = Cosine()
        let gradients = gradient(
            of: -bound(optimized, Self.codesOfStep).sum(), withRespectTo: moved.map(\.tensor))
        let updates = optimizer.updates(moved, gradients: gradients, step: step.tensor + 1, steps: steps)
        let ascent = try session.prepare(
            Graph(outputs: [], updates: (updates + [(step, step.tensor + 1)]).map { ($0.variable, $0.value) }))
        let reading = try session.prepare(
            Graph(outputs: [("regret", bound(optimized, draws) - bound(own, draws))]))
        func run(_ function: Function, _ number: Int) throws {
            if function.inputNames.contains("examples") { try function.write("examples", examples) }
            if function.inputNames.contains(Session.keyName) {
                try function.write(
                    Session.keyName, [Int32(bitPattern: seed), Int32(truncatingIfNeeded: number)] as [Int32])
            }
            try function.run()
        }
        for number in 0..<steps { try run(ascent, first &* (steps + 1) &+ number) }
        try run(reading, first &* (steps + 1) &+ steps)
        return try reading.read("regret").map(Double.init)
    }
}
