public import StrataBackend
import StrataCompiler
public import StrataData
import StrataModels
import StrataNN
import StrataTraining

/// What a classifier gains in a domain whose labels it never sees: networks that learn from the source alone and with their
/// codes made alike, linear classifiers on examples that are mapped in closed form, and a network that learns from the target's
/// labels, the most that could be hoped for.
public struct AdaptationExperiment: Sendable {
    /// A way to a classifier of the target.
    public enum Method: String, Sendable, Hashable, CaseIterable {
        /// A network that learns from the source alone.
        case source
        /// The same network, with the statistics of its batch normalization taken over from the target (Li, Wang, Shi, Liu
        /// and Hou, "Revisiting batch normalization for practical domain adaptation", 2017).
        case statistics
        /// A network whose codes do not tell domains apart, such whose logits have the same covariance, and one whose
        /// codes have a small mean discrepancy.
        case dann
        case deepCORAL = "deep-coral"
        case dan
        /// A linear classifier of examples about their domains' means, of such with the target's covariance, and of such in
        /// aligned subspaces.
        case linear
        case coral
        case subspace
        /// A network that learns from the target's labels.
        case target

        fileprivate var alignment: LinearAlignment? {
            switch self {
            case .linear: .centred
            case .coral: .correlation
            case .subspace: .subspace
            default: nil
            }
        }
    }

    /// In the order in which they are trained; gains are over the first.
    public var methods: [Method]
    /// Settings of the networks, as a user types them: `["network": "conv"]`.
    public var settings: [String: String]
    /// Steps of each training, at least.
    public var steps: Int
    /// Seeds of the initial weights, the order and every draw.
    public var seeds: [UInt32]

    /// Every method, from five seeds by default. Nothing is checked here: `run` throws.
    public init(
        methods: [Method] = Method.allCases, settings: [String: String] = [:], steps: Int = 3000,
        seeds: [UInt32] = [0, 1, 2, 3, 4]
    ) {
        (self.methods, self.settings, self.steps, self.seeds) = (methods, settings, steps, seeds)
    }

    /// The data of one run, and of its domains.
    private struct Domains {
        var (both, source, target): (DataSet, DataSet, DataSet)

        init(_ data: DataSet) throws {
            guard data.spec[ColumnName.domain] != nil else {
                throw StrataError(
                    .data,
                    "'\(data.name)' has no column '\(ColumnName.domain)'; name two sets, as in domains:SOURCE,TARGET")
            }
            func part(_ split: DataSplit, _ domain: Int32) throws -> DataSplit {
                let domains = try split[ColumnName.domain].map { try $0.values(0..<$0.count) } ?? []
                let own = try split.subset(
                    domains.indices.filter { Int32(domains[$0]) == domain }.map(Int32.init))
                return try DataSplit(columns: own.columns.filter { $0.name != ColumnName.domain })
            }
            func domain(_ number: Int32) throws -> DataSet {
                let (train, test) = (try part(data.train, number), try part(data.test, number))
                guard train.count > 3, test.count > 3 else {
                    throw StrataError(
                        .data,
                        "'\(data.name)' has \(train.count) training and \(test.count) test examples of the"
                            + " \(JoinedDomains.names[Int(number)]); the experiment takes 4 at least")
                }
                return try DataSet(name: JoinedDomains.names[Int(number)], train: train, test: test)
            }
            (both, source, target) = (data, try domain(0), try domain(1))
        }
    }

    /// Trains seed after seed, and reports each method as it is done: `target_accuracy`, `source_accuracy` and, of what has
    /// codes, `domain_accuracy`, by which a fresh linear classifier tells the domains of test examples apart. Stops where
    /// `report` gives false.
    ///
    /// Throws `data` for data of one domain or without labels, `usage` for settings that the networks lack, and for the
    /// method `statistics` without batch normalization.
    public func run(on data: DataSet, backend: any Backend, report: (Trial) throws -> Bool) throws {
        let domains = try Domains(data)
        for seed in seeds {
            var known: Checkpoint?
            for method in methods {
                let scores: [String: Double]
                if let alignment = method.alignment {
                    scores = try linear(alignment, domains, backend, seed)
                } else {
                    let trainer = try trained(method, domains, backend, seed, &known)
                    scores = try measured(trainer, domains, seed)
                }
                guard try report(Trial(seed: seed, method: method.rawValue, scores: scores)) else { return }
            }
        }
    }

    // MARK: Networks

    private func contestant(_ name: String) throws -> Contestant {
        var description = try Zoo.builtIn[name]
        // All networks by one optimizer, and with no more settings than all have.
        description.optimizer = DomainAdaptedNetwork.adversarial.optimizer
        let shared = Architecture.hyperparameters(hidden: [500, 500])
        if let stray = settings.keys.sorted().first(where: { name in !shared.contains { $0.name == name } }) {
            throw StrataError.unknown("setting of the networks", stray, among: shared.map(\.name))
        }
        return Contestant(
            description,
            try Hyperparameters(
                description.hyperparameters,
                settings.merging(settings["network"] == nil ? ["hidden": "500,500"] : [:]) { own, _ in own }),
            steps: steps)
    }

    private func trained(
        _ method: Method, _ domains: Domains, _ backend: any Backend, _ seed: UInt32, _ source: inout Checkpoint?
    ) throws -> Trainer {
        let session = Session(backend: backend, seed: seed)
        switch method {
        case .source:
            let trainer = try contestant("classifier").trained(on: domains.source, session, seed)
            source = try trainer.checkpoint()
            return trainer
        case .target: return try contestant("classifier").trained(on: domains.target, session, seed)
        case .statistics:
            guard settings["normalization"] == Architecture.NormalizationChoice.batch.rawValue else {
                throw StrataError(
                    parameter: "methods", method.rawValue,
                    "there are statistics where normalization is batch, and it is \(settings["normalization"] ?? "none")"
                )
            }
            let own = try contestant("classifier")
            let start =
                try source
                ?? own.trained(
                    on: domains.source, Session(backend: backend, seed: seed), seed
                ).checkpoint()
            source = start
            // At a rate of 0 parameters stay, and running averages move.
            return try own.trained(
                on: domains.target, session, seed, Contestant.Conditions(start: start, learningRate: 0))
        default: return try contestant(method.rawValue).trained(on: domains.both, session, seed)
        }
    }

    private func measured(_ trainer: Trainer, _ domains: Domains, _ seed: UInt32) throws -> [String: Double] {
        let predictor = try Predictor(
            trainer.model, features: domains.both.spec.features, session: trainer.session)
        func accuracy(_ data: DataSet) throws -> Double {
            try predictor.evaluate(data.test, seed: seed).first { $0.name == "accuracy" }.map { Double($0.value) } ?? 0
        }
        return [
            "target_accuracy": try accuracy(domains.target), "source_accuracy": try accuracy(domains.source),
            "domain_accuracy": try DomainDistance.accuracy(
                source: Codes(predictor, of: domains.source.test), target: Codes(predictor, of: domains.target.test),
                backend: predictor.backend, seed: seed),
        ]
    }

    // MARK: Closed forms

    private func linear(
        _ alignment: LinearAlignment, _ domains: Domains, _ backend: any Backend, _ seed: UInt32
    ) throws -> [String: Double] {
        let (source, target) = (domains.source, domains.target)
        let map = try alignment(
            source: Codes(examples: source.train), target: Codes(examples: target.train), backend: backend)
        func labelled(_ codes: Codes, _ split: DataSplit) throws -> LabelledCodes {
            guard let labels = split.labels else { throw StrataError(.data, "the domains have no labels") }
            return try LabelledCodes(codes, labels)
        }
        let train = try labelled(map.source(Codes(examples: source.train), backend: backend), source.train)
        let tests = (
            source: try map.source(Codes(examples: source.test), backend: backend),
            target: try map.target(Codes(examples: target.test), backend: backend)
        )
        return [
            "target_accuracy": try LinearProbe.accuracy(
                train: train, test: labelled(tests.target, target.test), backend: backend, seed: seed),
            "source_accuracy": try LinearProbe.accuracy(
                train: train, test: labelled(tests.source, source.test), backend: backend, seed: seed),
            "domain_accuracy": try DomainDistance.accuracy(
                source: tests.source, target: tests.target, backend: backend, seed: seed),
        ]
    }
}
