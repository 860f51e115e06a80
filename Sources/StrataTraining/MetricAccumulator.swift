import StrataCompiler
import StrataGraph
import StrataModels
import StrataNN

/// Sums of metrics over a pass, on the device, each batch's means weighted by its examples; and the first step whose metrics
/// were not all finite, or 0.
struct MetricAccumulator {
    /// The prefix of the variables' names.
    let prefix: String

    static let training = MetricAccumulator(prefix: "training")
    static let evaluation = MetricAccumulator(prefix: "evaluation")

    var badStep: StateVariable { StateVariable("\(prefix).bad_step", [], initializer: .zeros) }

    /// The next sums, with the means of a batch of `count` examples.
    ///
    /// - `weights`: [batch], with a mean of 1 over the split.
    func updates(_ metrics: [Metric], count: Int, step: Tensor, weights: Tensor?) -> Updates {
        let means = metrics.map { metric in weights.map { metric.mean(weights: $0) } ?? metric.mean }
        let finite = means.map { $0.rank == 0 ? $0.isFinite() : $0.isFinite().minimum(over: nil) }
        let bad = badStep.tensor.equal(.constant(0)) * (1 - finite.reduce(.constant(1), *))
        return zip(metrics, means).map { metric, mean in
            let sum = sum(metric.name, mean)
            return (sum, sum.tensor + mean * Float(count))
        } + [(badStep, bad.select(step, badStep.tensor))]
    }

    /// The sums to read after a pass.
    func totals(_ metrics: [Metric]) -> [MetricTotal] {
        metrics.map {
            MetricTotal(name: $0.name, sum: sum($0.name, $0.mean), derivation: $0.derivation, warning: $0.warning)
        }
    }

    /// Sets the sums to 0, before a pass.
    func reset(_ totals: [MetricTotal], in session: Session) throws {
        for variable in totals.map(\.sum) + [badStep] {
            let zeros = [Float](repeating: 0, count: variable.type.shape.elementCount)
            try zeros.withUnsafeBytes { try session.writeVariable(variable.name, $0) }
        }
    }

    /// The metrics after a pass over `count` examples, and the first step whose metrics were not all finite, or 0. Waits for the
    /// device.
    func read(_ totals: [MetricTotal], count: Int, in session: Session) throws -> (values: [MetricValue], badStep: Int)
    {
        func floats(_ variable: StateVariable) throws -> [Float] {
            try session.readVariable(variable.name).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        }
        let values = try totals.map { $0.value(of: try floats($0.sum), count: count) }
        return (values, Int(try floats(badStep).first ?? 0))
    }

    /// Whether a variable of that name is one of the sums.
    func isSum(_ name: String) -> Bool { name.hasPrefix("\(prefix).sum.") }

    private func sum(_ name: String, _ mean: Tensor) -> StateVariable {
        StateVariable("\(prefix).sum.\(name)", mean.shape, initializer: .zeros)
    }
}

/// The accumulated sum of one metric, and what makes the metric of it.
struct MetricTotal {
    var name: String
    var sum: StateVariable
    var derivation: (@Sendable ([Float]) -> Float)?
    var warning: (@Sendable (Float) -> String?)?

    /// The metric, from its sums over so many examples.
    func value(of sums: [Float], count: Int) -> MetricValue {
        let means = sums.map { $0 / Float(count) }
        let value = derivation.map { $0(means) } ?? means.first ?? 0
        return MetricValue(name: name, value: value, warning: warning?(value))
    }
}
