public import StrataData

/// One training of an experiment that compares methods: what it was, and how well it did.
public struct Trial: Sendable, Hashable {
    /// The seed of the weights, the order, the choice of labels and every draw.
    public var seed: UInt32
    /// What was done.
    public var method: String
    /// The labels that might be used; `nil` where that is no part of the experiment.
    public var labels: Int?
    /// What was measured, by names: `accuracy`.
    public var scores: [String: Double]

    /// The outcome of one training.
    public init(seed: UInt32, method: String, labels: Int? = nil, scores: [String: Double]) {
        (self.seed, self.method, self.labels, self.scores) = (seed, method, labels, scores)
    }
}

/// The means over the seeds of all trials that are else alike.
public struct TrialSummary: Sendable, Hashable {
    /// What was done.
    public var method: String
    /// The labels that might be used; `nil` where that is no part of the experiment.
    public var labels: Int?
    /// The mean of each score that all seeds have.
    public var scores: [String: MeanOverSeeds]
    /// For each score the mean of the differences from the first method, in pairs of one seed; empty for that method itself.
    public var gains: [String: MeanOverSeeds]

    /// Summaries in the order in which methods and numbers of labels first come up.
    public static func all(of trials: [Trial]) -> [TrialSummary] {
        struct Case: Hashable {
            var method: String
            var labels: Int?
        }
        var cases: [Case] = []
        for trial in trials {
            let own = Case(method: trial.method, labels: trial.labels)
            if !cases.contains(own) { cases.append(own) }
        }
        return cases.map { own in
            let found = trials.filter { $0.method == own.method && $0.labels == own.labels }
            let names = found.first.map { Set($0.scores.keys) } ?? []
            let common = names.filter { name in found.allSatisfy { $0.scores[name] != nil } }
            let first = cases.first { $0.labels == own.labels }?.method
            let pairs = found.compactMap { trial in
                trials.first { $0.seed == trial.seed && $0.method == first && $0.labels == own.labels }.map {
                    ($0, trial)
                }
            }
            func means(_ values: (String) -> [Double]) -> [String: MeanOverSeeds] {
                common.reduce(into: [:]) { means, name in
                    let values = values(name)
                    if !values.isEmpty { means[name] = MeanOverSeeds(values) }
                }
            }
            return TrialSummary(
                method: own.method, labels: own.labels, scores: means { name in found.compactMap { $0.scores[name] } },
                gains: own.method == first
                    ? [:]
                    : means { name in
                        pairs.compactMap { base, trial in
                            base.scores[name].flatMap { base in trial.scores[name].map { $0 - base } }
                        }
                    })
        }
    }

    /// A score over the numbers of labels, a line for each method with bars of its interval; or over the methods, where labels
    /// are no part of the experiment.
    public static func chart(of trials: [Trial], score: String, title: String, yLabel: String) -> LossChart {
        let summaries = all(of: trials).filter { $0.scores[score] != nil }
        let budgets = Set(summaries.compactMap(\.labels)).sorted()
        var methods: [String] = []
        for summary in summaries where !methods.contains(summary.method) { methods.append(summary.method) }
        var chart = LossChart(title: title, xLabel: budgets.isEmpty ? "method" : "labels", yLabel: yLabel)
        func point(_ summary: TrialSummary, at place: Int) -> (point: (x: Double, y: Double), error: Double) {
            let mean = summary.scores[score]
            return ((Double(place), mean?.value ?? .nan), mean?.margin ?? 0)
        }
        func series(_ name: String, _ points: [(point: (x: Double, y: Double), error: Double)]) -> LossChart.Series {
            LossChart.Series(name, points: points.map(\.point), errors: points.map(\.error))
        }
        if budgets.isEmpty {
            chart.categories = methods
            chart.series = [series(score, summaries.enumerated().map { point($1, at: $0) })]
        } else {
            chart.categories = budgets.map(String.init)
            chart.series = methods.map { method in
                series(
                    method,
                    summaries.filter { $0.method == method }.map {
                        point($0, at: budgets.firstIndex(of: $0.labels ?? 0) ?? 0)
                    })
            }
        }
        return chart
    }
}
