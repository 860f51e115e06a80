import StrataBackend
import StrataData
import StrataGraph
public import StrataNN

/// How a network that lives on [−1, 1] sees examples, and what becomes of its outputs.
public struct ExampleScale: Sendable, Hashable {
    /// The values of examples that are −1 and 1 inside.
    public let range: ClosedRange<Float>
    /// Whether there are no values but these.
    public let isBounded: Bool

    /// Brightness from 0 to 1, where outputs end in a hyperbolic tangent.
    public static let brightness = ExampleScale(range: 0...1, isBounded: true)

    /// Numbers of any size, most of them within a range; outputs have no nonlinearity. A range of a single number counts
    /// as 2 long.
    public static func numbers(_ range: ClosedRange<Float>) -> ExampleScale {
        ExampleScale(range: range, isBounded: false)
    }

    /// What outputs end in.
    public var activation: Activation { isBounded ? .tanh : .identity }

    /// The values that examples must have; `nil` for any.
    var domain: ValueDomain? {
        isBounded
            ? ValueDomain(range, meaning: "brightness", hint: "take a model of any values, such as ppca") : nil
    }

    /// Examples as the network sees them.
    func inside(_ examples: Tensor) -> Tensor {
        isBounded ? examples * 2 - 1 : (examples - centre) * (1 / radius)
    }

    /// Outputs of the network as examples.
    func outside(_ outputs: Tensor) -> Tensor {
        isBounded ? (outputs + 1) * 0.5 : outputs * radius + centre
    }

    // Halves first, as the sum of two large numbers may be infinite.
    private var centre: Float { range.lowerBound / 2 + range.upperBound / 2 }
    private var radius: Float {
        let radius = range.upperBound / 2 - range.lowerBound / 2
        return radius > 0 && (1 / radius).isFinite ? radius : 1
    }
}

extension DataSpec {
    /// How a network on [−1, 1] sees the examples: images, and what lies within 0 and 1 or is of unknown range, as
    /// brightness, any other numbers by their range.
    ///
    /// Images of other values are not told from images on a wrong scale: they are refused by the domain of brightness.
    var exampleScale: ExampleScale {
        guard example.meaning != .image, let range = example.range, range.lowerBound < 0 || range.upperBound > 1 else {
            return .brightness
        }
        return .numbers(range)
    }
}
