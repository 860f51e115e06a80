/// The class of each example, as an index into the names of the classes.
public struct Labels: Hashable, Sendable {
    /// One for each example.
    public var values: [Int32]
    /// The names of the classes: label `i` is the class `classNames[i]`.
    public var classNames: [String]

    /// Labels of `values.count` examples. Nothing is checked until they become a `Column`.
    public init(values: [Int32], classNames: [String]) {
        self.values = values
        self.classNames = classNames
    }
}
