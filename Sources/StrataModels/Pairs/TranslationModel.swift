public import StrataGraph
import StrataNN

/// A model of pairs, which makes an example out of its source.
public protocol TranslationModel: Model {
    /// What the source of an example is.
    var source: PairSource { get }
    /// Sources [batch, channels, height, width] → examples [batch, features].
    func translate(_ sources: Tensor) -> Tensor
}

extension TranslationModel {
    public var domain: ValueDomain? {
        ValueDomain(0...1, meaning: "brightness", hint: "store them as bytes, whose largest is white")
    }

    /// How near images [batch, channels, height, width] come to the examples of a batch.
    func quality(_ images: Tensor, _ batch: Batch) -> [Metric] {
        let truth = source.examples(batch.examples)
        return [
            Metric("l1", ImageQuality.absoluteError(images, truth)),
            Metric("psnr", ImageQuality.peakSignalToNoise(images, truth)),
            Metric("ssim", ImageQuality.structuralSimilarity(images, truth)),
        ]
    }
}
