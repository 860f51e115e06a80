public import StrataBackend
import StrataCompiler
public import StrataData
import StrataModels
import StrataNN
import StrataTraining

/// How models do on classes that they have no examples of, beside the linear ESZSL and chance, over seeds.
///
/// What is taken off the scores of seen classes is chosen without the test split: each model is trained twice from one
/// seed, first without a part of the seen classes, on which the bias is chosen, then with all of them (Chao et al.
/// 2016).
public struct ZeroShotExperiment: Sendable {
    /// Models that tell classes, by their names in the results.
    public var contestants: [(name: String, contestant: Contestant)]
    /// Seeds of the initial weights, the order and every draw.
    public var seeds: [UInt32]
    /// The share of the seen classes that the bias is chosen on.
    public var heldOut: Double

    /// An experiment of three seeds by default. Nothing is checked here: `run` throws.
    public init(
        _ contestants: [(name: String, contestant: Contestant)], seeds: [UInt32] = [0, 1, 2], heldOut: Double = 0.2
    ) { (self.contestants, self.seeds, self.heldOut) = (contestants, seeds, heldOut) }

    /// What one model comes to on the test split; accuracies are means over classes.
    public struct Outcome: Sendable, Hashable {
        /// The seed of the training.
        public var seed: UInt32
        /// The name of the model.
        public var model: String
        /// Of unseen classes among themselves.
        public var zeroShot: Double
        /// Among all classes, by the scores as they are.
        public var plain: SeenUnseenCurve.Accuracies
        /// Among all classes, with the bias taken off the scores of the seen ones.
        public var calibrated: SeenUnseenCurve.Accuracies
        /// The bias, in units of the standard deviation of an example's scores.
        public var bias: Double
        /// The area under seen over unseen accuracy.
        public var area: Double
    }

    /// Means of a model over the seeds.
    public struct Summary: Sendable, Hashable {
        /// The name of the model.
        public var model: String
        /// By the names of what is measured, in the order of a table.
        public var means: [Mean]

        /// A measure and its mean.
        public struct Mean: Sendable, Hashable {
            /// What is measured, as a field of results: `harmonic_mean`.
            public var name: String
            /// Its mean, with the interval.
            public var mean: MeanOverSeeds
        }
    }

    /// Trains seed after seed, the linear model first, and reports each as it is done. Stops where `report` gives false.
    ///
    /// Throws `data` for data whose classes nothing describes or of which none is unseen, `unsupported` for a model
    /// that tells no classes, and what building one throws.
    public func run(on data: DataSet, backend: any Backend, report: (Outcome) throws -> Bool) throws {
        guard let attributes = data.attributes, !attributes.unseen.isEmpty else {
            throw StrataError(.data, "'\(data.name)' has no classes that are unseen in training")
        }
        for (_, contestant) in contestants { try contestant.check() }
        let all = [("linear", try ZeroShotBaseline.contestant(for: data))] + contestants
        for seed in seeds {
            let rehearsal = try data.holdingOutClasses(heldOut, seed: seed)
            for (name, contestant) in all {
                let session = { Session(backend: backend, seed: seed) }
                let first = try contestant.predictor(trainedOn: rehearsal, session(), seed)
                // Standardized, as two trainings may come to scores of different scales.
                let bias = try SeenUnseenCurve(
                    first.predictor, on: rehearsal.test, first.attributes, absent: attributes.unseen,
                    isStandardized: true
                ).bestBias
                let second = try contestant.predictor(trainedOn: data, session(), seed).predictor
                let final = try SeenUnseenCurve(second, on: data.test, attributes)
                let standardized = try SeenUnseenCurve(second, on: data.test, attributes, isStandardized: true)
                let outcome = Outcome(
                    seed: seed, model: name, zeroShot: final.zeroShotAccuracy, plain: final.accuracies(bias: 0),
                    calibrated: standardized.accuracies(bias: bias), bias: bias, area: final.area)
                guard try report(outcome) else { return }
            }
        }
    }

    /// What is measured, by the names of fields.
    private static let measures: [(name: String, value: @Sendable (Outcome) -> Double)] = [
        ("zero_shot_accuracy", \.zeroShot), ("seen_accuracy", \.plain.seen), ("unseen_accuracy", \.plain.unseen),
        ("harmonic_mean", \.plain.harmonicMean), ("calibrated_seen_accuracy", \.calibrated.seen),
        ("calibrated_unseen_accuracy", \.calibrated.unseen),
        ("calibrated_harmonic_mean", \.calibrated.harmonicMean), ("seen_unseen_area", \.area),
    ]

    /// In the order in which the models were reported first.
    public static func summaries(of outcomes: [Outcome]) -> [Summary] {
        var names: [String] = []
        for outcome in outcomes where !names.contains(outcome.model) { names.append(outcome.model) }
        return names.map { name in
            let own = outcomes.filter { $0.model == name }
            return Summary(
                model: name,
                means: measures.map { .init(name: $0.name, mean: MeanOverSeeds(own.map($0.value))) })
        }
    }

    /// All that was measured, by the names of fields.
    public static func fields(of outcome: Outcome) -> [(name: String, value: Double)] {
        measures.map { ($0.name, $0.value(outcome)) } + [("bias", outcome.bias)]
    }
}
