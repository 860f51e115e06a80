package import StrataBackend
import StrataCompiler
package import StrataGraph
import StrataReference

/// A model's graph, built of tensors for inputs of given shapes.
package struct ONNXImport {
    /// Values that a run must be given, in the model's order; those that were fixed are not among them.
    package private(set) var inputs: [(name: String, tensor: Tensor, type: ElementType)] = []
    /// The model's outputs, in its order.
    package private(set) var outputs: [(name: String, value: Value)] = []

    /// What the import of a model is told.
    package struct Options {
        /// The shapes of inputs, by name; those that are not named have the shapes that the model says.
        package var shapes: [String: Shape] = [:]
        /// Inputs whose elements are known already, and built into the graph.
        package var fixed: [String: ONNXExample] = [:]
        /// How many arrays a sequence among the inputs has, by name, with their shapes.
        package var examples: [String: ONNXExample] = [:]
        /// Whether arrays of floats become variables, which training may change, rather than constants.
        package var hasParameters = true
        /// What stands for inputs and arrays of floats, by name, in place of inputs and variables of the import's own.
        var given: [String: Given] = [:]

        package init() {}
    }

    /// A tensor of the caller's.
    struct Given {
        var tensor: Tensor
        /// Whether its elements are only there when the graph runs, as an example's are and a weight's.
        var isInput: Bool
    }

    /// The arrays of floats whose elements the graph is built of, such as scales of a resize: training may not change them.
    private(set) var constants: Set<String> = []
    /// What a user should know of how it computes, a line each.
    package private(set) var notes: [String] = []

    /// Builds the outputs of `model` for inputs of known shapes. Throws `UnknownAtImport` where a shape depends on the
    /// elements of an input, `unsupported` for what has no tensors to be built of, `data` for a model that contradicts
    /// itself.
    package init(_ model: ONNXModel, _ options: Options = Options()) throws {
        let builder = try GraphBuilder(model)
        let scope = Scope(parent: nil)
        for (name, tensor) in model.graph.initializers {
            scope[name] = options.hasParameters ? Self.parameter(name, tensor) : Value(tensor)
        }
        for input in model.graph.inputs {
            guard let given = options.given[input.name], case .tensor(let type, _) = input.type else { continue }
            var operand = Operand(given.tensor, type)
            if given.isInput { operand.dependence = [input.name] } else { operand.parameter = input.name }
            scope[input.name] = .array(operand)
        }
        for input in model.graph.inputs where options.fixed[input.name] != nil || scope[input.name] == nil {
            if let example = options.fixed[input.name] {
                scope[input.name] = example.value
            } else {
                scope[input.name] = try place(input.name, input.type, options, options.examples[input.name])
            }
        }
        try builder.run(model.graph.nodes, in: scope)
        outputs = try model.graph.outputs.map { output in
            guard let value = scope[output.name] else {
                throw StrataError(.data, "no node gives the output '\(output.name)'")
            }
            return (output.name, value)
        }
        constants = builder.constants
        notes = builder.notes + model.notes
    }

    private mutating func place(
        _ name: String, _ type: ONNXValueType, _ options: Options, _ example: ONNXExample?
    ) throws -> Value {
        switch (type, example) {
        case (_, .sequence(let parts)?):
            return .sequence(
                try parts.enumerated().map { number, part in
                    try place("\(name).\(number)", type.element, options, part)
                })
        case (_, ONNXExample.none?): return .none
        case (.optional(let wrapped), _): return try place(name, wrapped, options, example)
        case (_, .tensor(let tensor)?) where tensor.type.carrier != .none:
            return input(name, tensor.type, tensor.shape)
        case (.tensor(let element, let dimensions), _):
            guard element.carrier != .none else {
                throw StrataError(.unsupported, "input '\(name)' is \(element), which no graph here holds")
            }
            if let shape = options.shapes[name] { return input(name, element, shape) }
            let extents = dimensions?.map { if case .extent(let extent) = $0 { extent } else { -1 } }
            guard let extents, extents.allSatisfy({ $0 >= 0 }) else {
                throw StrataError(.shape, "input '\(name)': the model leaves its shape open; say which it has")
            }
            return input(name, element, Shape(extents))
        default: throw StrataError(.unsupported, "input '\(name)' is neither an array nor a sequence of arrays")
        }
    }

    private mutating func input(_ name: String, _ type: ElementType, _ shape: Shape) -> Value {
        let tensor = Tensor.input(name, shape, dtype: type.isInteger ? .int32 : .float32)
        inputs.append((name, tensor, type))
        return .array(Operand(tensor, type, dependence: [name]))
    }

    /// Floats as a variable that begins with them, other arrays as they are.
    private static func parameter(_ name: String, _ tensor: ONNXTensor) -> Value {
        guard tensor.type.isFloat, tensor.count > 0, let literal = try? Literal(tensor.floats, tensor.shape) else {
            return Value(tensor)
        }
        let variable = StateVariable(name, tensor.shape, initializer: .values(literal))
        var operand = Operand(variable.tensor, tensor.type, host: tensor)
        operand.parameter = name
        return .array(operand)
    }
}

extension ONNXValueType {
    /// The type of a sequence's elements.
    var element: ONNXValueType {
        switch self {
        case .sequence(let element): element
        case .optional(let wrapped): wrapped.element
        default: .unknown
        }
    }
}

extension ONNXExample {
    /// The example as a value that is known.
    var value: Value {
        switch self {
        case .tensor(let tensor): Value(tensor)
        case .sequence(let parts): .sequence(parts.map(\.value))
        case .none: .none
        }
    }
}

/// The names that nodes may use: those of a graph, and of the graphs around it.
final class Scope {
    private var values: [String: Value] = [:]
    private let parent: Scope?

    init(parent: Scope?) { self.parent = parent }

    subscript(name: String) -> Value? {
        get {
            var scope: Scope? = self
            while let current = scope {
                if let value = current.values[name] { return value }
                scope = current.parent
            }
            return nil
        }
        set { values[name] = newValue }
    }
}
