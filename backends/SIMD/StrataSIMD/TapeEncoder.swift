import StrataBackend
import StrataKernelInterface

/// Encodes an expression over axes whose forms are those of its builder, fitted.
struct TapeEncoder {
    private let builder: TapeBuilder
    private let axes: Axes
    private let tiling: Tiling
    var items: [Item] = []

    /// How far a value varies: not at all, from tile to tile, or within a tile.
    enum Variation: Int, Comparable {
        case invariant, uniform, varying

        static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    struct Item {
        var instruction: TapeInstruction
        var variation: Variation
        var uses: [Int] = []
        var form: Int?
    }

    init(_ builder: TapeBuilder, over axes: Axes, tiling: Tiling) {
        self.builder = builder
        self.axes = axes
        self.tiling = tiling
    }

    /// If `lastIsResult`, the last value is made to fill a tile, for a reduction to combine.
    /// If `streams`, results that no cache holds are written past them.
    mutating func encode(
        lastIsResult: Bool = false, streams: Bool = false, memory: PlanMemory
    ) -> UnsafePointer<Tape> {
        items = []
        for value in builder.expression.instructions.indices { items.append(item(of: value)) }
        if lastIsResult { fillTile() }
        let results = lastIsResult ? [items.count - 1] : []
        for number in builder.stores.indices { items.append(store(number)) }
        fuseProducts(keeping: results)
        let invariantCount = sortAndPrune(keeping: results)
        copyWhatStoresOverwrite()
        if streams { streamWhatIsBig() }
        computeInPlace()

        let table = aligned(axes.rank * 8)
        let spare = aligned(table + items.count * 16)
        let end = allocateRegisters(from: spare + Space.tileElements * 4, lastIsResult: lastIsResult)
        return memory.copy(
            Tape(
                instructions: memory.copy(items.map(\.instruction)), count: items.count,
                invariantCount: invariantCount, affines: memory.copy(axes.forms.map { affine($0, axes, memory) }),
                space: space(axes, tiling, memory), table: table, spare: spare, scratchBytes: end))
    }

    private func aligned(_ byteCount: Int) -> Int { (byteCount + 63) / 64 * 64 }

    /// The operands in memory of which every element of the space has its own, side by side along the columns: they are
    /// worth fetching ahead.
    var formsToFetch: [Form] {
        var forms: [Form] = []
        for item in items {
            guard let number = item.form else { continue }
            let form = axes.forms[number]
            let isKnown = forms.contains { $0.base == form.base && $0.strides == form.strides }
            if form.elementSize == 4, form.lookup == nil, form.strides[columnDimension] == 4,
                form.strides[rowDimension] != 0, !isKnown
            {
                forms.append(form)
            }
        }
        return forms
    }

    // MARK: Instructions

    private func item(of value: Int) -> Item {
        let form = builder.formOfInstruction[value]
        switch builder.expression.instructions[value] {
        case .load(let operand):
            return load(builder.expression.operands[operand].dtype, form!)
        case .accumulator:
            guard let form = builder.accumulatorForm else {
                return Item(instruction: TapeInstruction(.accumulator, isUniform: false), variation: .varying)
            }
            return load(.float32, form)
        case .constant(let x):
            var item = combined(.constant, [])
            item.instruction.immediate = x.bitPattern
            return item
        case .iota:
            return accessing(.iota, form!)
        case .random(let draw):
            var item = accessing(.random(draw.distribution), form!)
            item.instruction.immediate = draw.stream
            item.instruction.key = builder.keys[value]
            return item
        case .unary(let f, let x):
            return combined(.unary(f), [x])
        case .binary(let f, let a, let b):
            return combined(.binary(f), [a, b])
        case .select(let condition, let a, let b):
            return combined(.select, [condition, a, b])
        }
    }

    private func load(_ dtype: DType, _ form: Int) -> Item {
        accessing(dtype == .float32 && isContiguous(axes.forms[form]) ? .view : .load(dtype), form)
    }

    private func accessing(_ opcode: Opcode, _ form: Int) -> Item {
        let variation = variation(of: axes.forms[form])
        return Item(
            instruction: TapeInstruction(opcode, isUniform: variation != .varying), variation: variation, form: form)
    }

    /// An instruction varies as far as the values that it uses.
    func combined(_ opcode: Opcode, _ uses: [Int]) -> Item {
        let variations = uses.map { items[$0].variation }
        let variation = variations.max() ?? .invariant
        var instruction = TapeInstruction(opcode, isUniform: variation != .varying)
        let steps = variations.map { $0 == .varying ? Int32(1) : 0 }
        if steps.count > 0 { instruction.stepA = steps[0] }
        if steps.count > 1 { instruction.stepB = steps[1] }
        if steps.count > 2 { instruction.stepC = steps[2] }
        if steps.count > 3 { instruction.stepD = steps[3] }
        return Item(instruction: instruction, variation: variation, uses: uses)
    }

    private func store(_ number: Int) -> Item {
        let store = builder.stores[number]
        var item = combined(.store(store.target.dtype), [store.value])
        item.instruction.isUniform = false
        item.variation = .varying
        item.form = builder.formOfStore[number]
        return item
    }

    /// The maximum of a value and itself is itself, in every place of a tile.
    private mutating func fillTile() {
        guard let last = items.indices.last, items[last].variation != .varying else { return }
        var fill = combined(.binary(.maximum), [last, last])
        fill.instruction.isUniform = false
        fill.variation = .varying
        items.append(fill)
    }

    // MARK: Accesses over a tile

    private var rowDimension: Int { axes.rank - 2 }
    private var columnDimension: Int { axes.rank - 1 }

    private func isLookedUpInTile(_ form: Form) -> Bool {
        guard let dimension = form.lookup?.dimension else { return false }
        return dimension == columnDimension || dimension == rowDimension
    }

    private func isContiguous(_ form: Form) -> Bool {
        !isLookedUpInTile(form) && form.strides[columnDimension] == form.elementSize
            && (tiling.rows == 1 || tiling.pitch > 0
                || tiling.columns == axes.extents[columnDimension]
                    && form.strides[rowDimension] == form.elementSize * tiling.columns)
    }

    private func variation(of form: Form) -> Variation {
        if form.lookup == nil && form.strides.allSatisfy({ $0 == 0 }) { return .invariant }
        let isUniform =
            !isLookedUpInTile(form) && form.strides[columnDimension] == 0
            && (tiling.rows == 1 || form.strides[rowDimension] == 0)
        return isUniform ? .uniform : .varying
    }

    // MARK: Order and registers

    /// Keeps what is used, puts what never varies first, and tells how many that are.
    private mutating func sortAndPrune(keeping results: [Int]) -> Int {
        var isUsed = items.indices.map { results.contains($0) || items[$0].isStore }
        for i in items.indices.reversed() where isUsed[i] {
            for use in items[i].uses { isUsed[use] = true }
        }
        let used = items.indices.filter { isUsed[$0] }
        let invariant = used.filter { items[$0].variation == .invariant }
        let order = invariant + used.filter { items[$0].variation != .invariant }
        var position = [Int](repeating: 0, count: items.count)
        for (new, old) in order.enumerated() { position[old] = new }
        items = order.map { old in
            var item = items[old]
            item.uses = item.uses.map { position[$0] }
            let uses = item.uses.map(Int32.init)
            if uses.count > 0 { item.instruction.a = uses[0] }
            if uses.count > 1 { item.instruction.b = uses[1] }
            if uses.count > 2 { item.instruction.c = uses[2] }
            if uses.count > 3 { item.instruction.d = uses[3] }
            if uses.count > 4 { item.instruction.e = uses[4] }
            if uses.count > 5 { item.instruction.f = uses[5] }
            item.instruction.affine = Int32(item.form ?? 0)
            return item
        }
        return invariant.count
    }

    /// A view that is stored must not be overwritten by a store before: two arrays may change places.
    private mutating func copyWhatStoresOverwrite() {
        for s in items.indices where items[s].isStore {
            let value = items[s].uses[0]
            guard items[value].isView, let read = items[value].form else { continue }
            let source = axes.forms[read].reach(over: axes.extents)
            let isOverwritten = items.indices.contains { other in
                guard other < s, items[other].isStore, let form = items[other].form else { return false }
                return axes.forms[form].reach(over: axes.extents).overlaps(source)
            }
            if isOverwritten { items[value].instruction.opcode = .load(.float32) }
        }
    }

    /// From here on the arrays of a map do not fit the third level of most processors' caches: writing past it saves
    /// reading each line first (64 MiB copied by two threads in 2.3 ms instead of 3.0).
    private static let leastStreamed = 16 << 20

    private mutating func streamWhatIsBig() {
        for s in items.indices {
            guard case .store(.float32) = items[s].instruction.opcode, let form = items[s].form,
                isContiguous(axes.forms[form]), items[items[s].uses[0]].variation == .varying
            else { continue }
            let target = axes.forms[form].reach(over: axes.extents)
            let isRead = items.contains { item in
                guard let read = item.form, !item.isStore, axes.forms[read].elementSize > 0 else { return false }
                return axes.forms[read].reach(over: axes.extents).overlaps(target)
            }
            if target.count >= Self.leastStreamed, !isRead { items[s].instruction.opcode = .stream }
        }
    }

    /// Lets values be computed right into the memory of their store, where that is contiguous and nothing that lies
    /// there is needed any more.
    private mutating func computeInPlace() {
        for s in items.indices {
            guard case .store(.float32) = items[s].instruction.opcode, let form = items[s].form else { continue }
            let value = items[s].uses[0]
            guard isContiguous(axes.forms[form]), items[value].variation == .varying,
                items[value].instruction.target < 0, !items[value].isView
            else { continue }
            let target = axes.forms[form].reach(over: axes.extents)
            let isNeeded = items.indices.contains { i in
                guard let read = items[i].form, !items[i].isStore, axes.forms[read].elementSize > 0,
                    axes.forms[read].reach(over: axes.extents).overlaps(target)
                else { return false }
                return i > value
                    || items[i].isView && items.indices.contains { $0 > value && items[$0].uses.contains(i) }
            }
            if !isNeeded { items[value].instruction.target = Int32(form) }
        }
    }

    /// A register for each value, reused after its last use; tells where they end.
    private mutating func allocateRegisters(from start: Int, lastIsResult: Bool) -> Int {
        var end = start
        var free: [Int] = []
        var lastUse = [Int](repeating: -1, count: items.count)
        for i in items.indices { for use in items[i].uses { lastUse[use] = i } }
        if lastIsResult { lastUse[items.count - 1] = items.count }
        for i in items.indices where !items[i].isStore {
            if items[i].variation != .varying {
                items[i].instruction.register = Int32(end)
                end += 64
                continue
            }
            // Elementwise: an operand's register may take the result as it is read.
            for use in Set(items[i].uses) where lastUse[use] == i && items[use].ownsTile {
                free.append(Int(items[use].instruction.register))
            }
            if !items[i].ownsTile { continue }
            if let register = free.popLast() {
                items[i].instruction.register = Int32(register)
            } else {
                items[i].instruction.register = Int32(end)
                end += Space.tileElements * 4 + 5 * 64
            }
        }
        // A vector may be read beyond the last register.
        return end + 64
    }
}

extension TapeEncoder.Item {
    var isView: Bool {
        if case .view = instruction.opcode { true } else { false }
    }

    var isStore: Bool {
        switch instruction.opcode {
        case .store, .stream: true
        default: false
        }
    }

    /// Whether a register as big as a tile holds the value.
    var ownsTile: Bool { variation == .varying && !isView && !isStore }
}
