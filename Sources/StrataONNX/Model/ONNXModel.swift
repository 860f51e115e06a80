/// A model as its file says it: a graph of named operators, whose meaning the operator sets' versions fix.
///
/// The parts are plain values, whatever the file's encoding: reading (`init(path:)`) has bounded and checked them, and
/// what builds a graph for training or for a backend is `ONNXImport`.
public struct ONNXModel: Sendable {
    package var irVersion = 8
    /// The version of each operator set, by its domain; `""` is the standard's own.
    package var opsets: [String: Int]
    package var producer = ""
    package var graph: ONNXGraph
    /// Operators that the model defines itself.
    package var functions: [ONNXFunction.Key: ONNXFunction] = [:]
    package var metadata: [String: String] = [:]

    /// What of its element types is not as the model has it, a line each.
    var notes: [String] {
        let wide: [(type: ElementType, note: String)] = [
            (.float64, "float64 is computed in single precision, with 7 digits in place of 16"),
            (.float16, "float16 is computed in single precision, and results are not rounded to 16 bits"),
            (.bfloat16, "bfloat16 is computed in single precision, and results are not rounded to 16 bits"),
        ]
        let types = mentions.types
        return wide.filter { types.contains($0.type) }.map(\.note)
    }

    package init(opsets: [String: Int], graph: ONNXGraph) {
        self.opsets = opsets
        self.graph = graph
    }

    /// The versions of the standard's operator set whose operators are known.
    package static let knownOpsets = 6...27
}

/// Nodes in an order in which every value stands before its use.
package struct ONNXGraph: Sendable {
    package var name = ""
    package var nodes: [ONNXNode] = []
    package var initializers: [(name: String, tensor: ONNXTensor)] = []
    package var inputs: [ONNXValueInfo] = []
    package var outputs: [ONNXValueInfo] = []

    package init() {}
}

/// A value's name and type.
package struct ONNXValueInfo: Sendable {
    package var name: String
    package var type: ONNXValueType

    package init(_ name: String, _ type: ONNXValueType) {
        self.name = name
        self.type = type
    }
}

package indirect enum ONNXValueType: Sendable {
    /// An extent of an axis: known, or known by a name at most.
    package enum Dimension: Sendable, Hashable {
        case extent(Int)
        case named(String)
    }

    /// Without dimensions, an array of any rank.
    case tensor(ElementType, [Dimension]?)
    case sequence(ONNXValueType)
    case optional(ONNXValueType)
    case unknown
}

/// An operator applied to named values; an empty name is a value left out.
package struct ONNXNode: Sendable {
    package var op: String
    package var domain = ""
    package var name = ""
    package var inputs: [String]
    package var outputs: [String]
    package var attributes: [String: ONNXAttribute]

    package init(_ op: String, _ inputs: [String], _ outputs: [String], _ attributes: [String: ONNXAttribute] = [:]) {
        self.op = op
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
    }

    /// What messages call the node: `Conv 'features.0'`.
    var title: String {
        let label = name.isEmpty ? outputs.first ?? "" : name
        return label.isEmpty ? op : "\(op) '\(label)'"
    }
}

package indirect enum ONNXAttribute: Sendable {
    case float(Float)
    case integer(Int)
    case string(String)
    case tensor(ONNXTensor)
    case graph(ONNXGraph)
    case floats([Float])
    case integers([Int])
    case strings([String])
    case type(ONNXValueType)
    /// Within a function: the attribute of that name of the node that calls it.
    case reference(String)
    /// Of a kind that nothing here reads.
    case other(String)
}

/// An operator made of others.
package struct ONNXFunction: Sendable {
    package struct Key: Hashable, Sendable {
        package var domain: String
        package var name: String
    }

    package var inputs: [String]
    package var outputs: [String]
    package var nodes: [ONNXNode]
    package var opsets: [String: Int]
    package var defaults: [String: ONNXAttribute]
}
