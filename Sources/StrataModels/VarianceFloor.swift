import StrataGraph

/// The least variance that a density gives a feature, relative to the data: features which never vary would else have an
/// infinite likelihood.
///
/// It is a millionth of the mean variance of the features, and of data in steps, such as 8-bit images, no less than the variance
/// of rounding to a step, 1/12 of its square.
struct VarianceFloor: Sendable, Hashable {
    /// Where it is kept for later steps: a scalar.
    let variable: StateVariable
    private let resolution: Float

    private static let fraction: Float = 1e-6

    init(_ name: String, resolution: Float) {
        variable = StateVariable(name, [], initializer: .zeros)
        self.resolution = resolution
    }

    /// The floor for data of a mean variance, a scalar.
    func value(meanVariance: Tensor) -> Tensor {
        (meanVariance * Self.fraction).maximum(max(resolution * resolution / 12, .leastNormalMagnitude))
    }
}
