import StrataBackend

/// A replacement of state variables, carried out through everything that was computed from them.
///
/// A model writes its networks once, over the values that its variables have at the start of a step. Other values are put
/// in afterwards: those after an update, an average over many steps, another model's weights.
///
/// ```
/// // The loss of a generator that faces the discriminator as the step before has left it.
/// let faced = loss.substituting(["discriminator.0.weight": updated.stopGradient()])
/// ```
///
/// What lies above no replaced variable stays the very same tensor. Each node is rebuilt once, also over several calls, and
/// with the place where it was made. The new values are taken as they are: variables within them are not replaced.
public struct Substitution {
    private let replacement: (StateVariable) -> Tensor?
    /// The rebuilt node of each that was seen, with the original, which must live as long as its identity counts.
    private var rebuilt: [ObjectIdentifier: (original: Node, result: Node)] = [:]

    /// - Parameter replacement: The new value of a variable, of the same type, or `nil` where it stays.
    public init(_ replacement: @escaping (StateVariable) -> Tensor?) { self.replacement = replacement }

    /// The tensor with the variables below it replaced: of the shape and element type that it had, or an invalid one
    /// where a new value has another type than its variable.
    public mutating func callAsFunction(_ tensor: Tensor) -> Tensor {
        // A stack of its own: a graph may be deeper than the thread's.
        var stack = [(node: tensor.node, next: 0)]
        while let (node, next) = stack.last {
            if rebuilt[ObjectIdentifier(node)] != nil {
                stack.removeLast()
            } else if next < node.inputs.count {
                stack[stack.count - 1].next += 1
                stack.append((node.inputs[next], 0))
            } else {
                rebuilt[ObjectIdentifier(node)] = (node, replaced(node))
                stack.removeLast()
            }
        }
        return Tensor(node: rebuilt[ObjectIdentifier(tensor.node)]?.result ?? tensor.node)
    }

    /// A node whose inputs have been rebuilt.
    private func replaced(_ node: Node) -> Node {
        if case .state(let variable) = node.op {
            guard let value = replacement(variable) else { return node }
            guard value.type == variable.type || value.node.isInvalid else {
                return Tensor.invalid("substituting \(variable.name): \(value.type) for \(variable.type)").node
            }
            return value.node
        }
        let inputs = node.inputs.map { rebuilt[ObjectIdentifier($0)]?.result ?? $0 }
        if zip(inputs, node.inputs).allSatisfy({ $0 === $1 }) { return node }
        return Tensor(op: node.op, inputs.map(Tensor.init(node:)), location: node.location).node
    }
}

extension Tensor {
    /// The tensor with the named variables replaced by other values of the same types.
    public func substituting(_ values: [String: Tensor]) -> Tensor {
        var substitution = Substitution { values[$0.name] }
        return substitution(self)
    }

    /// The tensor over variables of other names: `encoder.0.weight` becomes `teacher.encoder.0.weight`.
    public func scoped(_ scope: String) -> Tensor {
        var substitution = Substitution { $0.scoped(scope).tensor }
        return substitution(self)
    }
}

extension StateVariable {
    /// The variable under a name that begins with a scope: `teacher.encoder.0.weight`.
    public func scoped(_ scope: String) -> StateVariable {
        var variable = self
        variable.name = "\(scope).\(name)"
        return variable
    }
}
