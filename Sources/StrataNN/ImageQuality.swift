import Foundation
public import StrataGraph

/// How near images come to what they should be, for images [batch, channels, height, width] of values from 0 to 1:
/// → [batch].
public enum ImageQuality {
    /// The mean over pixels and channels of `|x − y|`.
    public static func absoluteError(_ images: Tensor, _ truth: Tensor) -> Tensor {
        compared(images, truth) { ($0 - $1).absolute().mean([1, 2, 3]) }
    }

    /// The peak signal-to-noise ratio in decibels, `−10 log₁₀ E (x − y)²`, the mean taken over the pixels and channels of
    /// each image. An error below 10⁻¹⁰, such as that of an image that is met exactly, counts as 10⁻¹⁰: 100 dB.
    public static func peakSignalToNoise(_ images: Tensor, _ truth: Tensor) -> Tensor {
        compared(images, truth) {
            ($0 - $1).squared().mean([1, 2, 3]).maximum(1e-10).logarithm() * Float(-10 / log(10.0))
        }
    }

    /// The structural similarity (Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility
    /// to structural similarity", 2004): means, variances and covariances under a Gaussian window of 11 × 11 pixels and a
    /// standard deviation of 1.5, compared with K₁ = 0.01 and K₂ = 0.03, and the mean over all places where the window
    /// lies inside, and over channels. It is 1 for equal images alone. The window is cut to an image that is smaller.
    public static func structuralSimilarity(_ images: Tensor, _ truth: Tensor) -> Tensor {
        compared(images, truth) { x, y in
            let (channels, height, width) = (x.shape[1], x.shape[2], x.shape[3])
            let window = SeparableFilter.gaussian(size: 11, deviation: 1.5, height: height, width: width)
            let means = window(.concatenate([x, y, x.squared(), y.squared(), x * y], axis: 1))
            func part(_ number: Int) -> Tensor {
                means.slice(from: number * channels, count: channels, axis: 1)
            }
            let (meanX, meanY) = (part(0), part(1))
            let varianceX = part(2) - meanX.squared()
            let varianceY = part(3) - meanY.squared()
            let covariance = part(4) - meanX * meanY
            let (c1, c2): (Float, Float) = (0.01 * 0.01, 0.03 * 0.03)
            let luminance = (meanX * meanY * 2 + c1) / (meanX.squared() + meanY.squared() + c1)
            let similarity = luminance * (covariance * 2 + c2) / (varianceX + varianceY + c2)
            return similarity.mean([1, 2, 3])
        }
    }

    private static func compared(_ x: Tensor, _ y: Tensor, _ measure: (Tensor, Tensor) -> Tensor) -> Tensor {
        guard x.rank == 4, x.shape == y.shape else {
            return .invalid(
                "image quality: the images are \(x.shape) and \(y.shape), expected two of"
                    + " [batch, channels, height, width]", of: x, y)
        }
        return measure(x, y)
    }
}
