import StrataBackend
import StrataData
public import StrataTraining

/// An estimator of scikit-learn's that a model of the zoo is the same function as, by the names of its fitted attributes.
///
/// ```python
/// numpy.savez("pca.npz", **{k: v for k, v in vars(pca).items() if v is not None})     # strata train pca --from pca.npz --steps 0
/// for name, value in numpy.load("pca.npz").items(): setattr(pca, name, value)         # strata export runs/pca --to sklearn
/// ```
public struct ScikitLearn: Sendable {
    /// The name of the class.
    public let estimator: String
    /// The model of the zoo.
    public let model: String
    /// The attributes by which files of it are told from those of others.
    let marks: [String]
    /// The model's variables, and its settings as a user would type them.
    let read: @Sendable (Attributes) throws -> Model
    /// The attributes of a model with such settings; its variables are looked up by their names.
    let write: @Sendable (Attributes, _ settings: [String: String]) throws -> Fitted

    /// A model as it is read.
    public struct Model: Sendable {
        /// The model's variables.
        public var weights: Checkpoint
        /// The settings that they are those of.
        public var settings: [String: String]
        /// What a user should know, a line each.
        public var notes: [String] = []
    }

    /// An estimator as it is written.
    struct Fitted {
        var arrays: [(name: String, array: StoredArray)]
        var words: [(name: String, word: String)] = []
        var notes: [String] = []
    }

    /// All that are known.
    public static let all: [ScikitLearn] = [.pca, .gaussianMixture, .bernoulliRBM]

    /// The estimator that the arrays of a file are of; `nil` for none that is known.
    public static func find(in weights: Checkpoint) -> ScikitLearn? {
        all.first { $0.marks.allSatisfy { weights.variables[$0] != nil } }
    }

    /// Reads the attributes that a file holds. Throws `checkpoint` for some that are missing or do not fit each other.
    public func model(of weights: Checkpoint) throws -> Model {
        try read(Attributes(owner: "scikit-learn's \(estimator)", weights: weights))
    }
}

/// Arrays by name, with the errors of those that are missing.
struct Attributes {
    /// Whose they are, for messages.
    let owner: String
    let weights: Checkpoint

    func error(_ why: String) -> StrataError { StrataError(.checkpoint, "\(owner): \(why)") }

    /// A table whose last extents are those given, `nil` standing for any.
    func table(_ name: String, _ extents: [Int?]) throws -> (values: [Double], shape: [Int]) {
        guard let found = try self.optional(name) else { throw error("has no '\(name)'") }
        let shape = found.shape
        guard shape.count == extents.count, zip(shape, extents).allSatisfy({ $1 == nil || $0 == $1 }),
            shape.allSatisfy({ $0 > 0 })
        else {
            let expected = extents.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
            throw error("'\(name)' is of shape \(Shape(shape)), expected [\(expected)]")
        }
        return found
    }

    /// A table of any shape, or `nil` where there is none. Throws where it holds what is not finite.
    func optional(_ name: String) throws -> (values: [Double], shape: [Int])? {
        guard let array = weights.variables[name] else { return nil }
        let values = array.floats.map(Double.init)
        guard values.allSatisfy(\.isFinite) else { throw error("'\(name)' has values that are not finite") }
        return (values, array.shape.extents)
    }
}

extension StoredArray {
    /// Numbers as float32.
    init(_ values: [Double], _ shape: [Int]) throws { try self.init(values.map(Float.init), shape: Shape(shape)) }
}

extension Run {
    /// Writes the model as the attributes of scikit-learn's estimator that is the same function, into an `.npz` archive.
    /// Returns what a user should know, a line each.
    ///
    /// Throws `unsupported` for a model that is none of scikit-learn's, `file` with the system's reason.
    public func writeScikitLearn(to path: String, weights: Weights = .last) throws -> [String] {
        guard let known = ScikitLearn.all.first(where: { $0.model == configuration.model }) else {
            let models = ScikitLearn.all.map { "\($0.model) (\($0.estimator))" }.joined(separator: ", ")
            throw StrataError(
                .unsupported, "\(configuration.model) is no estimator of scikit-learn's; those that are: \(models)")
        }
        let attributes = Attributes(owner: checkpointPath, weights: try self.weights(weights))
        var fitted = try known.write(attributes, configuration.settings)
        fitted.arrays.append(("n_features_in_", try StoredArray([Int32(configuration.features)], shape: [])))
        try AtomicFile.write(path, NPZ.encode(fitted.arrays, words: fitted.words))
        if let scale = configuration.facts?.scale, scale != 1 {
            fitted.notes.append("it takes examples as the model sees them: the stored values times \(scale)")
        }
        return fitted.notes
    }
}
