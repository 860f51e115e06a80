/// How many units of a code are in use.
public struct UnitActivity: Sendable, Hashable {
    /// Units whose variance over the examples is above 0.01 (Burda, Grosse and Salakhutdinov, "Importance weighted
    /// autoencoders", 2016).
    public var active: Int
    /// Units that are the same for every example.
    public var dead: Int

    /// Above it a unit counts as active.
    public static let leastVariance = 0.01

    /// Throws `data` for fewer than 2 examples.
    public init(_ codes: Codes) throws {
        try codes.require(2, for: "the activity of units")
        active = codes.moments().variances.count { $0 > Self.leastVariance }
        dead = codes.width - codes.varyingUnits.count
    }
}
