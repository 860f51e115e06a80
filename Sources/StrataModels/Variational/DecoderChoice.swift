import StrataBackend
import StrataData
import StrataNN

/// The distribution of a decoder, as a user may choose it.
enum DecoderChoice: String, CaseIterable {
    case bernoulli, bits, gaussian
    case learnedGaussian = "learned-gaussian", pixelGaussian = "pixel-gaussian"
    case logistic, categorical

    /// The settings of it.
    static let hyperparameters = [
        Hyperparameter(
            "decoder", DecoderChoice.bernoulli,
            "distribution of an example given its code; bits are drawn from brightness each time"),
        Hyperparameter(
            "standard-deviation", .real(0.1), in: 1e-6...1e6, "of a Gaussian decoder; of a learned one the start"
        ).only(when: "decoder", is: DecoderChoice.gaussian.rawValue, DecoderChoice.learnedGaussian.rawValue),
    ]

    /// The distribution that a user's settings ask for. Throws `data` where values in steps are needed and the examples
    /// have others.
    static func distribution(_ spec: DataSpec, _ settings: Hyperparameters) throws -> any DecoderDistribution {
        let choice = settings.choice("decoder", DecoderChoice.bernoulli)
        let deviation = Float(settings.real("standard-deviation"))
        // That of rounding to a step, where there are steps.
        let floor = max(spec.resolution * spec.resolution / 12, 1e-6)
        func levels() throws -> Int {
            guard spec.resolution > 0 else {
                throw StrataError(
                    .data,
                    "a \(choice.rawValue) decoder takes brightness in bytes, and this data has other numbers; take a Gaussian one"
                )
            }
            return Int(min((1 / spec.resolution).rounded(), 65535)) + 1
        }
        return switch choice {
        case .bernoulli: BernoulliDecoder()
        case .bits: BernoulliDecoder(drawsBits: true)
        case .gaussian: GaussianDecoder(.fixed, standardDeviation: deviation)
        case .learnedGaussian: GaussianDecoder(.learned, standardDeviation: deviation, floor: floor)
        case .pixelGaussian: GaussianDecoder(.predicted, floor: floor)
        case .logistic: LogisticDecoder(levels: try levels())
        case .categorical: CategoricalDecoder(levels: try levels())
        }
    }
}
