/// The class of each example, as an index into the names of the classes.
public struct Labels: Hashable, Sendable {
    /// One for each example.
    public var values: [Int32]
    public var classNames: [String]

    public init(values: [Int32], classNames: [String]) {
        self.values = values
        self.classNames = classNames
    }
}
