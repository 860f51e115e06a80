import StrataBackend

/// The sum of what the uses of a tensor send back to it, as one array where the terms are that in disguise.
///
/// What a recurrence shares between its steps is used once a step. Added up one by one, the steps of a sequence would
/// each send back a whole sequence of zeros around their own element, O(T²) numbers for T steps, and a weight would be
/// written anew at each step. Put together, the elements make the sequence itself, and the steps of a weight are one more
/// axis that one product sums over.
func sum(_ terms: [Tensor]) -> Tensor {
    guard terms.count > 1 else { return terms[0] }
    var rest = terms
    let parts = takeParts(&rest).map { [$0] } ?? []
    let sums = takeSums(&rest)
    let all = rest + parts + sums
    return all.dropFirst().reduce(all[0]) { $0 + $1 }
}

/// Takes out the terms that are 0 but for a range of one axis, if no two overlap, and puts them one after another.
private func takeParts(_ terms: inout [Tensor]) -> Tensor? {
    struct Part {
        var tensor: Tensor
        var start: Int
        var end: Int
    }
    var axis: Int?
    var parts: [Part] = []
    var rest: [Tensor] = []
    for term in terms {
        guard case .pad(let low, let high, let interior) = term.node.op, interior.allSatisfy({ $0 == 0 }),
            case let padded = low.indices.filter({ low[$0] != 0 || high[$0] != 0 }), padded.count == 1,
            axis == nil || axis == padded[0], low[padded[0]] >= 0, high[padded[0]] >= 0
        else {
            rest.append(term)
            continue
        }
        axis = padded[0]
        let extent = term.shape[padded[0]]
        parts.append(
            Part(
                tensor: Tensor(node: term.node.inputs[0]), start: low[padded[0]], end: extent - high[padded[0]]))
    }
    guard let axis, parts.count > 1 else { return nil }
    parts.sort { $0.start < $1.start }
    guard zip(parts, parts.dropFirst()).allSatisfy({ $0.end <= $1.start }) else { return nil }

    let shape = terms[0].shape
    func zeros(_ count: Int) -> [Tensor] {
        guard count > 0 else { return [] }
        var extents = shape.extents
        extents[axis] = count
        return [.constant(0, Shape(extents))]
    }
    var pieces: [Tensor] = []
    var position = 0
    for part in parts {
        pieces += zeros(part.start - position) + [part.tensor]
        position = part.end
    }
    terms = rest
    return .concatenate(pieces + zeros(shape[axis] - position), axis: axis)
}

/// Takes out the terms that are sums alike, of products or of elements, where there are so many that it pays, and sums
/// over the terms with the same kernel.
private func takeSums(_ terms: inout [Tensor]) -> [Tensor] {
    /// A sum, apart from what it is of.
    struct Form: Hashable {
        var op: Op
        var permutation: [Int]?
        var inputs: [TensorType]
    }
    func form(_ term: Tensor) -> (Form, [Node])? {
        var (node, permutation) = (term.node, [Int]?.none)
        if case .transpose(let order) = node.op { (node, permutation) = (node.inputs[0], order) }
        switch node.op {
        case .dot, .reduce(.sum, _):
            return (Form(op: node.op, permutation: permutation, inputs: node.inputs.map(\.type)), node.inputs)
        default: return nil
        }
    }
    let fewest = 4
    let forms = terms.map(form)
    var places: [Form: [Int]] = [:]
    for (place, form) in forms.enumerated() { if let form { places[form.0, default: []].append(place) } }
    let groups = places.values.filter { $0.count >= fewest }.sorted { $0[0] < $1[0] }
    guard !groups.isEmpty else { return [] }

    let taken = Set(groups.joined())
    defer { terms = terms.indices.filter { !taken.contains($0) }.map { terms[$0] } }
    return groups.compactMap { group in
        guard let form = forms[group[0]]?.0 else { return nil }
        // In the order in which the terms were used, which is that of a sequence: the last use was visited first.
        let uses = group.reversed().compactMap { forms[$0]?.1 }
        let stacked = form.inputs.indices.map { input in
            Tensor.concatenate(
                uses.map { Tensor(node: $0[input]).reshape(Shape([1] + form.inputs[input].shape.extents)) }, axis: 0)
        }
        func later(_ axes: [Int]) -> [Int] { axes.map { $0 + 1 } }
        let total: Tensor
        switch form.op {
        case .dot(let axes):
            total = stacked[0].dot(
                stacked[1],
                DotAxes(
                    leftBatch: later(axes.leftBatch), rightBatch: later(axes.rightBatch),
                    leftContract: [0] + later(axes.leftContract), rightContract: [0] + later(axes.rightContract)))
        case .reduce(_, let axes): total = stacked[0].sum([0] + later(axes))
        default: return nil
        }
        return form.permutation.map { total.transpose($0) } ?? total
    }
}
