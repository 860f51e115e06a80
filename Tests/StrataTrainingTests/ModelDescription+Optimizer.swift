import StrataModels
import StrataNN

extension ModelDescription {
    /// The optimizer that suits the model, at some rate and with some settings of its own; any where it has none.
    func suitedOptimizer(_ rate: Double = 1, _ settings: [String: String] = [:]) throws -> Optimizer {
        guard var choice = optimizer else { return .sgd() }
        choice.learningRate = rate
        choice.settings.merge(settings) { $1 }
        return try choice.optimizer()
    }
}
