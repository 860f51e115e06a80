/// The settings by which a user picks a network.
extension Architecture {
    /// The nonlinearity of hidden layers, as a user may choose it.
    public enum ActivationChoice: String, Sendable, CaseIterable {
        /// What the model takes by itself, mostly rectified units.
        case auto
        /// The `Activation` of the same name.
        case relu, leakyReLU = "leaky-relu", sigmoid, tanh, softplus, silu, identity

        /// The activation; `automatic` is what the model takes where nobody asks.
        public func activation(automatic: Activation) -> Activation { Activation(rawValue: rawValue) ?? automatic }
    }

    /// The normalization of hidden layers, as a user may choose it.
    public enum NormalizationChoice: String, Sendable, CaseIterable {
        /// No normalization of hidden layers.
        case none
        /// Each channel over the batch, and after training by running averages: `Normalization.Kind.batch`.
        case batch
        /// Each example over its own units: `Normalization.Kind.layer`.
        case layer

        /// The layer that normalizes, at its default momentum and epsilon; `nil` for `none`.
        public var normalization: Normalization? {
            switch self {
            case .none: nil
            case .batch: Normalization(.batch)
            case .layer: Normalization(.layer)
            }
        }
    }

    /// The settings of a network, with a model's own defaults.
    ///
    /// - `hidden`: The widths of dense layers; `nil` for a model that has settings of its own for them.
    /// - `kind`: The network where nobody asks.
    /// - `automatic`: What the activation `auto` stands for, for the help.
    public static func hyperparameters(
        hidden: [Int]?, hiddenHelp: String = "widths of the hidden layers", kind: Kind = .mlp,
        automatic: String = "auto is relu"
    ) -> [Hyperparameter] {
        let widths = hidden.map {
            [
                Hyperparameter("hidden", .integers($0), in: 1...65536, hiddenHelp).only(
                    when: "network", is: Kind.mlp.rawValue)
            ]
        }
        return [Hyperparameter("network", kind, "the network")] + (widths ?? []) + [
            Hyperparameter(
                "channels", .integers([16, 32]), in: 1...4096,
                "channels of the convolutions, each of which halves the image"
            ).only(when: "network", is: Kind.conv.rawValue, Kind.residual.rawValue),
            Hyperparameter("dense", .integers([]), in: 1...65536, "widths of dense layers after all others")
                .only(when: "network", is: Kind.conv.rawValue, Kind.residual.rawValue, Kind.transformer.rawValue),
            Hyperparameter("patch", .integer(7), in: 1...1024, "pixels along an edge of a patch")
                .only(when: "network", is: Kind.transformer.rawValue),
            Hyperparameter("patch-width", .integer(64), in: 1...65536, "numbers by which a patch is known")
                .only(when: "network", is: Kind.transformer.rawValue),
            Hyperparameter(
                "attention-heads", .integer(4), in: 1...1024, "heads of an attention, which share that width"
            )
            .only(when: "network", is: Kind.transformer.rawValue),
            Hyperparameter("attention-blocks", .integer(2), in: 0...100, "blocks of an attention and two dense layers")
                .only(when: "network", is: Kind.transformer.rawValue),
            Hyperparameter(
                "units", .integers([128]), in: 1...65536,
                "units of the recurrent layers, of which each reads the one before"
            ).only(when: "network", is: Kind.lstm.rawValue, Kind.gru.rawValue),
            Hyperparameter("activation", ActivationChoice.auto, "of the hidden layers; \(automatic)")
                .only(when: "network", isNot: Kind.lstm.rawValue, Kind.gru.rawValue, Kind.transformer.rawValue),
            Hyperparameter("normalization", NormalizationChoice.none, "of the hidden layers, before the activation")
                .only(when: "network", isNot: Kind.lstm.rawValue, Kind.gru.rawValue, Kind.transformer.rawValue),
            Hyperparameter("dropout", .real(0), in: 0...0.99, "share of hidden units dropped in training"),
        ]
    }

    /// The network that a user's settings ask for.
    public init(_ settings: Hyperparameters, automatic: Activation = .relu, initialization: Initialization? = nil) {
        self.init(
            settings.choice("network", Kind.mlp), hidden: settings.integers("hidden"),
            channels: settings.integers("channels"), dense: settings.integers("dense"),
            units: settings.integers("units"),
            activation: settings.choice("activation", ActivationChoice.auto).activation(automatic: automatic),
            normalization: settings.choice("normalization", NormalizationChoice.none).normalization,
            dropout: Float(settings.real("dropout")), initialization: initialization)
        attention = PatchAttention(
            patch: settings.integer("patch"), width: settings.integer("patch-width"),
            heads: settings.integer("attention-heads"), blocks: settings.integer("attention-blocks"))
    }
}
