public import StrataBackend
import StrataCompiler
public import StrataData
import StrataModels
import StrataNN
import StrataTraining

/// What examples without labels are worth to a classifier, by the number of labels that there are: several ways to learn from
/// both, beside a network that learns from the labels alone.
public struct SemiSupervisedExperiment: Sendable {
    /// A way to a classifier.
    public enum Method: String, Sendable, Hashable, CaseIterable {
        /// From the labels alone.
        case supervised
        /// From classes that it finds itself.
        case pseudoLabel = "pseudo-label"
        /// By agreeing with a slow copy of it.
        case meanTeacher = "mean-teacher"
        /// Layers that begin as Boltzmann machines, and learn on from the labels.
        case rbm
        /// Layers that begin as denoising autoencoders, and learn on from the labels.
        case denoising
        /// The semi-supervised autoencoder M2, of codes of a variational one: M1+M2.
        case m1m2 = "m1+m2"
    }

    /// In the order in which they are trained; gains are over the first.
    public var methods: [Method]
    /// Examples whose labels may be used, ascending.
    public var labels: [Int]
    /// Units of each of the two hidden layers of all networks.
    public var width: Int
    /// Steps of each training, at least; of what comes before the labels are used as many.
    public var steps: Int
    /// Seeds of the initial weights, the order, the choice of labels and every draw.
    public var seeds: [UInt32]

    /// Every method, from five seeds by default. Nothing is checked here: `run` throws.
    public init(
        methods: [Method] = Method.allCases, labels: [Int] = [100, 1000], width: Int = 500, steps: Int = 3000,
        seeds: [UInt32] = [0, 1, 2, 3, 4]
    ) {
        (self.methods, self.labels, self.width) = (methods, labels, width)
        (self.steps, self.seeds) = (steps, seeds)
    }

    /// Trains seed after seed, and reports the `accuracy` of the test examples for each method and number of labels as it is
    /// done. Stops where `report` gives false.
    ///
    /// Throws `data` for data without labels, and what training throws.
    public func run(on data: DataSet, backend: any Backend, report: (Trial) throws -> Bool) throws {
        for seed in seeds {
            var codes: TrainedNetwork?
            for budget in labels {
                for method in methods {
                    var conditions = Contestant.Conditions(labels: budget)
                    if method == .m1m2 {
                        let network = try codes ?? network(data, backend, seed)
                        codes = network
                        conditions.networks = [Self.scope: network]
                    }
                    let trainer = try contestant(method, data).trained(
                        on: data, Session(backend: backend, seed: seed), seed, conditions)
                    let trial = Trial(
                        seed: seed, method: method.rawValue, labels: budget,
                        scores: ["accuracy": try trainer.score("accuracy")])
                    guard try report(trial) else { return }
                }
            }
        }
    }

    /// The setting of M2 that names the network below.
    private static let scope = "features"

    private var hidden: [String: String] { ["hidden": "\(width),\(width)"] }

    private func contestant(_ method: Method, _ data: DataSet) throws -> Contestant {
        // As many passes as the steps make, of all examples.
        let epochs = max(1, steps / max(data.train.count / 128, 1))
        func made(_ name: String, _ own: [String: String] = [:]) throws -> Contestant {
            let description = try Zoo.builtIn[name]
            return Contestant(
                description, try Hyperparameters(description.hyperparameters, hidden.merging(own) { $1 }), steps: steps)
        }
        switch method {
        case .supervised: return try made("classifier")
        case .pseudoLabel, .meanTeacher: return try made(method.rawValue)
        case .rbm, .denoising:
            return try made("classifier", ["start": method.rawValue, "pretraining-epochs": "\(epochs)"])
        case .m1m2: return try made("m2", ["hidden": "\(width)", "decoder": "learned-gaussian"])
        }
    }

    /// A variational autoencoder that has learned without labels.
    private func network(_ data: DataSet, _ backend: any Backend, _ seed: UInt32) throws -> TrainedNetwork {
        let description = try Zoo.builtIn["vae"]
        let contestant = Contestant(
            description,
            try Hyperparameters(description.hyperparameters, hidden.merging(["latent": "50"]) { $1 }), steps: steps)
        let trainer = try contestant.trained(on: data, Session(backend: backend, seed: seed), seed)
        return try TrainedNetwork(
            trainer.model, features: data.spec.features, scope: Self.scope, weights: trainer.checkpoint())
    }
}
