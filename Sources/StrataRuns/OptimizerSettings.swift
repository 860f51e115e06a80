import StrataBackend
import StrataModels
public import StrataNN

/// The optimizer of a run as its configuration keeps it: names and settings, from which it can be made again.
public struct OptimizerSettings: Sendable, Hashable, Codable {
    /// The optimizer's name in the catalog, such as `adam`.
    public var name: String
    /// The optimizer's settings by name, as a user would type them; those left out have their defaults.
    public var settings: [String: String]
    /// The learning rate that the schedule and the warm-up scale, greater than 0.
    public var learningRate: Double
    /// The schedule's name in the catalog; `constant` by default.
    public var schedule = "constant"
    /// The schedule's settings by name, as a user would type them; those left out have their defaults.
    public var scheduleSettings: [String: String] = [:]
    /// Updates over which the learning rate rises at the start.
    public var warmup = 0
    /// The greatest norm of all gradients together; `nil` for any.
    public var clip: Double?
    /// Batches that make one update.
    public var accumulation = 1
    /// The decay of the averages of the weights; `nil` for none.
    public var average: Double?
    /// First parts of the names of parameters that do not change.
    public var frozen: [String] = []
    /// Learning rates of parameters, by the first parts of their names.
    public var rates: [String: Double] = [:]

    /// The settings of a choice, with a constant learning rate and nothing clipped, accumulated, averaged or frozen.
    ///
    /// Nothing is checked here: `optimizer(among:schedules:)` throws `usage`.
    public init(_ choice: OptimizerChoice) {
        name = choice.name
        settings = choice.settings
        learningRate = choice.learningRate
    }

    /// The optimizer. Throws `usage` for a name or a setting that is not there, or a number out of its range.
    public func optimizer(
        among optimizers: [OptimizerDescription] = .builtIn, schedules: [ScheduleDescription] = .builtIn
    ) throws -> Optimizer {
        try check()
        let choice = OptimizerChoice(name, learningRate: learningRate, settings: settings)
        var optimizer = try choice.optimizer(among: optimizers)
        let description = try schedules.named(schedule)
        let chosen = description.make(try Hyperparameters(description.hyperparameters, scheduleSettings))
        optimizer.schedule = warmup > 0 ? Warmup(warmup, then: chosen) : chosen
        // Clipped as they come, before a penalty is added.
        if let clip { optimizer.transforms.insert(ClipByGlobalNorm(Float(clip)), at: 0) }
        optimizer.accumulation = accumulation
        optimizer.averageDecay = average.map { Float($0) }
        optimizer.frozen = frozen
        optimizer.rateFactors = rates.mapValues { Float($0 / learningRate) }
        return optimizer
    }

    private func check() throws {
        func expect(_ holds: Bool, _ parameter: String, _ value: Any?, _ problem: String) throws {
            if !holds { throw StrataError(parameter: parameter, value ?? "", problem) }
        }
        func isRate(_ rate: Double) -> Bool { rate.isFinite && rate > 0 }
        try expect(isRate(learningRate), "learningRate", learningRate, "a rate is greater than 0")
        for (scope, rate) in rates.sorted(by: { $0.key < $1.key }) {
            try expect(rate.isFinite && rate >= 0, "layerRates", "\(scope)=\(rate)", "a rate is not negative")
        }
        try expect((0...1_000_000_000).contains(warmup), "warmup", warmup, "expected a number of updates from 0")
        try expect(clip.map { isRate($0) } ?? true, "clip", clip, "a norm is greater than 0")
        try expect(
            (1...1_000_000).contains(accumulation), "accumulate", accumulation, "expected a number of batches from 1")
        try expect(average.map { $0 > 0 && $0 < 1 } ?? true, "ema", average, "a decay lies between 0 and 1")
    }
}
