import StrataBackend

/// Where examples come from, as far as a model must know it before it is built.
public struct Domain: Sendable, Hashable {
    /// The numbers of an example.
    public var features: Int
    /// The classes that examples are labelled with; 0 where they have no labels.
    public var classes: Int

    public init(features: Int, classes: Int = 0) {
        self.features = features
        self.classes = classes
    }

    /// The classes, for a model that learns from labels; throws `data` where there are none.
    func labelled(_ model: String) throws -> Int {
        guard classes > 1 else {
            throw StrataError(
                .data, "\(model) learns from labels, and this data has \(classes == 0 ? "none" : "a single class")")
        }
        return classes
    }
}
