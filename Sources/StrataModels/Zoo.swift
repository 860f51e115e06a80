import StrataBackend
public import StrataData
public import StrataNN

/// A model as the zoo offers it: its name, its settings, and how to build it for data of some kind.
public struct ModelDescription: Sendable {
    /// The name by which a user picks it: `deep-autoencoder`.
    public var name: String
    /// One line.
    public var summary: String
    /// Its settings; `build` takes a value for each.
    public var hyperparameters: [Hyperparameter]
    /// Examples in a batch, where the user does not say.
    public var batchSize: Int
    /// The optimizer that suits the model; `nil` for one that no gradient trains.
    public var optimizer: OptimizerChoice?
    /// The first parts of variables' names in checkpoints of former versions, and what they are today.
    public var formerNames: [(old: String, new: String)]
    /// The settings that name runs whose trained models it is built upon, and what each is for.
    public var networks: [String: String]
    private let make: @Sendable (DataSpec, Hyperparameters, TrainedNetworks) throws -> any Model

    /// A model to be offered by name. Nothing is checked.
    ///
    /// - `build`: Makes the model for examples of some domain; throws `data` where it cannot learn from them.
    public init(
        name: String, summary: String, hyperparameters: [Hyperparameter], batchSize: Int,
        optimizer: OptimizerChoice? = nil,
        formerNames: [(old: String, new: String)] = [],
        build: @escaping @Sendable (_ spec: DataSpec, _ settings: Hyperparameters) throws -> any Model
    ) {
        self.init(
            name: name, summary: summary, hyperparameters: hyperparameters, networks: [:], batchSize: batchSize,
            optimizer: optimizer, formerNames: formerNames
        ) { spec, settings, _ in try build(spec, settings) }
    }

    /// A model that is built upon trained ones, to be offered by name. Nothing is checked.
    ///
    /// - `networks`: The settings that name their runs, and what each is for.
    /// - `build`: Makes the model for examples of some domain; throws `usage` where a network is missing, `shape` where one
    ///   takes other examples.
    public init(
        name: String, summary: String, hyperparameters: [Hyperparameter], networks: [String: String], batchSize: Int,
        optimizer: OptimizerChoice? = nil, formerNames: [(old: String, new: String)] = [],
        build:
            @escaping @Sendable (
                _ spec: DataSpec, _ settings: Hyperparameters, _ networks: TrainedNetworks
            ) throws -> any Model
    ) {
        self.name = name
        self.summary = summary
        self.hyperparameters = hyperparameters
        self.networks = networks
        self.batchSize = batchSize
        self.optimizer = optimizer
        self.formerNames = formerNames
        make = build
    }

    /// The model for examples of some domain.
    ///
    /// Throws `data` where it cannot learn from them, `usage` for settings that do not fit them or a network that is
    /// missing, `shape` for one of other examples.
    public func build(
        _ spec: DataSpec, _ settings: Hyperparameters, upon networks: TrainedNetworks = [:]
    ) throws -> any Model { try make(spec, settings, networks) }
}

/// The models that come with Strata. A program may add its own: the zoo is a value.
public struct Zoo: Sendable {
    /// The models in the order in which they are listed.
    public var models: [ModelDescription]

    /// A zoo of these models alone. That their names are all different is not checked.
    public init(_ models: [ModelDescription]) { self.models = models }

    /// The models of a zoo and more; one of the same name takes the place of that before it.
    public static func + (zoo: Zoo, more: [ModelDescription]) -> Zoo {
        let replaced = Set(more.map(\.name))
        return Zoo(zoo.models.filter { !replaced.contains($0.name) } + more)
    }

    /// The models that come with Strata: autoencoders, Boltzmann machines, linear and manifold models, clusters,
    /// supervised networks and generative ones.
    public static let builtIn = Zoo([
        Autoencoder.description,
        Autoencoder.deep,
        Autoencoder.denoising,
        Autoencoder.convolutional,
        JointEmbedding.barlowTwins,
        SemanticEmbedding.bilinear,
        JointEmbedding.bootstrap,
        SupervisedNetwork.classifier,
        DomainAdaptedNetwork.kernelAligned,
        DomainAdaptedNetwork.adversarial,
        DebiasingAutoencoder.description,
        FeatureGeneratingClassifier.variational,
        DeepBeliefNetwork.description,
        DeepBoltzmannMachine.description,
        DomainAdaptedNetwork.correlationAligned,
        DeepFeatureAutoencoder.description,
        DenoisingDiffusion.description,
        DiscriminativeRestrictedBoltzmannMachine.description,
        ESZSL.description,
        FeatureGeneratingClassifier.adversarial,
        FactorAnalysis.description,
        FlowMatching.description,
        MADE.sigmoidBeliefNetwork,
        GaussianMixture.description,
        GenerativeAdversarialNetwork.description,
        IndependentComponents.description,
        Isomap.description,
        KMeans.description,
        LadderAutoencoder.description,
        JointEmbedding.leJEPA,
        LocallyLinearEmbedding.description,
        SemiSupervisedAutoencoder.description,
        MADE.description,
        MaskedAutoencoder.description,
        SemiSupervisedClassifier.meanTeacher,
        SupervisedNetwork.multiLabel,
        MultiTaskNetwork.description,
        MusicVariationalAutoencoder.description,
        NADE.description,
        NeighbourEmbedding.description,
        Pix2Pix.description,
        PrincipalComponents.description,
        ProbabilisticPrincipalComponents.description,
        SemiSupervisedClassifier.pseudoLabel,
        RealNVP.description,
        RecurrentSequenceModel.description,
        RestrictedBoltzmannMachine.description,
        RecurrentBoltzmannMachine.description,
        SupervisedNetwork.regressor,
        RotationPrediction.description,
        JointEmbedding.contrastive,
        SuperResolutionNetwork.description,
        VariationalAutoencoder.description,
        VariationalGAN.description,
        JointEmbedding.vicReg,
        SemanticEmbedding.visualSemantic,
        VectorQuantizedAutoencoder.description,
    ])

    /// The model of that name, whose case matters only where two names differ by nothing else. Throws `usage`, with the
    /// nearest name, for one that is not there.
    public subscript(_ name: String) -> ModelDescription {
        get throws {
            let alike = models.filter { $0.name.lowercased() == name.lowercased() }
            guard let model = models.first(where: { $0.name == name }) ?? (alike.count == 1 ? alike[0] : nil) else {
                throw StrataError.unknown("model", name, among: models.map(\.name))
            }
            return model
        }
    }
}
