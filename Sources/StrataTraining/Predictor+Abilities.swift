public import StrataData
public import StrataGraph
public import StrataModels
import StrataBackend
import StrataCompiler

extension Predictor {
    /// What an ability takes and gives, by name, with the type of a batch of one row; `nil` where the model lacks it.
    ///
    /// Throws `unsupported` where it is no single graph.
    ///
    /// - `spec`: The data that the model was trained on.
    public func signature(
        of ability: ModelAbility, for spec: DataSpec
    ) throws -> (inputs: [(name: String, type: TensorType)], outputs: [(name: String, type: TensorType)])? {
        guard let outputs = try ability.graph(of: model, for: spec, rows: 1, key: abilityKey) else { return nil }
        let graph = try Graph(outputs: outputs.map { ($0.name, $0.value) })
        return (
            graph.inputs.filter { $0.name != Session.keyName }, outputs.map { ($0.name, $0.value.type) }
        )
    }

    /// What an ability that does not draw makes of rows, batch by batch: the values of each output, whole numbers as floats.
    ///
    /// Throws `unsupported` where the model lacks it or it draws, `usage` for an input that is missing, `shape` for values
    /// that are not so many rows, and `data` for numbers that an input of whole numbers cannot hold.
    ///
    /// - Parameters:
    ///   - ability: One that does not draw.
    ///   - inputs: The values of each input, by its name.
    ///   - rows: The rows of each.
    ///   - spec: The data that the model was trained on.
    public func apply(
        _ ability: ModelAbility, to inputs: [String: [Float]], rows: Int, for spec: DataSpec
    ) throws -> [(name: String, values: [Float])] {
        guard !ability.draws else { throw unable("\(ability.name) row by row: it draws") }
        guard rows > 0 else { throw StrataError(parameter: "rows", rows, "expected at least one") }
        for (name, values) in inputs where values.count % rows != 0 {
            throw StrataError(.shape, "\(name): \(values.count) numbers are not \(rows) rows")
        }
        let columns = inputs.map { (name: $0.key, values: $0.value, width: $0.value.count / rows) }
        return try mapBatches(columns, count: rows, named: "ability \(ability.name)") { size in
            guard let outputs = try ability.graph(of: model, for: spec, rows: size, key: abilityKey) else {
                throw unable(ability.name)
            }
            let graph = try Graph(outputs: outputs.map { ($0.name, $0.value) })
            if let missing = graph.inputs.first(where: { inputs[$0.name] == nil }) {
                throw StrataError(parameter: missing.name, "nothing", "the ability \(ability.name) takes it")
            }
            return graph
        }
    }

    private var abilityKey: RandomKey { RandomKey(.input(Session.keyName, [2], dtype: .int32)).named("ability") }
}
