import StrataBackend
public import StrataNN

/// A model as the zoo offers it: its name, its settings, and how to build it for data of some width.
public struct ModelDescription: Sendable {
    public var name: String
    /// One line.
    public var summary: String
    public var hyperparameters: [Hyperparameter]
    /// Examples in a batch and the rate, where the user does not say.
    public var batchSize: Int
    public var learningRate: Double
    /// The optimiser at a learning rate.
    public var optimizer: @Sendable (_ learningRate: Float, _ settings: Hyperparameters) -> any Optimizer
    /// Builds the model for examples of some domain; throws `data` where it cannot learn from them.
    public var build: @Sendable (_ domain: Domain, _ settings: Hyperparameters) throws -> any Model

    public init(
        name: String, summary: String, hyperparameters: [Hyperparameter], batchSize: Int, learningRate: Double,
        optimizer: @escaping @Sendable (Float, Hyperparameters) -> any Optimizer,
        build: @escaping @Sendable (Domain, Hyperparameters) throws -> any Model
    ) {
        self.name = name
        self.summary = summary
        self.hyperparameters = hyperparameters
        self.batchSize = batchSize
        self.learningRate = learningRate
        self.optimizer = optimizer
        self.build = build
    }
}

/// The models that come with Strata. A program may add its own: the zoo is a value.
public struct Zoo: Sendable {
    public var models: [ModelDescription]

    public init(_ models: [ModelDescription]) { self.models = models }

    public static let standard = Zoo([
        Autoencoder.description, Autoencoder.deep, Autoencoder.denoising, SupervisedNetwork.classifier,
        ConvolutionalAutoencoder.description,
        DeepBeliefNetwork.description, DeepBoltzmannMachine.description,
        DiscriminativeRestrictedBoltzmannMachine.description, FactorAnalysis.description,
        GaussianMixture.description, GenerativeAdversarialNetwork.description, IndependentComponents.description,
        Isomap.description, KMeans.description, LocallyLinearEmbedding.description, SupervisedNetwork.multiLabel,
        MultiTaskNetwork.description, NeighbourEmbedding.description, PrincipalComponents.description,
        ProbabilisticPrincipalComponents.description, RestrictedBoltzmannMachine.description,
        SupervisedNetwork.regressor, VariationalAutoencoder.description,
    ])

    /// Throws `usage`, with the nearest name, for one that is not there.
    public subscript(_ name: String) -> ModelDescription {
        get throws {
            guard let model = models.first(where: { $0.name == name }) else {
                throw StrataError.unknown("model", name, among: models.map(\.name))
            }
            return model
        }
    }
}
