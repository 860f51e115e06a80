import StrataBackend

extension Graph: CustomStringConvertible {
    /// One node a line: `%3 = dot(%0, %2) [1]·[0] : float32 [128, 400]`.
    public var description: String {
        var lines = nodes.enumerated().map { number, node in "%\(number) = \(call(node)) : \(node.type)" }
        lines += outputs.map { "output \($0.name) = %\($0.node)" }
        lines += updates.map { "update \($0.name) = %\($0.node)" }
        return lines.joined(separator: "\n")
    }

    /// The graph in the DOT language: `strata graph vae --dot | dot -Tsvg`.
    public var dot: String {
        var lines = ["digraph {", "  rankdir=TB; node [shape=box, fontname=\"sans-serif\", fontsize=10];"]
        for (number, node) in nodes.enumerated() {
            let title = ([node.op.name + (node.op.detail.map { " \($0)" } ?? ""), "\(node.type)"])
                .joined(separator: "\\n").replacing("\"", with: "\\\"")
            let style =
                switch node.op {
                case .input: ", style=filled, fillcolor=lightblue"
                case .state: ", style=filled, fillcolor=lightyellow"
                case .dot, .convolve: ", style=filled, fillcolor=lightsalmon"
                default: ""
                }
            lines.append("  n\(number) [label=\"\(title)\"\(style)];")
            lines += node.inputs.map { "  n\($0) -> n\(number);" }
        }
        for result in outputs + updates {
            lines.append("  \"\(result.name)\" [shape=ellipse];")
            lines.append("  n\(result.node) -> \"\(result.name)\";")
        }
        return (lines + ["}"]).joined(separator: "\n")
    }

    private func call(_ node: Node) -> String {
        let inputs = node.inputs.isEmpty ? "" : "(" + node.inputs.map { "%\($0)" }.joined(separator: ", ") + ")"
        return node.op.name + inputs + (node.op.detail.map { " \($0)" } ?? "")
    }
}

extension Op {
    /// The attributes that the name leaves out.
    var detail: String? {
        switch self {
        case .input(let name, _): name
        case .state(let variable): variable.name
        case .constant(let value, _): "\(value)"
        case .iota(_, let axis), .concatenate(let axis): "axis \(axis)"
        case .random(_, let stream, _): "stream \(stream)"
        case .broadcast(_, let axes), .reduce(_, let axes), .reverse(let axes): "\(axes)"
        case .transpose(let permutation): "\(permutation)"
        case .slice(let starts, let limits, let strides): "\(starts)..<\(limits) by \(strides)"
        case .windows(let size, let strides, let dilations): "\(size) by \(strides) dilation \(dilations)"
        case .pad(let low, let high, let interior): "\(low) \(high) interior \(interior)"
        case .dot(let axes):
            (axes.leftBatch.isEmpty ? "" : "batch \(axes.leftBatch)·\(axes.rightBatch) ")
                + "\(axes.leftContract)·\(axes.rightContract)"
        case .convolve(let window):
            "stride \(window.stride) padding \(window.paddingLow) \(window.paddingHigh)"
                + " dilation \(window.inputDilation) \(window.filterDilation) groups \(window.groups)"
        default: nil
        }
    }
}
