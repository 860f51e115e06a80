public import StrataBackend
public import StrataData

/// What it is worth to go on learning from a stream that changes: classifiers of each policy along the same stream, over
/// seeds of their weights.
public struct DriftExperiment: Sendable {
    /// How streams are walked through.
    public var evaluation: PrequentialEvaluation
    /// The policies that are compared.
    public var policies: [PrequentialEvaluation.Policy]
    /// Seeds of the initial weights and every draw.
    public var seeds: [UInt32]

    /// An experiment of all policies and three seeds by default. Nothing is checked here: `run` throws.
    public init(
        _ evaluation: PrequentialEvaluation,
        policies: [PrequentialEvaluation.Policy] = PrequentialEvaluation.Policy.allCases, seeds: [UInt32] = [0, 1, 2]
    ) {
        (self.evaluation, self.policies, self.seeds) = (evaluation, policies, seeds)
    }

    /// What became of one classifier.
    public struct Outcome: Sendable, Hashable {
        /// Its seed.
        public var seed: UInt32
        /// Its policy.
        public var policy: PrequentialEvaluation.Policy
        /// Its course along the stream.
        public var course: PrequentialEvaluation.Course
    }

    /// Examples in the order of time: by the numbers of a column, or as they are where `nil`. Of equal times the first comes
    /// first.
    ///
    /// Throws `usage` for a column that is not there or has no single number for an example.
    public static func stream(of split: DataSplit, by column: String?) throws -> DataSplit {
        guard let column else { return split }
        guard let times = split[column] else {
            throw StrataError.unknown("column", column, among: split.columns.map(\.name))
        }
        guard times.spec.shape.elementCount == 1 else {
            throw StrataError(
                parameter: "time", column, "has values of \(times.spec.shape); time is one number for each example")
        }
        let values = try times.values(0..<split.count)
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        return try split.subset(order.map { Int32($0) })
    }

    /// Walks along the stream policy after policy, seed after seed, and reports each as it is done. Stops where `report` or
    /// `progress` gives false. Throws as `PrequentialEvaluation.run`.
    ///
    /// - `progress`: Told the examples of a course that are done.
    public func run(
        on stream: DataSplit, name: String, backend: any Backend, progress: (Int) -> Bool = { _ in true },
        report: (Outcome) throws -> Bool
    ) throws {
        for seed in seeds {
            for policy in policies {
                let course = try evaluation.run(
                    policy, on: stream, name: name, backend: backend, seed: seed, report: progress)
                guard let course, try report(Outcome(seed: seed, policy: policy, course: course)) else { return }
            }
        }
    }
}
