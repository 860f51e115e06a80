public import StrataBackend
public import StrataData

/// What a classifier of one model's codes makes of another model's, without any training of its own: by relative codes, which
/// both models share, and by the codes themselves (Moschella et al. 2023). The encoders are stitched to each other's heads.
public struct Stitching: Sendable, Hashable {
    /// The accuracy of a head on test codes of its own model, and of the other's.
    public struct Head: Sendable, Hashable {
        /// On the model that it was trained on.
        public var own: Double
        /// On the other.
        public var stitched: Double
    }

    /// Heads on relative codes, of the first model and of the second.
    public var relative: [Head]
    /// Heads on the codes themselves; none where these are not as wide.
    public var absolute: [Head]

    /// Labelled examples as two models encode them.
    public struct Encoded: Sendable {
        /// By the first model.
        public var first: Codes
        /// By the second.
        public var second: Codes
        /// The class of each.
        public var labels: Labels

        /// Codes of the same examples, which is not checked here: `init` of `Stitching` throws.
        public init(_ first: Codes, _ second: Codes, _ labels: Labels) {
            (self.first, self.second, self.labels) = (first, second, labels)
        }
    }

    /// Heads that are trained on some examples and tested on others.
    ///
    /// Throws `shape` for codes that do not fit, `data` where there are no examples.
    ///
    /// - `anchors`: The codes of anchors, the same examples for both.
    public init(
        train: Encoded, test: Encoded, anchors: (first: Codes, second: Codes), backend: any Backend, seed: UInt32
    ) throws {
        func heads(
            _ train: (Codes, Codes), _ test: (Codes, Codes), _ labels: (Labels, Labels)
        ) throws -> [Head] {
            let known = try [train.0, train.1].map { try LabelledCodes($0, labels.0) }
            let tests = try [test.0, test.1].map { try LabelledCodes($0, labels.1) }
            return try known.indices.map { own in
                let found = try LinearProbe.accuracies(
                    train: known[own], tests: [tests[own], tests[1 - own]], backend: backend, seed: seed)
                return Head(own: found[0], stitched: found[1])
            }
        }
        func relative(_ encoded: Encoded) throws -> (Codes, Codes) {
            (
                try RelativeRepresentation.cosines(encoded.first, to: anchors.first),
                try RelativeRepresentation.cosines(encoded.second, to: anchors.second)
            )
        }
        let labels = (train.labels, test.labels)
        self.relative = try heads(relative(train), relative(test), labels)
        absolute =
            train.first.width == train.second.width
            ? try heads((train.first, train.second), (test.first, test.second), labels) : []
    }
}
