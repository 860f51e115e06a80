import StrataBackend
import StrataGraph
import StrataNN

/// Batch normalization as a bijection (Dinh, Sohl-Dickstein and Bengio 2017, section 3.7): by the batch's own mean and
/// variance in training, by their running averages after it, when it can be inverted.
struct FlowNormalization: Sendable {
    private let mean: StateVariable
    private let variance: StateVariable

    /// The share of a running average that gives way to each batch's value.
    private static let momentum: Float = 0.05
    private static let epsilon: Float = 1e-5

    /// - `name`: The first part of its variables' names.
    init(_ name: String, features: Int) {
        mean = StateVariable("\(name).running_mean", [features], initializer: .zeros)
        variance = StateVariable("\(name).running_var", [features], initializer: .constant(1))
    }

    var buffers: [StateVariable] { [mean, variance] }

    /// [batch, features] → the same shape, and the logarithm of the determinant, a scalar. In training the next running
    /// averages are added to `updates`.
    func callAsFunction(_ x: Tensor, isTraining: Bool, _ updates: inout Updates) -> (y: Tensor, logDeterminant: Tensor)
    {
        var (mean, variance) = (mean.tensor, variance.tensor)
        if isTraining {
            let centred = x - x.mean([0])
            (mean, variance) = (x.mean([0]), centred.squared().mean([0]))
            for (average, value) in [(self.mean, mean), (self.variance, variance)] {
                updates.append((average, average.tensor + (value - average.tensor) * Self.momentum))
            }
        }
        let spread = variance + Self.epsilon
        return ((x - mean) / spread.squareRoot(), spread.logarithm().sum() * -0.5)
    }

    /// The x that gives y after training: [batch, features] → the same shape.
    func inverse(_ y: Tensor) -> Tensor { y * (variance.tensor + Self.epsilon).squareRoot() + mean.tensor }
}
