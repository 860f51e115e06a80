public import StrataGraph

/// Brings what goes into a layer's nonlinearity to mean 0 and variance 1, and then to a mean and a scale that are learned.
public struct Normalization: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case none
        /// Each unit over the batch (Ioffe and Szegedy 2015); outside of training by running averages.
        case batch
        /// Each example over the layer's units (Ba, Kiros and Hinton 2016).
        case layer
    }

    public let kind: Kind
    private let scale: StateVariable
    private let shift: StateVariable
    private let runningMean: StateVariable
    private let runningVariance: StateVariable

    /// The part of a running average that gives way to each batch's value.
    private static let momentum: Float = 0.1
    private static let epsilon: Float = 1e-5

    public init(_ kind: Kind, name: String, width: Int) {
        self.kind = kind
        scale = StateVariable("\(name).scale", [width], initializer: .constant(1))
        shift = StateVariable("\(name).shift", [width], initializer: .zeros)
        runningMean = StateVariable("\(name).running_mean", [width], initializer: .zeros)
        runningVariance = StateVariable("\(name).running_variance", [width], initializer: .constant(1))
    }

    /// What a gradient teaches.
    public var parameters: [StateVariable] { kind == .none ? [] : [scale, shift] }
    public var variables: [StateVariable] {
        parameters + (kind == .batch ? [runningMean, runningVariance] : [])
    }

    /// As it is after training: [batch, width] → the same.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        switch kind {
        case .none: x
        case .batch: scaled(x - runningMean.tensor, variance: runningVariance.tensor)
        case .layer: overAxis(x, 1).output
        }
    }

    /// As it is in training, with what becomes of the running averages.
    public func training(_ x: Tensor) -> (output: Tensor, updates: Updates) {
        guard kind == .batch else { return (self(x), []) }
        let (output, mean, variance) = overAxis(x, 0)
        func moved(_ average: StateVariable, _ value: Tensor) -> (StateVariable, Tensor) {
            let value = value.reshape(average.type.shape).stopGradient()
            return (average, average.tensor * (1 - Self.momentum) + value * Self.momentum)
        }
        // The variance to expect of other batches: that of this one with Bessel's correction.
        let count = Float(x.shape.first ?? 1)
        return (output, [moved(runningMean, mean), moved(runningVariance, variance * (count / max(count - 1, 1)))])
    }

    private func overAxis(_ x: Tensor, _ axis: Int) -> (output: Tensor, mean: Tensor, variance: Tensor) {
        let mean = x.mean([axis], keepingAxes: true)
        let centred = x - mean
        let variance = centred.squared().mean([axis], keepingAxes: true)
        return (scaled(centred, variance: variance), mean, variance)
    }

    private func scaled(_ centred: Tensor, variance: Tensor) -> Tensor {
        centred / (variance + Self.epsilon).squareRoot() * scale.tensor + shift.tensor
    }
}
