import StrataBackend

/// A schedule of the learning rate as a program offers it by name, with its settings.
public struct ScheduleDescription: Sendable {
    /// The name by which a user picks it: `cosine`.
    public var name: String
    /// One line.
    public var summary: String
    /// Its settings, such as what is left of the learning rate in the end.
    public var hyperparameters: [Hyperparameter]
    /// The schedule with a value for each of the hyperparameters.
    public var make: @Sendable (_ settings: Hyperparameters) -> any Schedule

    /// A schedule to be offered by name. Nothing is checked: `make` is given a value for each of the hyperparameters.
    public init(
        _ name: String, _ summary: String, hyperparameters: [Hyperparameter] = [],
        make: @escaping @Sendable (_ settings: Hyperparameters) -> any Schedule
    ) {
        self.name = name
        self.summary = summary
        self.hyperparameters = hyperparameters
        self.make = make
    }
}

extension [ScheduleDescription] {
    /// The schedules that come with Strata.
    public static let builtIn: [ScheduleDescription] = [
        ScheduleDescription("constant", "the learning rate as it is") { _ in Constant() },
        ScheduleDescription("linear", "decays linearly over a phase", hyperparameters: [.finalFraction(0)]) {
            Linear(to: Float($0.real("final-fraction")))
        },
        ScheduleDescription(
            "cosine", "decays by half a cosine over a phase (Loshchilov & Hutter 2017)",
            hyperparameters: [.finalFraction(0)]
        ) { Cosine(to: Float($0.real("final-fraction"))) },
        ScheduleDescription(
            "step", "falls by a factor after each so many updates",
            hyperparameters: [
                Hyperparameter("decay-every", .integer(1000), in: 1...1_000_000_000, "updates between two falls"),
                Hyperparameter("decay-factor", .real(0.1), in: 0...1, "what the learning rate is multiplied by"),
            ]
        ) { StepDecay(every: $0.integer("decay-every"), by: Float($0.real("decay-factor"))) },
    ]

    /// Throws `usage`, with the nearest name, for one that is not there.
    public func named(_ name: String) throws -> ScheduleDescription {
        guard let found = first(where: { $0.name == name }) else {
            throw StrataError.unknown("schedule", name, among: map(\.name))
        }
        return found
    }
}

extension Hyperparameter {
    fileprivate static func finalFraction(_ standard: Double) -> Hyperparameter {
        Hyperparameter(
            "final-fraction", .real(standard), in: 0...1, "what is left of the learning rate in the last update")
    }
}
