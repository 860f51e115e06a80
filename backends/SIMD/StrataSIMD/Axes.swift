import StrataBackend
import StrataKernelInterface

/// An access with its place resolved: `base + Σ index·stride`, in bytes for memory, else a whole number.
struct Form {
    var base: Int
    var strides: [Int]
    var lookup: Lookup?
    /// Bytes of an element; 0 for whole numbers, which lie nowhere.
    var elementSize: Int
    /// For stores twice that of loads: their lines are read as well as written.
    var weight: Int

    struct Lookup {
        var dimension: Int
        var table: UnsafePointer<Int32>
        var lastRow: Int
    }

    /// The bytes from the lowest to the highest that are touched.
    func reach(over extents: [Int]) -> Range<Int> {
        var (low, high) = (base, base)
        for (d, stride) in strides.enumerated() {
            let last = lookup?.dimension == d ? lookup!.lastRow : extents[d] - 1
            (low, high) = (low + min(last * stride, 0), high + max(last * stride, 0))
        }
        return low..<high + max(elementSize, 1)
    }

    /// Where its elements lie along dimensions that are to be gone through as one, in elements from where it begins: what a
    /// table has to say where no stride does. `nil` where there is a stride, or a table cannot.
    func offsets(_ extents: [Int], _ strides: [Int]) -> Offsets? {
        guard elementSize > 0, mergedStride(strides, extents) == nil else { return nil }
        let offsets = strideOffsets(extents, strides.map { $0 / elementSize })
        guard let first = offsets.min(), let last = offsets.max() else { return nil }
        return Offsets(first: first, last: last - first, table: offsets.map { Int32(truncatingIfNeeded: $0 - first) })
    }

    struct Offsets {
        var first: Int
        /// The greatest in the table.
        var last: Int
        var table: [Int32]
    }

    /// Finds its elements along a dimension in a table.
    mutating func lookUp(_ dimension: Int, _ offsets: Offsets, _ memory: PlanMemory) {
        base += offsets.first * elementSize
        strides[dimension] = elementSize
        lookup = Lookup(dimension: dimension, table: memory.copy(offsets.table), lastRow: offsets.last)
    }
}

/// The dimensions of an iteration space and the accesses over it, brought into the order and number that is fastest to
/// go through. What an access finds at an element does not change.
struct Axes {
    var extents: [Int]
    /// Dimensions are merged and reordered among their like only: kept ones and reduced ones.
    var isReduced: [Bool]
    var forms: [Form]

    init(extents: [Int], reduced: [Int] = [], forms: [Form]) {
        self.extents = extents + reduced
        isReduced = extents.map { _ in false } + reduced.map { _ in true }
        self.forms = forms
    }

    var rank: Int { extents.count }

    /// Drops dimensions of extent 1 and merges those that all accesses step through alike, neighbours or not.
    mutating func simplify() {
        for d in extents.indices.reversed() where extents[d] == 1 && !isLookedUp(d) { remove(d) }
        var inner = rank - 1
        while inner >= 0 {
            let outer = extents.indices.last { d in
                d != inner && isReduced[d] == isReduced[inner] && !isLookedUp(d) && !isLookedUp(inner)
                    && forms.allSatisfy { $0.strides[d] == $0.strides[inner] * extents[inner] }
            }
            guard let outer else {
                inner -= 1
                continue
            }
            extents[inner] *= extents[outer]
            remove(outer)
            inner = min(outer < inner ? inner - 1 : inner, rank - 1)
        }
    }

    /// Makes a short dimension that tiles are to go along longer by others, whose elements operands find through a table of
    /// offsets: a tile of a few elements would cost more than they do. Whole numbers step through all of them alike, and so
    /// do stores unless they may look up, as rows may. Tells which dimension it is then.
    mutating func lengthen(
        _ dimension: Int, to least: Int, except other: Int? = nil, storesLookUp: Bool = false, _ memory: PlanMemory
    ) -> Int {
        var chain = [dimension]
        var length = extents[dimension]
        func isFree(_ form: Form, _ d: Int) -> Bool {
            form.elementSize > 0 && form.lookup == nil && (storesLookUp || form.weight == 1)
                || form.strides[d] == form.strides[chain[0]] * length
        }
        while length < least,
            let next = extents.indices.last(where: { d in
                d != other && !chain.contains(d) && isReduced[d] == isReduced[dimension] && !isLookedUp(d)
                    && !isLookedUp(dimension) && forms.allSatisfy { isFree($0, d) }
            })
        {
            chain.append(next)
            length *= extents[next]
        }
        let outwards = Array(chain.reversed()), lengths = outwards.map { extents[$0] }
        func strides(_ form: Form) -> [Int] { outwards.map { form.strides[$0] } }
        guard chain.count > 1, length <= Self.longestTable, forms.allSatisfy({ fitsTable(lengths, strides($0)) }) else {
            return dimension
        }
        for f in forms.indices {
            if let offsets = forms[f].offsets(lengths, strides(forms[f])) {
                forms[f].lookUp(dimension, offsets, memory)
            } else {
                forms[f].strides[dimension] = mergedStride(strides(forms[f]), lengths) ?? 0
            }
        }
        extents[dimension] = length
        var result = dimension
        for d in chain.dropFirst().sorted(by: >) {
            remove(d)
            if d < dimension { result -= 1 }
        }
        return result
    }

    /// A table of more offsets than this would take the caches' room itself.
    private static let longestTable = 4096

    func isLookedUp(_ d: Int) -> Bool { forms.contains { $0.lookup?.dimension == d } }

    /// How many accesses find neighbouring elements side by side along a dimension.
    func contiguity(_ d: Int) -> Int {
        forms.reduce(0) { sum, form in
            let isNext = form.elementSize > 0 && form.strides[d] == form.elementSize && form.lookup?.dimension != d
            return sum + (isNext ? form.weight : 0)
        }
    }

    /// The dimension to go through innermost: the most contiguous, of those the last.
    func best(where isEligible: (Int) -> Bool = { _ in true }) -> Int? {
        extents.indices.filter(isEligible).max { (contiguity($0), $0) < (contiguity($1), $1) }
    }

    /// A dimension along which an access lies side by side that leaps along the innermost one: a transposition. Tiles
    /// go along both then, so that each cache line is read once.
    func crossing(_ column: Int) -> Int? {
        extents.indices.filter { d in
            d != column && extents[d] >= 8 && extents[column] >= 8
                && forms.contains {
                    $0.elementSize > 0 && abs($0.strides[d]) == $0.elementSize && abs($0.strides[column]) >= 64
                        && $0.lookup?.dimension != d && $0.lookup?.dimension != column
                }
        }.max { extents[$0] < extents[$1] }
    }

    /// Puts the dimensions into another order.
    mutating func reorder(_ order: [Int]) {
        extents = order.map { extents[$0] }
        isReduced = order.map { isReduced[$0] }
        for f in forms.indices {
            forms[f].strides = order.map { forms[f].strides[$0] }
            if let old = forms[f].lookup?.dimension, let new = order.firstIndex(of: old) {
                forms[f].lookup?.dimension = new
            }
        }
    }

    /// Adds a dimension of extent 1.
    mutating func insertOne(at d: Int) {
        extents.insert(1, at: d)
        isReduced.insert(false, at: d)
        for f in forms.indices {
            forms[f].strides.insert(0, at: d)
            if let lookup = forms[f].lookup, lookup.dimension >= d { forms[f].lookup?.dimension += 1 }
        }
    }

    private mutating func remove(_ d: Int) {
        extents.remove(at: d)
        isReduced.remove(at: d)
        for f in forms.indices {
            forms[f].strides.remove(at: d)
            if let lookup = forms[f].lookup, lookup.dimension > d { forms[f].lookup?.dimension -= 1 }
        }
    }
}

/// How axes are cut into tiles: the last two dimensions are the tiles' rows and columns.
struct Tiling {
    var rows: Int
    var columns: Int
    /// See `Space.pitch`.
    var pitch = 0

    /// Rows longer than this are worth a tile each: an instruction's cost is small against them, and an operand that
    /// is broadcast along the rows need not be copied for each.
    static let longRow = 256
    /// To transpose in: few columns, each eight cache lines long. (2048 × 2048 in 9 ms; with 64 × 16 in 11, with
    /// 32 × 32 in 26.)
    static let crossing = Tiling(rows: 128, columns: 8)

    init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
    }

    /// Several rows for short ones: as many whole rows as a tile holds, in whole vectors if that can be.
    init(columns: Int, rowExtent: Int, vectorWidth: Int) {
        guard columns < Self.longRow, rowExtent > 1 else {
            self.init(rows: 1, columns: min(max(columns, 1), Space.tileElements))
            return
        }
        let fitting = Space.tileElements / max(columns, 1)
        let rows = fitting >= vectorWidth ? fitting / vectorWidth * vectorWidth : fitting
        self.init(rows: min(rows, rowExtent), columns: max(columns, 1))
    }
}
