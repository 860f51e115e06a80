public import StrataBackend

/// A symbolic array: the result of an op on other tensors. Nothing is computed until a graph of them is compiled.
///
/// Building never traps and never throws. A mistake, such as shapes that do not fit, is recorded with the caller's
/// file and line and thrown when the graph is traced.
///
/// ```
/// let x = Tensor.input("x", [128, 784])
/// let h = (x.dot(weight) + bias).relu()
/// ```
public struct Tensor: Sendable {
    let node: Node

    /// Makes a node, or an `invalid` one where the op's shape rule refuses its inputs.
    package init(op: Op, _ inputs: [Tensor], location: SourceLocation) {
        if let broken = inputs.first(where: { $0.node.isInvalid }) {
            self = broken
            return
        }
        // An operator has no place to record its caller; the input nearest to it is the best hint.
        let place = location.isKnown ? location : inputs.lazy.map(\.node.location).last { $0.isKnown } ?? .none
        do throws(ShapeMismatch) {
            let type = try op.resultType(inputs.map(\.type))
            node = Node(op: op, inputs: inputs.map(\.node), type: type, location: place)
        } catch {
            node = Node(
                op: .invalid("\(op.name): \(error.message)"), inputs: [], type: TensorType([]), location: place)
        }
    }

    package var op: Op { node.op }
    /// The shape and element type; a scalar's where the tensor stands for a mistake.
    public var type: TensorType { node.type }
    /// The extents; `[]` for a scalar, and where the tensor stands for a mistake.
    public var shape: Shape { node.type.shape }
    /// The type of the elements: float32 for whatever arithmetic has made.
    public var dtype: DType { node.type.dtype }
    /// The number of axes; 0 for a scalar.
    public var rank: Int { shape.rank }
    /// The extent of an axis; 0 where there is no such axis, which whatever is built on it will tell.
    package func extent(_ axis: Int) -> Int { shape.indices.contains(axis) ? shape[axis] : 0 }

    /// A tensor that stands for a mistake, or for the one that an operand stands for already: who looks at shapes passes on
    /// what he looked at, as the shape of a mistake means nothing.
    ///
    /// ```
    /// guard x.rank == 2 else { return .invalid("dense: expected [batch, inputs], the input is \(x.shape)", of: x) }
    /// ```
    public static func invalid(
        _ message: String, of operands: Tensor..., file: String = #fileID, line: Int = #line
    ) -> Tensor {
        operands.first(where: \.isInvalid) ?? Tensor(invalid: message, SourceLocation(file: file, line: line))
    }

    /// Whether the tensor is the constant 0, so that nothing needs to be computed from it.
    package var isZero: Bool { if case .constant(0, _) = op { true } else { false } }

    /// Whether the tensor stands for a mistake.
    package var isInvalid: Bool { node.isInvalid }

    /// The tensor, as what a layer made of its inputs: a mistake made in between is reported with the layer's name, as
    /// `encoder.1: dot: …` where `1` is a layer of `encoder`, and with this place where it has none.
    public func named(
        _ layer: String, from inputs: Tensor..., file: String = #fileID, line: Int = #line
    ) -> Tensor {
        guard case .invalid(let message) = op, !inputs.contains(where: \.isInvalid) else { return self }
        var place = node.location.isKnown ? node.location : SourceLocation(file: file, line: line)
        place.scope = node.location.scope.isEmpty ? layer : "\(layer).\(node.location.scope)"
        return Tensor(invalid: message, place)
    }

    private init(invalid message: String, _ location: SourceLocation) {
        node = Node(op: .invalid(message), inputs: [], type: TensorType([]), location: location)
    }
}

/// Where in the user's source a tensor was made.
package struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
    package var file: String
    package var line: Int
    /// The layer that was being built, as `encoder.1`; empty where none has said so.
    package var scope: String

    package init(file: String, line: Int, scope: String = "") {
        self.file = file
        self.line = line
        self.scope = scope
    }

    package static let none = SourceLocation(file: "", line: 0)
    package var isKnown: Bool { line > 0 }

    /// A message with the layer before it and the place after it: `encoder.1: dot: … (VAE.swift:42)`.
    func placing(_ message: String) -> String {
        (scope.isEmpty ? "" : "\(scope): ") + message + (isKnown ? " (\(self))" : "")
    }

    /// `VAE.swift:42`
    package var description: String { "\(file.split(separator: "/").last.map(String.init) ?? file):\(line)" }
}

/// One immutable vertex of the graph under construction.
final class Node: Sendable {
    let op: Op
    /// Changed by `deinit` alone, when nobody else can see it.
    nonisolated(unsafe) private(set) var inputs: [Node]
    let type: TensorType
    let location: SourceLocation

    init(op: Op, inputs: [Node], type: TensorType, location: SourceLocation) {
        self.op = op
        self.inputs = inputs
        self.type = type
        self.location = location
    }

    /// Releases what only this node needs one node at a time: left to itself, each would release the next from within its
    /// own release, and a deep graph would overflow the thread's stack.
    deinit {
        var released = inputs
        inputs = []
        while var node = released.popLast() {
            guard isKnownUniquelyReferenced(&node) else { continue }
            released += node.inputs
            node.inputs = []
        }
    }

    var isInvalid: Bool {
        if case .invalid = op { true } else { false }
    }

    /// What makes two nodes the same: the object, but for inputs and variables their name.
    enum Identity: Hashable {
        case object(ObjectIdentifier)
        case external(Op.External)
    }

    var identity: Identity { op.external.map(Identity.external) ?? .object(ObjectIdentifier(self)) }
}
