/// The numbers to be predicted of each example: the values of a regression, or several labels of which each is there
/// (above ½) or not.
public struct Targets: Hashable, Sendable {
    /// The names of the targets, in the order in which each row of `values` has them.
    public var names: [String]
    /// [count, names.count].
    public var values: [Float]

    /// Targets of as many examples as `values` has rows. Nothing is checked until they become a `Column`.
    public init(names: [String], values: [Float]) {
        self.names = names
        self.values = values
    }

    /// The mean of each target over the examples; 0 where there are none.
    public var means: [Float] {
        var sums = [Double](repeating: 0, count: names.count)
        guard !names.isEmpty else { return [] }
        for (position, value) in values.enumerated() { sums[position % names.count] += Double(value) }
        return sums.map { Float($0 / Double(max(values.count / names.count, 1))) }
    }
}
