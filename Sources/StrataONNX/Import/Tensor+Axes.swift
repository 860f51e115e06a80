import StrataBackend
import StrataGraph

extension Shape {
    /// Without one of its axes.
    func removing(_ axis: Int) -> Shape { Shape(Array(extents[..<axis]) + extents[(axis + 1)...]) }
    /// With another axis before one, or at the end.
    func inserting(_ extent: Int, at axis: Int) -> Shape {
        Shape(Array(extents[..<axis]) + [extent] + extents[axis...])
    }
    /// With an axis replaced by others.
    func replacing(_ axis: Int, by others: [Int]) -> Shape {
        Shape(Array(extents[..<axis]) + others + extents[(axis + 1)...])
    }
}

/// What operators of models need of tensors, beyond what tensors have: all by composition.
extension Tensor {
    /// The elements at some places of an axis, in this order.
    func taking(_ places: [Int], axis: Int) -> Tensor {
        if let first = places.first, first >= 0, places == Array(first..<first + places.count),
            first + places.count <= shape[axis]
        {
            return slice(first..<first + places.count, axis: axis)
        }
        if places.isEmpty { return slice(0..<0, axis: axis) }
        return gather(.literal(places.map(Int32.init), [places.count]), axis: axis)
    }

    /// More elements before and after each axis, all of one value; fewer where a count is negative.
    func padded(_ low: [Int], _ high: [Int], value: Tensor? = nil) -> Tensor {
        let (below, above) = (low.map { min($0, 0) }, high.map { min($0, 0) })
        var inner = self
        if (below + above).contains(where: { $0 < 0 }) {
            inner = slice(
                starts: below.map { -$0 }, limits: zip(shape, above).map { $0 + $1 })
        }
        let (more, after) = (low.map { max($0, 0) }, high.map { max($0, 0) })
        guard (more + after).contains(where: { $0 > 0 }) else { return inner }
        let padded = inner.pad(low: more, high: after)
        guard let value else { return padded }
        let isInner = Tensor.constant(1, inner.shape).pad(low: more, high: after)
        return isInner.select(padded.cast(to: .float32), value)
    }

    func unsqueezed(_ axis: Int) -> Tensor {
        guard (0...rank).contains(axis) else {
            return .invalid("there is no axis \(axis) to be new in \(shape)", of: self)
        }
        return reshape(shape.inserting(1, at: axis))
    }

    func squeezed(_ axis: Int) -> Tensor {
        guard shape.indices.contains(axis), shape[axis] == 1 else {
            return .invalid("axis \(axis) of \(shape) is not of extent 1", of: self)
        }
        return reshape(shape.removing(axis))
    }

    /// Repeated to a shape, axes aligned at the last.
    func repeated(to shape: Shape) -> Tensor {
        guard rank <= shape.rank else { return .invalid("\(self.shape) does not broadcast to \(shape)", of: self) }
        return broadcast(to: shape, axes: (0..<rank).map { $0 + shape.rank - rank })
    }

    /// A vector along one axis of `rank`, to be broadcast with others: [C] as [C, 1, 1].
    func along(axis: Int, rank: Int) -> Tensor {
        reshape(Shape((0..<rank).map { $0 == axis ? shape.elementCount : 1 }))
    }

    /// The parts of the axis, each of extent 1 and without it.
    func parts(axis: Int) -> [Tensor] {
        (0..<shape[axis]).map { slice($0..<$0 + 1, axis: axis).squeezed(axis) }
    }

    static func stack(_ parts: [Tensor], axis: Int) -> Tensor {
        concatenate(parts.map { $0.unsqueezed(axis) }, axis: axis)
    }

    /// The product over axes, which stay with extent 1: halves are multiplied until one is left.
    func product(_ axes: [Int]) -> Tensor {
        var result = self
        for axis in axes {
            if result.shape[axis] == 0 {
                var extents = result.shape.extents
                extents[axis] = 1
                result = .constant(1, Shape(extents))
            }
            while result.shape[axis] > 1 {
                let (count, half) = (result.shape[axis], result.shape[axis] / 2)
                let folded = result.slice(0..<half, axis: axis) * result.slice(half..<2 * half, axis: axis)
                result =
                    count % 2 == 0
                    ? folded
                    : .concatenate([folded, result.slice(2 * half..<count, axis: axis)], axis: axis)
            }
        }
        return result
    }

    /// Towards zero.
    func truncated() -> Tensor { sign() * absolute().floor() }
    func ceiling() -> Tensor { -(-self).floor() }
    func not() -> Tensor { 1 - self }
    func isNaN() -> Tensor { notEqual(self) }

    /// The product of stacks of matrices, as numpy's `matmul`: the first axes are broadcast, vectors are rows or columns.
    func matrixProduct(_ other: Tensor) -> Tensor {
        if isInvalid || other.isInvalid { return .invalid("", of: self, other) }
        guard rank > 0, other.rank > 0 else {
            return .invalid("a product of \(shape) and \(other.shape)", of: self, other)
        }
        if other.rank == 1 { return dot(other) }
        if rank == 1 { return unsqueezed(0).matrixProduct(other).squeezed(other.rank - 2) }
        if other.rank == 2 { return dot(other) }
        guard let lead = Tensor.broadcastShape(Shape(shape.dropLast(2)), Shape(other.shape.dropLast(2))) else {
            return .invalid("a product of \(shape) and \(other.shape)", of: self, other)
        }
        let left = repeated(to: Shape(lead.extents + shape.suffix(2)))
        let right = other.repeated(to: Shape(lead.extents + other.shape.suffix(2)))
        let batch = Array(0..<lead.rank)
        return left.dot(
            right,
            DotAxes(
                leftBatch: batch, rightBatch: batch, leftContract: [lead.rank + 1], rightContract: [lead.rank]))
    }

    func swapped(_ first: Int, _ second: Int) -> Tensor {
        var order = Array(0..<rank)
        order.swapAt(first, second)
        return transpose(order)
    }
}
