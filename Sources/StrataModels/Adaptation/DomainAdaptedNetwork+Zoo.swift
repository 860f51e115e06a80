import StrataBackend
import StrataData
import StrataNN

extension DomainAdaptedNetwork {
    /// `dann` in the zoo: 500 and 500 hidden units and a network of 100 hidden units that tells domains apart, Adam at 1e-3,
    /// batches of 128. Of this and those below `build` throws `data` where there are no labels or not two domains, or where a
    /// network of convolutions gets no images.
    public static let adversarial = described(
        "dann", "a classifier whose codes do not tell two domains apart (Ganin et al. 2016)", factor: 1,
        [Hyperparameter("discriminator", .integers([100]), in: 1...65536, "hidden layers of what tells domains apart")]
    ) { AdversarialAlignment(code: $0, hidden: $1.integers("discriminator")) }

    /// `deep-coral` in the zoo: the same encoder, and covariances of logits that are made alike.
    public static let correlationAligned = described(
        "deep-coral", "a classifier whose logits have one covariance in two domains (Sun & Saenko 2016)", factor: 1
    ) { _, _ in CovarianceAlignment() }

    /// `dan` in the zoo: the same encoder, and codes whose mean discrepancy is made small.
    public static let kernelAligned = described(
        "dan", "a classifier whose codes are of one distribution in two domains, by kernels (Long et al. 2015)",
        factor: 1
    ) { _, _ in KernelAlignment() }

    private static func described(
        _ name: String, _ summary: String, factor: Double, _ own: [Hyperparameter] = [],
        alignment: @escaping @Sendable (_ code: Shape, Hyperparameters) -> any DomainAlignment
    ) -> ModelDescription {
        ModelDescription(
            name: name, summary: summary,
            hyperparameters: Architecture.hyperparameters(hidden: [500, 500]) + [
                Hyperparameter(
                    "alignment", .real(factor), in: 0...1e6,
                    "factor of the loss that makes domains alike; 0 to learn from the source alone")
            ] + own,
            batchSize: 128, optimizer: .adam(1e-3),
            build: { spec, settings in
                let classes = try spec.labelled(name)
                try spec.requireTwoDomains(name)
                let network = Architecture(settings)
                try network.check(spec.shape)
                let encoder = Network("encoder", input: [spec.features], network.encoder(spec.shape))
                return DomainAdaptedNetwork(
                    encoder: encoder, classes: classes, alignment: alignment(encoder.outputShape, settings),
                    factor: Float(settings.real("alignment")))
            })
    }
}

extension DataSpec {
    /// Throws `data` where training examples are not of a source and a target domain.
    fileprivate func requireTwoDomains(_ model: String) throws {
        guard let column = self[ColumnName.domain] else {
            throw StrataError(
                .data,
                "\(model) learns from two domains, and these data have no column '\(ColumnName.domain)'; name both, as in"
                    + " domains:SOURCE,TARGET")
        }
        if let range = column.range, range.lowerBound == range.upperBound {
            throw StrataError(.data, "\(model) learns from two domains, and all training examples are of one")
        }
    }
}
