import StrataBackend
import StrataCompiler
package import StrataGraph
import StrataModels

extension Predictor {
    /// What a graph makes of each example: [count] of examples [count · features].
    ///
    /// - Parameters:
    ///   - name: Of the graph, which no other has.
    ///   - seed: Of what it draws.
    ///   - body: From examples [batch, features] and a key to numbers [batch].
    package func scores(
        of examples: [Float], named name: String, seed: UInt32 = 0, _ body: (_ rows: Tensor, _ key: RandomKey) -> Tensor
    ) throws -> [Float] {
        let key = RandomKey(.input(Session.keyName, [2], dtype: .int32)).named("scores")
        return try mapRows(examples, width: features, named: name, seed: seed) { rows in
            body(model.examples(rows), key)
        }
    }

    /// log p(x) of each example in nats, as the model tells it among its metrics: the mean of so many draws where it draws.
    ///
    /// Throws `unsupported` for a model that tells none, or that must be told more than the example.
    package func logLikelihoods(of examples: [Float], draws: Int = 1, seed: UInt32 = 0) throws -> [Double] {
        guard let model = model as? any LikelihoodModel, let known = model.logLikelihood else {
            throw unable("tell a likelihood")
        }
        func values(_ rows: Tensor, _ key: RandomKey) -> Tensor {
            let metric = model.evaluation(Batch(examples: rows), key: key).first { $0.name == known.metric }
            guard let metric, metric.isPerExample, metric.derivation == nil else {
                return .invalid("\(known.metric): is not told of single examples")
            }
            return metric.subtrahend.map { metric.values - $0 } ?? metric.values
        }
        let probe = values(model.examples(.input("rows", [1, features])), RandomKey(.input("key", [2], dtype: .int32)))
        guard !probe.isInvalid else { throw unable("tell a likelihood of examples alone") }
        var sums = [Double](repeating: 0, count: examples.count / features)
        for draw in 0..<max(draws, 1) {
            let found = try scores(of: examples, named: "likelihoods", seed: seed &+ UInt32(draw), values)
            for (place, value) in found.enumerated() { sums[place] += Double(value) }
        }
        return sums.map { $0 / Double(max(draws, 1)) }
    }
}
