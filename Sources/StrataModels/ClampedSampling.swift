public import StrataGraph
import StrataNN

/// A model that can sample with something given: some of its visible units, or a class.
public protocol ClampedSamplingModel: SamplingModel {
    /// The classes of which one may be given; 0 where it knows none.
    var labelClasses: Int { get }
    /// Whether visible units may be held at given values, the others being sampled from their distribution given these.
    var holdsUnits: Bool { get }
    /// How to draw `count` examples that agree with what is known of them.
    func sampling(_ count: Int, key: RandomKey, holding evidence: Evidence) -> Sampling
}

extension ClampedSamplingModel {
    public var labelClasses: Int { 0 }
    public var holdsUnits: Bool { true }
    public func sampling(_ count: Int, key: RandomKey) -> Sampling { sampling(count, key: key, holding: .none) }
}

/// What is known of the examples that are to be sampled.
public struct Evidence: Sendable {
    /// Values [count, features] on [0, 1], and a mask of the same shape: 1 where they are held, 0 where they are not.
    public var units: (values: Tensor, mask: Tensor)?
    /// Int32 [count]: the class of each.
    public var labels: Tensor?

    /// What is known, of as many examples as are sampled, which is not checked; `nil` for nothing of that kind.
    public init(units: (values: Tensor, mask: Tensor)? = nil, labels: Tensor? = nil) {
        self.units = units
        self.labels = labels
    }

    /// Nothing known: samples of the whole distribution.
    public static let none = Evidence()

    /// States or means [count, features] of the visible units, with the values that are held in their places.
    func held(_ states: Tensor) -> Tensor { units.map { $0.mask.select($0.values, states) } ?? states }

    /// The same for states [count, classes] of a group of label units.
    func heldLabels(_ states: Tensor) -> Tensor {
        labels.map { Loss.oneHot($0, classes: states.shape.last ?? 0) } ?? states
    }
}

extension Tensor {
    /// Labels of samples of which nobody has given the class: 0, 1, … up to the last class, over and over, int32 [count].
    static func eachInTurn(_ count: Int, of classes: Int) -> Tensor {
        let place = Tensor.iota([count], axis: 0)
        // A half more, so that no rounding changes a quotient.
        return (place - ((place + 0.5) / Float(classes)).floor() * Float(classes)).cast(to: .int32)
    }
}
