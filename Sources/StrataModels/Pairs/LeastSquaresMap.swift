import StrataGraph
import StrataNN

/// The affine map from one vector to another with the least squared error over all examples, in closed form:
/// `y = μ_y + (x − μ_x) W`, `(C_xx + ε I) W = C_xy`, with ε a millionth of the mean variance, which decides what pixels
/// that never vary count for.
struct LeastSquaresMap: Sendable {
    private let moments: Moments
    private let inputs: Int
    private let weight: StateVariable
    private let inputMean: StateVariable
    private let outputMean: StateVariable

    /// - `name`: The first part of its variables' names.
    init(_ name: String, inputs: Int, outputs: Int) {
        self.inputs = inputs
        moments = Moments(features: inputs + outputs, rows: inputs)
        weight = StateVariable("\(name).weight", [inputs, outputs], initializer: .zeros)
        inputMean = StateVariable("\(name).input_mean", [inputs], initializer: .zeros)
        outputMean = StateVariable("\(name).output_mean", [outputs], initializer: .zeros)
    }

    var variables: [StateVariable] { [weight, inputMean, outputMean] }

    /// One pass over the examples, and the solution.
    ///
    /// - `pair`: Inputs [batch, inputs] and outputs [batch, outputs] of a batch.
    func phase(_ pair: @escaping @Sendable (Batch) -> (inputs: Tensor, outputs: Tensor)) -> TrainingPhase {
        TrainingPhase(
            epochs: 1,
            statistics: { batch, _ in
                let (x, y) = pair(batch)
                return .init(moments.adding(.concatenate([x, y], axis: 1)))
            }, epochEnd: { _ in [EpochEndUpdate(solution)] })
    }

    private var solution: Updates {
        let total = moments.features
        let own = moments.covariance.slice(0..<inputs, axis: 1)
        let shared = moments.covariance.slice(inputs..<total, axis: 1)
        let identity = Tensor.identity(inputs)
        let ridge = ((own * identity).sum() * (1e-6 / Float(inputs))).maximum(1e-12)
        return [
            (weight, (own + identity * ridge).solve(shared)),
            (inputMean, moments.mean.tensor.slice(0..<inputs, axis: 0)),
            (outputMean, moments.mean.tensor.slice(inputs..<total, axis: 0)),
        ]
    }

    /// [batch, inputs] → [batch, outputs].
    func callAsFunction(_ x: Tensor) -> Tensor { (x - inputMean.tensor).dot(weight.tensor) + outputMean.tensor }
}
