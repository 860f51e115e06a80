package import StrataBackend
package import StrataGraph

/// An array of a graph under import: known now, or symbolic.
///
/// Shapes, axes and bounds are numbers that a graph is built of, so whatever they are computed from must be known: an
/// operand keeps its elements for as long as they are (`host`), and otherwise the names of the inputs that they depend on.
package struct Operand: Sendable {
    package let type: ElementType
    /// The elements, where they are known.
    package let host: ONNXTensor?
    /// Float32 for floats and truth values (0 and 1), int32 for whole numbers.
    private let symbol: Tensor?
    /// The inputs of the graph that the elements depend on.
    var dependence: Set<String> = []
    /// The name of the parameter that it is; `nil` for what is none.
    var parameter: String?

    /// A known array.
    init(_ host: ONNXTensor) {
        type = host.type
        self.host = host
        symbol = nil
    }

    /// A symbolic array, of the element type that stands for `type` in a graph; `host` where its elements are known too, as
    /// a parameter's.
    init(_ symbol: Tensor, _ type: ElementType, host: ONNXTensor? = nil, dependence: Set<String> = []) {
        self.type = type
        self.host = host
        self.symbol = symbol
        self.dependence = dependence
    }

    package var shape: Shape { host?.shape ?? symbol?.shape ?? [] }
    var rank: Int { shape.rank }

    /// Whether gradients may want it: a parameter, or what depends on one. Of others that are known no graph is made.
    var isFoldable: Bool { host != nil && symbol == nil }

    /// The mistake that a symbolic array stands for.
    var mistake: String? {
        if let symbol, case .invalid(let message) = symbol.op { message } else { nil }
    }

    /// The array in a graph: float32, or int32 for whole numbers. Throws `unsupported` where the elements are known and
    /// none of these holds them.
    package func tensor() throws -> Tensor {
        if let symbol { return symbol }
        guard let host else { throw StrataError(.data, "an array without elements") }
        switch host.elements {
        case .floats(let values):
            if let first = values.first, values.count > 1, values.allSatisfy({ $0.bitPattern == first.bitPattern }) {
                return .constant(first, host.shape)
            }
            return .literal(values, host.shape)
        case .integers(let values) where type == .bool: return .literal(values.map(Float.init), host.shape)
        case .integers(let values):
            return .literal(
                try values.map { value in
                    guard let narrow = Int32(exactly: value) else {
                        throw StrataError(.unsupported, "whole number \(value) is beyond 32 bits")
                    }
                    return narrow
                }, host.shape)
        case .strings: throw StrataError(.unsupported, "text has no place in a graph")
        }
    }

    /// The array as float32, which arithmetic takes. Throws `unsupported` for a whole number that it does not hold exactly.
    func number() throws -> Tensor {
        guard let host, case .integers(let values) = host.elements else { return try tensor().cast(to: .float32) }
        return .literal(
            try values.map { value in
                guard let number = Float(exactly: value) else {
                    throw StrataError(
                        .unsupported,
                        "\(value) is computed with, and single precision has whole numbers up to 16,777,216 (2²⁴) only")
                }
                return number
            }, host.shape)
    }
}

/// What a name of a model's graph stands for.
package indirect enum Value: Sendable {
    case array(Operand)
    case sequence([Value])
    /// An argument left out, or an optional value that is not there.
    case none

    init(_ host: ONNXTensor) { self = .array(Operand(host)) }

    /// What arithmetic made: whole numbers are rounded towards zero from it.
    init(_ number: Tensor, _ type: ElementType) {
        self = .array(Operand(type.isInteger ? number.cast(to: .int32) : number, type))
    }

    /// Whether it is an array of whole numbers that are not known.
    var isUnknownInteger: Bool {
        if case .array(let operand) = self { operand.type.isInteger && operand.host == nil } else { false }
    }

    var isNone: Bool { if case .none = self { true } else { false } }

    /// The inputs of the graph that any of its elements depends on.
    var dependence: Set<String> {
        switch self {
        case .array(let operand): operand.dependence
        case .sequence(let parts): parts.reduce(into: []) { $0.formUnion($1.dependence) }
        case .none: []
        }
    }

    /// The value as one that depends on more inputs; what is known depends on none.
    func depending(on inputs: Set<String>) -> Value {
        switch self {
        case .array(var operand):
            if operand.host == nil { operand.dependence.formUnion(inputs) }
            return .array(operand)
        case .sequence(let parts): return .sequence(parts.map { $0.depending(on: inputs) })
        case .none: return .none
        }
    }

    /// The first mistake among its arrays.
    var mistake: String? {
        switch self {
        case .array(let operand): operand.mistake
        case .sequence(let parts): parts.lazy.compactMap(\.mistake).first
        case .none: nil
        }
    }
}

/// Elements were needed to build a graph, but depend on what is only given when it runs.
package struct UnknownAtImport: Error {
    /// The inputs of the graph that must be known.
    package var inputs: Set<String>
    /// What needed them.
    package var place: String
}
