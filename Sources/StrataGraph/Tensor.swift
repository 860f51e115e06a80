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
    public init(op: Op, _ inputs: [Tensor], location: SourceLocation) {
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

    public var op: Op { node.op }
    public var type: TensorType { node.type }
    public var shape: Shape { node.type.shape }
    public var dtype: DType { node.type.dtype }
    public var rank: Int { shape.rank }

    /// A tensor that stands for a mistake: `Tensor.invalid("dense: input has 100 features, weights want 784")`.
    public static func invalid(
        _ message: String, file: String = #fileID, line: Int = #line
    ) -> Tensor {
        Tensor(invalid: message, SourceLocation(file: file, line: line))
    }

    private init(invalid message: String, _ location: SourceLocation) {
        node = Node(op: .invalid(message), inputs: [], type: TensorType([]), location: location)
    }
}

/// Where in the user's source a tensor was made.
public struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
    public var file: String
    public var line: Int

    public init(file: String, line: Int) {
        self.file = file
        self.line = line
    }

    public static let none = SourceLocation(file: "", line: 0)
    public var isKnown: Bool { line > 0 }

    /// `VAE.swift:42`
    public var description: String { "\(file.split(separator: "/").last.map(String.init) ?? file):\(line)" }
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
        case named(String)
    }

    var identity: Identity { op.externalName.map(Identity.named) ?? .object(ObjectIdentifier(self)) }
}
