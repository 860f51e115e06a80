import StrataBackend
import StrataGraph

/// Where the elements of a node are found without computing anything.
struct View: Hashable {
    enum Source: Hashable {
        /// The buffer of a node that is computed or given.
        case buffer(Int)
        case constant(Float)
        /// The number of the element itself.
        case iota
    }

    var source: Source
    /// Strides along the node's own axes.
    var access: Access

    /// The node whose buffer is read, if any is.
    var base: Int? { if case .buffer(let node) = source { node } else { nil } }

    /// Whether the elements lie one after the other in row-major order.
    func isDense(_ shape: Shape) -> Bool {
        zip(zip(access.strides, shape.strides), shape).allSatisfy { $0.0 == $0.1 || $1 == 1 }
            || shape.elementCount == 0
    }
}

extension Op {
    /// Whether the op is only another way to look at its input's elements.
    var isView: Bool {
        switch self {
        case .broadcast, .reshape, .transpose, .slice, .reverse, .windows, .stopGradient: true
        default: false
        }
    }

    /// Whether each element follows from the elements at the same index of the inputs, or from a lookup.
    var isElementwise: Bool {
        switch self {
        case .unary, .binary, .select, .cast, .random, .gather: true
        default: false
        }
    }

    /// Whether a kernel computes the node.
    var isComputed: Bool {
        switch self {
        case .input, .state, .constant, .literal, .iota: false
        default: !isView
        }
    }

    /// The view of a node's input through the op, or `nil` where strides cannot express it: a reshape that cuts
    /// across strides.
    func view(of input: View, _ from: Shape, as shape: Shape) -> View? {
        var view = input
        let (offset, strides) = (input.access.offset, input.access.strides)
        switch self {
        case .broadcast(_, let axes):
            view.access.strides = shape.indices.map { axis in
                axes.firstIndex(of: axis).map { from[$0] == shape[axis] ? strides[$0] : 0 } ?? 0
            }
        case .transpose(let permutation):
            view.access.strides = permutation.map { strides[$0] }
        case .slice(let starts, _, let steps):
            view.access.offset = offset + zip(starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
            view.access.strides = from.indices.map { stepped(strides[$0], by: steps[$0], over: from[$0]) }
        case .reverse(let axes):
            for axis in axes {
                view.access.offset += max(from[axis] - 1, 0) * strides[axis]
                view.access.strides[axis] = -strides[axis]
            }
        case .windows(let size, let steps, let dilations):
            let lead = from.rank - size.count
            view.access.strides =
                strides.prefix(lead)
                + size.indices.map { stepped(strides[lead + $0], by: dilations[$0], over: from[lead + $0]) }
                + size.indices.map { stepped(strides[lead + $0], by: steps[$0], over: from[lead + $0]) }
        case .reshape:
            if case .constant = input.source {
                view.access.strides = shape.strides
            } else {
                guard let reshaped = reshapedStrides(strides, from, as: shape) else { return nil }
                view.access.strides = reshaped
            }
        case .stopGradient: break
        default: return nil
        }
        return view
    }
}

extension Op {
    /// Where the input's elements lie if those of the result lie at `access`; `nil` unless the op shows each of them once, at
    /// places that strides can express.
    func pulledBack(_ access: Access, _ shape: Shape, onto from: Shape) -> Access? {
        switch self {
        case .transpose(let permutation):
            var strides = access.strides
            for (position, axis) in permutation.enumerated() { strides[axis] = access.strides[position] }
            return Access(offset: access.offset, strides: strides)
        case .reshape:
            return reshapedStrides(access.strides, shape, as: from).map { Access(offset: access.offset, strides: $0) }
        case .stopGradient: return access
        default: return nil
        }
    }
}

/// The stride of every `step`-th element along an axis. A step over the whole axis is never taken, and might overflow.
private func stepped(_ stride: Int, by step: Int, over extent: Int) -> Int {
    step > max(extent, 1) ? stride : stride * step
}

/// The strides of a reshaped array: runs of axes with equal products are matched from the front, and each run must
/// be evenly strided within.
private func reshapedStrides(_ strides: [Int], _ from: Shape, as shape: Shape) -> [Int]? {
    if shape.elementCount == 0 { return shape.strides }
    var result = [Int](repeating: 0, count: shape.rank)
    var (i, j) = (0, 0)
    while i < from.rank || j < shape.rank {
        let (firstOld, firstNew) = (i, j)
        var (old, new) = (1, 1)
        if i < from.rank { old = from[i]; i += 1 }
        if j < shape.rank { new = shape[j]; j += 1 }
        while old != new {
            if old < new { old *= from[i]; i += 1 } else { new *= shape[j]; j += 1 }
        }
        guard let step = mergedStride(Array(strides[firstOld..<i]), Array(from[firstOld..<i])) else { return nil }
        var stride = step
        for axis in (firstNew..<j).reversed() {
            result[axis] = shape[axis] == 1 ? 0 : stride
            stride *= shape[axis]
        }
    }
    return result
}

/// For each axis of `shape` the neighbouring axes of `from` that a reshape merges into it; `nil` if it also splits some.
func mergedRuns(_ from: Shape, _ shape: Shape) -> [[Int]]? {
    guard from.elementCount > 0, shape.rank > 0, shape.rank < from.rank else { return nil }
    var runs: [[Int]] = []
    var next = 0
    for extent in shape {
        var (run, product) = ([Int](), 1)
        while product < extent || run.isEmpty, next < from.rank {
            product *= from[next]
            run.append(next)
            next += 1
        }
        guard product == extent else { return nil }
        runs.append(run)
    }
    while next < from.rank, from[next] == 1 {
        runs[runs.count - 1].append(next)
        next += 1
    }
    return next == from.rank ? runs : nil
}

extension Graph {
    /// The view of every node; computed and given nodes are their own dense buffers.
    func views() throws -> [View] {
        var views: [View] = []
        for (number, node) in nodes.enumerated() {
            let shape = node.type.shape
            switch node.op {
            case .constant(let value, _):
                views.append(View(source: .constant(value), access: Access(strides: shape.strides)))
            case .iota(_, let axis):
                views.append(
                    View(source: .iota, access: Access(strides: shape.indices.map { $0 == axis ? 1 : 0 })))
            case let op where op.isView:
                let input = node.inputs[0]
                guard let view = op.view(of: views[input], nodes[input].type.shape, as: shape) else {
                    throw StrataError(.shape, "compiler: %\(number) \(op.name) cannot be a view; materialize first")
                }
                views.append(view)
            default:
                views.append(View(source: .buffer(number), access: Access(strides: shape.strides)))
            }
        }
        return views
    }
}
