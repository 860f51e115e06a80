import StrataBackend

/// An expression and its stores, found in memory and ready to be evaluated one index at a time.
struct Tape {
    /// An operand in memory. Positions come from `accesses`, whose row it names, so that a place holds no array.
    private struct Place {
        var base: UnsafeMutableRawPointer
        var dtype: DType
        var access: Int
        var lookup: Lookup?
    }

    /// An index looked up in a table: its own stride is taken out of the access and applied to the row found.
    private struct Lookup {
        var rows: UnsafePointer<Int32>
        var rowCount: Int
        var dimension: Int
        var stride: Int
    }

    private enum Step {
        case load(Place)
        case accumulator
        case constant(Float)
        case iota(access: Int)
        case random(Draw.Distribution, key: Threefry.Words, access: Int)
        case unary(Unary, Int)
        case binary(Binary, Int, Int)
        case select(Int, Int, Int)
    }

    private let rank: Int
    /// Rows of `rank + 1` numbers: an offset, then a stride for each dimension.
    private var accesses: [Int] = []
    private var steps: [Step] = []
    private var stores: [(value: Int, place: Place)] = []
    private var values: [Float]

    init(
        _ expression: Expression, stores: [Store] = [], rank: Int, _ memory: (Int) -> UnsafeMutableRawPointer
    ) {
        self.rank = rank
        values = [Float](repeating: 0, count: expression.instructions.count)
        steps = expression.instructions.map { instruction in
            switch instruction {
            case .load(let number): .load(place(expression.operands[number], memory))
            case .accumulator: .accumulator
            case .constant(let value): .constant(value)
            case .iota(let access): .iota(access: row(access))
            case .random(let draw): .random(draw.distribution, key: key(draw, memory), access: row(draw.counter))
            case .unary(let function, let x): .unary(function, x)
            case .binary(let function, let a, let b): .binary(function, a, b)
            case .select(let condition, let a, let b): .select(condition, a, b)
            }
        }
        self.stores = stores.map { ($0.value, place($0.target, memory)) }
    }

    /// The value of the last instruction; 0 for an empty expression.
    var last: Float { values.last ?? 0 }

    /// Computes every value at an index.
    @inline(__always)
    mutating func evaluate(at index: UnsafePointer<Int>, accumulator: Float = 0) {
        for i in steps.indices {
            values[i] =
                switch steps[i] {
                case .load(let place): place.dtype.load(place.base, position(place, index))
                case .accumulator: accumulator
                case .constant(let value): value
                case .iota(let access): Float(position(access, index))
                case .random(let distribution, let key, let access):
                    distribution(
                        Threefry.block(key: key, counter: (UInt32(truncatingIfNeeded: position(access, index)), 0)))
                case .unary(let function, let x): function(values[x])
                case .binary(let function, let a, let b): function(values[a], values[b])
                case .select(let condition, let a, let b): values[condition] != 0 ? values[a] : values[b]
                }
        }
    }

    /// Evaluates, and only then stores.
    @inline(__always)
    mutating func run(at index: UnsafePointer<Int>, accumulator: Float = 0) {
        evaluate(at: index, accumulator: accumulator)
        for (value, place) in stores { place.dtype.store(values[value], place.base, position(place, index)) }
    }

    @inline(__always)
    private func position(_ access: Int, _ index: UnsafePointer<Int>) -> Int {
        let row = access &* (rank &+ 1)
        var position = accesses[row]
        for d in 0..<rank { position &+= accesses[row &+ 1 &+ d] &* index[d] }
        return position
    }

    @inline(__always)
    private func position(_ place: Place, _ index: UnsafePointer<Int>) -> Int {
        let direct = position(place.access, index)
        guard let lookup = place.lookup else { return direct }
        let row = max(0, min(Int(lookup.rows[index[lookup.dimension]]), lookup.rowCount - 1))
        return direct &+ row &* lookup.stride
    }

    private mutating func row(_ access: Access) -> Int {
        accesses += [access.offset] + access.strides
        return accesses.count / (rank + 1) - 1
    }

    private mutating func place(_ operand: Operand, _ memory: (Int) -> UnsafeMutableRawPointer) -> Place {
        var access = operand.access
        let lookup = operand.indirection.map { indirection in
            let stride = access.strides[indirection.dimension]
            access.strides[indirection.dimension] = 0
            let rows = memory(indirection.slot).assumingMemoryBound(to: Int32.self) + indirection.offset
            return Lookup(
                rows: rows, rowCount: indirection.rowCount, dimension: indirection.dimension, stride: stride)
        }
        return Place(base: memory(operand.slot), dtype: operand.dtype, access: row(access), lookup: lookup)
    }

    private func key(_ draw: Draw, _ memory: (Int) -> UnsafeMutableRawPointer) -> Threefry.Words {
        let words = memory(draw.key.slot).assumingMemoryBound(to: UInt32.self) + draw.key.access.offset
        return Threefry.streamKey(seed: words[0], step: words[1], stream: draw.stream)
    }
}
