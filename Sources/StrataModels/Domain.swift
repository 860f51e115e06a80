import StrataBackend

/// Where examples come from, as far as a model must know it before it is built.
public struct Domain: Sendable, Hashable {
    /// The numbers of an example.
    public var features: Int
    /// The classes that examples are labelled with; 0 where they have no labels.
    public var classes: Int
    /// The numbers that are to be told of an example; 0 where there are none.
    public var targets: Int

    /// The examples to learn from, where that is known.
    public var examples: Int?

    /// The shape of an example: [height, width] or [channels, height, width] for pictures.
    public var shape: [Int]

    public init(features: Int, classes: Int = 0, targets: Int = 0, examples: Int? = nil, shape: [Int]? = nil) {
        self.features = features
        self.classes = classes
        self.targets = targets
        self.examples = examples
        self.shape = shape ?? [features]
    }

    /// Channels, height and width of an example, for a model of pictures; throws `data` where examples are none.
    func picture(_ model: String) throws -> [Int] {
        guard shape.count == 2 || shape.count == 3 else {
            throw StrataError(.data, "\(model) learns from pictures, and these examples are \(Shape(shape))")
        }
        return shape.count == 2 ? [1] + shape : shape
    }

    /// The examples that a model lays out: as many as it is set to, or all where there are fewer. Throws `data` where
    /// those are too few for their neighbours.
    func landmarks(_ settings: Hyperparameters) throws -> Int {
        let count = min(settings.integer("landmarks"), examples ?? .max)
        let least = max(settings.integer("neighbours"), settings.integer("dimensions")) + 2
        guard count >= least else {
            throw StrataError(.data, "\(count) landmarks are too few; these settings take \(least) examples at least")
        }
        return count
    }

    /// The classes, for a model that learns from labels; throws `data` where there are none.
    func labelled(_ model: String) throws -> Int {
        guard classes > 1 else {
            throw StrataError(
                .data, "\(model) learns from labels, and this data has \(classes == 0 ? "none" : "a single class")")
        }
        return classes
    }

    /// The targets, for a model that learns them; throws `data` where there are none.
    func aimed(_ model: String) throws -> Int {
        guard targets > 0 else {
            throw StrataError(
                .data, "\(model) learns from targets, and this data has none; an .npz file may hold them as 'targets'")
        }
        return targets
    }
}
