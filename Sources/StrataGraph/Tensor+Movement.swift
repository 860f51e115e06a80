public import StrataBackend

extension Tensor {
    /// Repeats the tensor: its axis `i` becomes axis `axes[i]` of `shape`, the others are new.
    public func broadcast(
        to shape: Shape, axes: [Int], file: String = #fileID, line: Int = #line
    ) -> Tensor {
        shape == self.shape
            ? self
            : Tensor(op: .broadcast(shape, axes: axes), [self], location: SourceLocation(file: file, line: line))
    }

    /// The same elements, in row-major order, as an array of `shape`, which must have as many.
    public func reshape(_ shape: Shape, file: String = #fileID, line: Int = #line) -> Tensor {
        shape == self.shape
            ? self : Tensor(op: .reshape(shape), [self], location: SourceLocation(file: file, line: line))
    }

    /// All axes from `axis` on merged into one.
    public func flattened(from axis: Int = 1) -> Tensor {
        guard (0...rank).contains(axis) else { return .invalid("flatten: axis \(axis) of \(shape)", of: self) }
        let kept = shape.extents.prefix(axis)
        return reshape(Shape(kept + [shape.extents.dropFirst(axis).product]))
    }

    /// Axis `i` of the result is axis `permutation[i]`; with none given, the axes are reversed.
    public func transpose(_ permutation: [Int]? = nil, file: String = #fileID, line: Int = #line) -> Tensor {
        Tensor(
            op: .transpose(permutation: permutation ?? (0..<rank).reversed()), [self],
            location: SourceLocation(file: file, line: line))
    }

    /// The elements of each axis from `starts` up to, not including, `limits`, in steps of `strides`; `nil` steps by 1.
    /// Bounds outside the axis are a mistake.
    public func slice(
        starts: [Int], limits: [Int], strides: [Int]? = nil, file: String = #fileID, line: Int = #line
    ) -> Tensor {
        Tensor(
            op: .slice(starts: starts, limits: limits, strides: strides ?? starts.map { _ in 1 }), [self],
            location: SourceLocation(file: file, line: line))
    }

    /// The part of one axis.
    public func slice(_ range: Range<Int>, axis: Int, file: String = #fileID, line: Int = #line) -> Tensor {
        guard shape.indices.contains(axis) else {
            return .invalid("slice: axis \(axis) of \(shape)", of: self, file: file, line: line)
        }
        var (starts, limits) = (shape.map { _ in 0 }, shape.extents)
        (starts[axis], limits[axis]) = (range.lowerBound, range.upperBound)
        return slice(starts: starts, limits: limits, file: file, line: line)
    }

    /// So many elements of one axis, from one on; where there are not so many, a mistake like any other.
    package func slice(from start: Int, count: Int, axis: Int, file: String = #fileID, line: Int = #line) -> Tensor {
        guard count >= 0 else {
            return .invalid("slice: \(count) elements of \(shape)", of: self, file: file, line: line)
        }
        return slice(start..<max(start.saturatingAdding(count), start), axis: axis, file: file, line: line)
    }

    /// Zeros before, after and between the elements of each axis.
    public func pad(
        low: [Int], high: [Int], interior: [Int]? = nil, file: String = #fileID, line: Int = #line
    ) -> Tensor {
        Tensor(
            op: .pad(low: low, high: high, interior: interior ?? low.map { _ in 0 }), [self],
            location: SourceLocation(file: file, line: line))
    }

    /// The elements in the opposite order along each of `axes`; the shape stays.
    public func reverse(_ axes: [Int], file: String = #fileID, line: Int = #line) -> Tensor {
        Tensor(op: .reverse(axes: axes), [self], location: SourceLocation(file: file, line: line))
    }

    /// The parts one after another along `axis`: its extent is the sum of theirs. A mistake where they differ along
    /// another axis or in type, or where there are none.
    public static func concatenate(
        _ parts: [Tensor], axis: Int = 0, file: String = #fileID, line: Int = #line
    ) -> Tensor {
        parts.count == 1
            ? parts[0]
            : Tensor(op: .concatenate(axis: axis), parts, location: SourceLocation(file: file, line: line))
    }

    /// Sliding windows over the last axes: [lead…, extent…] → [lead…, size…, positions…]. Max pooling is
    /// `x.windows([2, 2], strides: [2, 2]).maximum(over: [2, 3])`.
    public func windows(
        _ size: [Int], strides: [Int], dilations: [Int]? = nil, file: String = #fileID, line: Int = #line
    ) -> Tensor {
        if strides == size, dilations?.allSatisfy({ $0 == 1 }) ?? true, let blocks = blocks(size) { return blocks }
        return Tensor(
            op: .windows(size: size, strides: strides, dilations: dilations ?? size.map { _ in 1 }), [self],
            location: SourceLocation(file: file, line: line))
    }

    /// Windows that lie side by side, as the blocks that they are; `nil` where none fits.
    private func blocks(_ size: [Int]) -> Tensor? {
        let lead = rank - size.count
        guard !isInvalid, lead >= 0, size.allSatisfy({ $0 > 0 }),
            zip(shape.suffix(size.count), size).allSatisfy({ $0 >= $1 })
        else { return nil }
        let positions = zip(shape.suffix(size.count), size).map { $0 / $1 }
        let covered = shape.prefix(lead) + zip(positions, size).map { $0 * $1 }
        let whole = slice(starts: shape.map { _ in 0 }, limits: Array(covered))
        let split = whole.reshape(Shape(shape.prefix(lead) + zip(positions, size).flatMap { [$0, $1] }))
        let (sizes, places) = (size.indices.map { lead + 2 * $0 + 1 }, size.indices.map { lead + 2 * $0 })
        return split.transpose(Array(0..<lead) + sizes + places)
    }

    /// The elements along an axis that an int32 array names: [lead…, extent, trail…] → [lead…, indices…, trail…]. Indices
    /// outside the axis are clamped.
    ///
    /// ```
    /// table.gather(tokens)                 // [count, width] and [batch, length] → [batch, length, width]
    /// sequence.gather(steps, axis: 1)      // [batch, steps, width] and [k] → [batch, k, width]
    /// ```
    public func gather(_ indices: Tensor, axis: Int = 0, file: String = #fileID, line: Int = #line) -> Tensor {
        if isInvalid { return self }
        if indices.isInvalid { return indices }
        guard shape.indices.contains(axis) else {
            return .invalid("gather: axis \(axis) of \(shape)", of: self, indices, file: file, line: line)
        }
        let order = [axis] + shape.indices.filter { $0 != axis }
        let table = axis == 0 ? self : transpose(order, file: file, line: line)
        let named = indices.rank == 1 ? indices : indices.reshape([indices.shape.elementCount], file: file, line: line)
        let rows = Tensor(op: .gather, [table, named], location: SourceLocation(file: file, line: line))
        let placed = axis == 0 || rows.isInvalid ? rows : rows.transpose(inverse(order), file: file, line: line)
        if indices.rank == 1 || placed.isInvalid { return placed }
        return placed.reshape(
            Shape(shape.prefix(axis) + indices.shape.extents + shape.dropFirst(axis + 1)), file: file, line: line)
    }

    /// A table of `rows` rows, each the sum of those rows of `self` that `indices` sends there.
    public func scatterAdd(
        to rows: Int, indices: Tensor, file: String = #fileID, line: Int = #line
    ) -> Tensor {
        Tensor(
            op: .scatterAdd(rows: rows), [indices, self], location: SourceLocation(file: file, line: line))
    }

    /// The table with each of `rows` added to its row that `indices` names; equal indices add up.
    ///
    /// As the next value of a state variable that is itself the table, it is made in place: a step then costs as much
    /// as it has rows, however long the table. That is how an embedding learns.
    public func adding(_ rows: Tensor, at indices: Tensor, file: String = #fileID, line: Int = #line) -> Tensor {
        Tensor(op: .addRows, [self, indices, rows], location: SourceLocation(file: file, line: line))
    }
}
