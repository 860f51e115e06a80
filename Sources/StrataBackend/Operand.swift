/// Which element an index of an iteration space means: number `offset + Σ index[d]·strides[d]`.
///
/// Transposition, broadcasting (stride 0), slicing and reversal (negative stride) are all accesses; no data moves.
public struct Access: Hashable, Sendable {
    /// The number of the element at index zero, counted from the slot's first.
    public var offset: Int
    /// One stride for each dimension of the iteration space, in elements.
    public var strides: [Int]

    /// The access `offset + Σ index[d]·strides[d]`, in elements.
    public init(offset: Int = 0, strides: [Int]) {
        self.offset = offset
        self.strides = strides
    }
}

/// Looks an axis up in a table of indices: along `dimension`, index `i` stands for row
/// `indices[i]` (clamped to `0 ..< rowCount`), which is what a gather is.
public struct Indirection: Hashable, Sendable {
    /// The dimension of the iteration space whose index is looked up.
    public var dimension: Int
    /// The slot that holds the int32 indices, contiguous from element `offset`.
    public var slot: Int
    /// The slot's element, counted in int32, at which the indices begin.
    public var offset: Int
    /// The number of rows of the table, to which indices are clamped.
    public var rowCount: Int

    /// A look-up of `dimension` in the indices at `offset` of `slot`. Nothing is checked.
    public init(dimension: Int, slot: Int, offset: Int, rowCount: Int) {
        self.dimension = dimension
        self.slot = slot
        self.offset = offset
        self.rowCount = rowCount
    }
}

/// A place that a kernel reads from or writes to, element by element.
public struct Operand: Hashable, Sendable {
    /// Index into `Program.slots`; slot 0 is the arena.
    public var slot: Int
    /// The type that elements are stored as; they are widened to `Float` when read and narrowed when written.
    public var dtype: DType
    /// Which element an index of the iteration space means; along an indirection's dimension the stride is per row.
    public var access: Access
    /// Only for operands that are read by `map` or by the prologue of `reduce`.
    public var indirection: Indirection?

    /// An operand whose access is `offset + Σ index[d]·strides[d]`, in elements. Nothing is checked.
    public init(slot: Int, dtype: DType, offset: Int = 0, strides: [Int], indirection: Indirection? = nil) {
        self.slot = slot
        self.dtype = dtype
        self.access = Access(offset: offset, strides: strides)
        self.indirection = indirection
    }
}

/// Writes one value of an expression at every index of the iteration space.
///
/// An operand of the same kernel may name the same elements (an in-place update) provided its access is the same:
/// every element is then loaded before it is stored.
public struct Store: Hashable, Sendable {
    /// The value of the kernel's expression, or of its epilogue, that is written.
    public var value: Expression.Value
    /// Where it is written: an operand without indirection, whose type the value is narrowed to.
    public var target: Operand

    /// A store of `value` at every index into `target`. Nothing is checked.
    public init(value: Expression.Value, target: Operand) {
        self.value = value
        self.target = target
    }
}

/// A dense row-major array in a slot, for kernels that take whole arrays.
public struct ArrayOperand: Hashable, Sendable {
    /// The index in `Program.slots`.
    public var slot: Int
    /// The type that elements are stored as.
    public var dtype: DType
    /// In elements.
    public var offset: Int
    /// The extents; `shape.elementCount` elements from `offset` on belong to the array.
    public var shape: Shape

    /// The array of `shape` that begins at element `offset` of the slot. Nothing is checked.
    public init(slot: Int, dtype: DType, offset: Int, shape: Shape) {
        self.slot = slot
        self.dtype = dtype
        self.offset = offset
        self.shape = shape
    }
}

/// The one stride with which several dimensions can be walked as one, if there is one: 0 for no dimensions.
package func mergedStride(_ strides: [Int], _ extents: [Int]) -> Int? {
    let dimensions = extents.indices.filter { extents[$0] != 1 }
    for (outer, inner) in zip(dimensions, dimensions.dropFirst())
    where strides[outer] != strides[inner] * extents[inner] {
        return extents.contains(0) ? 0 : nil
    }
    return dimensions.last.map { strides[$0] } ?? 0
}

/// `Σ index·stride` of every index of some dimensions, row-major.
package func strideOffsets(_ extents: [Int], _ strides: [Int]) -> [Int] {
    zip(extents, strides).reduce([0]) { offsets, dimension in
        offsets.flatMap { offset in (0..<dimension.0).map { offset + $0 * dimension.1 } }
    }
}
