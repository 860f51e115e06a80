/// The true causes of each example, where they are known: what disentanglement is measured against.
public struct Factors: Hashable, Sendable {
    /// The names of the factors, in the order in which `sizes` and `values` have them.
    public var names: [String]
    /// How many values each factor takes.
    public var sizes: [Int]
    /// [count, names.count]: for each example the index of each factor's value.
    public var values: [Int32]

    /// Factors of as many examples as `values` has rows. Nothing is checked until they become a `Column`.
    public init(names: [String], sizes: [Int], values: [Int32]) {
        self.names = names
        self.sizes = sizes
        self.values = values
    }
}
