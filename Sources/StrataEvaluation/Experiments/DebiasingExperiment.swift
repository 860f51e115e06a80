public import StrataBackend
import StrataCompiler
public import StrataData
import StrataModels
import StrataNN
import StrataTraining

/// What a model's debiasing does to each group of the test examples: the same model is trained with it and without, from the
/// same seed and for as many steps, so that differences are in pairs. Neither is told the groups.
public struct DebiasingExperiment: Sendable {
    /// A classifier with a setting `debiasing`, such as `debiasing-vae`.
    public var model: Contestant
    /// The column of the groups, whose values are classes.
    public var group: String
    /// Seeds of the initial weights, the order and every draw.
    public var seeds: [UInt32]

    /// An experiment of five seeds by default. Nothing is checked here: `run` throws.
    public init(_ model: Contestant, group: String = RareGroup.column, seeds: [UInt32] = [0, 1, 2, 3, 4]) {
        (self.model, self.group, self.seeds) = (model, group, seeds)
    }

    /// The accuracies of a pair of models on one group.
    public struct Outcome: Sendable, Hashable {
        /// The seed of both.
        public var seed: UInt32
        /// The name of the group; `all` for all test examples.
        public var group: String
        /// Test examples of the group.
        public var examples: Int
        /// Without debiasing, and with it.
        public var (plain, debiased): (Double, Double)
    }

    /// The means of a group over the seeds.
    public struct Summary: Sendable, Hashable {
        /// The name of the group.
        public var group: String
        /// Without debiasing, with it, and the differences in pairs.
        public var (plain, debiased, gain): (MeanOverSeeds, MeanOverSeeds, MeanOverSeeds)
    }

    /// Trains seed after seed, and reports each group as it is known. Stops where `report` gives false.
    ///
    /// Throws `unsupported` for a model without the setting or that tells no classes, `usage` for a column that is not
    /// there, `data` for data without labels or test examples.
    public func run(on data: DataSet, backend: any Backend, report: (Outcome) throws -> Bool) throws {
        try model.check()
        let declared = model.description.hyperparameters
        guard declared.contains(where: { $0.name == "debiasing" }) else {
            throw StrataError(.unsupported, "\(model.description.name) has no debiasing; take debiasing-vae")
        }
        guard data.test.count > 0, let labels = data.test.labels else {
            throw StrataError(.data, "'\(data.name)' has no labelled test examples")
        }
        let groups = try groups(of: data.test)
        func variant(_ debiasing: Bool) throws -> Contestant {
            // Settings that count only with it are refused without.
            let own = Set(declared.filter { $0.condition?.setting == "debiasing" }.map(\.name))
            let settings = model.settings.typed.filter { name, _ in
                name != "debiasing" && (debiasing || !own.contains(name))
            }
            var variant = model
            variant.settings = try Hyperparameters(declared, ["debiasing": "\(debiasing)"], over: settings)
            return variant
        }
        let pair = (try variant(false), try variant(true))
        for seed in seeds {
            let plain = try areRight(pair.0, data, labels, backend, seed)
            let debiased = try areRight(pair.1, data, labels, backend, seed)
            for (name, places) in groups {
                func share(_ areRight: [Bool]) -> Double {
                    Double(places.count { areRight[$0] }) / Double(max(places.count, 1))
                }
                let outcome = Outcome(
                    seed: seed, group: name, examples: places.count, plain: share(plain), debiased: share(debiased))
                guard try report(outcome) else { return }
            }
        }
    }

    /// The test examples of each group that has some, and all of them.
    private func groups(of split: DataSplit) throws -> [(name: String, places: [Int])] {
        guard let column = split[group] else {
            throw StrataError.unknown("column", group, among: split.columns.map(\.name))
        }
        guard case .classes(let names) = column.spec.meaning else {
            throw StrataError(parameter: "group", group, "the column holds no classes, which could be groups")
        }
        let values = try column.values(0..<split.count).map { Int($0) }
        return names.indices.map { number in (names[number], values.indices.filter { values[$0] == number }) }
            .filter { !$0.1.isEmpty } + [("all", Array(values.indices))]
    }

    /// Whether a model that is trained anew is right about each test example.
    private func areRight(
        _ contestant: Contestant, _ data: DataSet, _ labels: Labels, _ backend: any Backend, _ seed: UInt32
    ) throws -> [Bool] {
        let session = Session(backend: backend, seed: seed)
        let trainer = try contestant.trained(on: data, session, seed)
        let predictor = try Predictor(trainer.model, features: data.exampleShape.elementCount, session: session)
        let found = try predictor.classes(of: data.test.values(0..<data.test.count)).classes
        return zip(found, labels.values).map { $0 == Int($1) }
    }

    /// In the order of the groups.
    public static func summaries(of outcomes: [Outcome]) -> [Summary] {
        var names: [String] = []
        for outcome in outcomes where !names.contains(outcome.group) { names.append(outcome.group) }
        return names.map { name in
            let own = outcomes.filter { $0.group == name }
            return Summary(
                group: name, plain: MeanOverSeeds(own.map(\.plain)), debiased: MeanOverSeeds(own.map(\.debiased)),
                gain: MeanOverSeeds(own.map { $0.debiased - $0.plain }))
        }
    }
}
