import StrataBackend
import StrataGraph
public import StrataModels

extension TrainedNetwork {
    /// A model as a part of another one, with the weights of a checkpoint.
    ///
    /// Throws `unsupported` for a model without layers, `checkpoint` for weights of another model.
    ///
    /// - Parameters:
    ///   - model: The model without its weights.
    ///   - features: The numbers in an example.
    ///   - scope: The first part of its variables' names in the other model.
    ///   - checkpoint: The weights; `nil` for random ones, which a checkpoint of the whole replaces.
    public init(_ model: any Model, features: Int, scope: String, weights checkpoint: Checkpoint?) throws {
        guard let model = model as? any LayeredModel else {
            throw StrataError(.unsupported, "\(scope): the model has no layers of features; take a classifier")
        }
        guard let checkpoint else {
            self.init(model, features: features, scope: scope)
            return
        }
        try self.init(model, features: features, scope: scope) { variable in
            guard let stored = checkpoint.variables[variable.name] else {
                throw StrataError(.checkpoint, "\(scope): the checkpoint has no \(variable.name)")
            }
            return .values(try Literal(stored.floats, stored.shape))
        }
    }
}
