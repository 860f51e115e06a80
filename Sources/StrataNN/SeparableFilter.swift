import Foundation
import StrataBackend
public import StrataGraph

/// A linear filter of images that works along the columns and along the rows, each a product with a constant matrix:
/// `V X Hᵀ` of each channel.
///
/// ```
/// let enlarged = SeparableFilter.bicubic(factor: 2, height: 14, width: 14)(x)      // [batch, channels, 28, 28]
/// ```
public struct SeparableFilter: Sendable {
    /// V [height′, height].
    let vertical: Tensor
    /// H [width′, width].
    let horizontal: Tensor

    /// Pixels of an edge beyond which images are refused: the matrices grow with its square.
    package static let largestExtent = 4096

    /// [batch, channels, height, width] → [batch, channels, height′, width′].
    public func callAsFunction(_ x: Tensor) -> Tensor {
        guard x.rank == 4 else {
            return .invalid("filter: the input is \(x.shape), expected [batch, channels, height, width]", of: x)
        }
        return x.dot(horizontal, DotAxes(leftContract: [3], rightContract: [1]))
            .dot(vertical, DotAxes(leftContract: [2], rightContract: [1])).transpose([0, 1, 3, 2])
    }

    /// A filter whose outputs, along either axis, are sums of weighted pixels around a place.
    private init(height: Taps, width: Taps) {
        vertical = height.matrix
        horizontal = width.matrix
    }

    // MARK: Filters

    /// The mean over a window weighted by a Gaussian, at all places where the window lies inside: extents shrink by one
    /// less than the window, which is no larger than the image.
    ///
    /// - `size`: Edge of the window in pixels.
    /// - `deviation`: Standard deviation in pixels.
    public static func gaussian(size: Int, deviation: Float, height: Int, width: Int) -> SeparableFilter {
        func taps(_ extent: Int) -> Taps {
            let size = max(min(size, extent), 1)
            let raw = (0..<size).map { place -> Float in
                let z = (Float(place) - Float(size - 1) / 2) / deviation
                return exp(-z * z / 2)
            }
            let sum = raw.reduce(0, +)
            return Taps(inputs: extent, outputs: extent - size + 1) { output in
                raw.enumerated().map { (output + $0, $1 / sum) }
            }
        }
        return SeparableFilter(height: taps(height), width: taps(width))
    }

    /// Images enlarged by a whole factor through the cubic convolution of Keys ("Cubic convolution interpolation for
    /// digital image processing", 1981, a = −½), whose interpolation of quadratic functions is exact. Pixels are
    /// squares, so that the centre of the image stays; beyond its edge its last pixels go on.
    public static func bicubic(factor: Int, height: Int, width: Int) -> SeparableFilter {
        func taps(_ extent: Int) -> Taps {
            Taps(inputs: extent, outputs: extent.saturatingMultiplied(by: factor)) { output in
                let place = (Float(output) + 0.5) / Float(factor) - 0.5
                let first = Int(place.rounded(.down)) - 1
                return (first..<first + 4).map { ($0, cubic(abs(place - Float($0)))) }
            }
        }
        return SeparableFilter(height: taps(height), width: taps(width))
    }

    /// Sobel's derivatives of images along width and along height: a difference across two pixels, summed over three
    /// neighbours of weights 1, 2, 1. Beyond the edge of the image its last pixels go on.
    public static func sobel(height: Int, width: Int) -> (alongWidth: SeparableFilter, alongHeight: SeparableFilter) {
        func taps(_ extent: Int, _ weights: [Float]) -> Taps {
            Taps(inputs: extent, outputs: extent) { output in
                weights.enumerated().map { (output + $0 - 1, $1) }
            }
        }
        func sum(_ extent: Int) -> Taps { taps(extent, [1, 2, 1]) }
        func difference(_ extent: Int) -> Taps { taps(extent, [-1, 0, 1]) }
        return (
            SeparableFilter(height: sum(height), width: difference(width)),
            SeparableFilter(height: difference(height), width: sum(width))
        )
    }

    private static func cubic(_ distance: Float) -> Float {
        let d = distance
        if d < 1 { return (1.5 * d - 2.5) * d * d + 1 }
        return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0
    }
}

/// What each output along an axis is made of.
private struct Taps {
    let inputs: Int
    let outputs: Int
    /// Places outside the axis stand for its ends.
    let taps: (_ output: Int) -> [(place: Int, weight: Float)]

    /// [outputs, inputs].
    var matrix: Tensor {
        let extents = 1...SeparableFilter.largestExtent
        guard extents.contains(inputs), extents.contains(outputs) else {
            return .invalid("filter: from \(inputs) to \(outputs) pixels, expected 1 to \(extents.upperBound)")
        }
        var weights = [Float](repeating: 0, count: outputs * inputs)
        for output in 0..<outputs {
            for (place, weight) in taps(output) { weights[output * inputs + min(max(place, 0), inputs - 1)] += weight }
        }
        return .literal(weights, [outputs, inputs])
    }
}
