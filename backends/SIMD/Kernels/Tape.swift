import StrataKernelInterface

extension Interpreter {
    /// Runs what is the same for the whole space.
    init(_ tape: UnsafePointer<Tape>, scratch: UnsafeMutableRawPointer) {
        self.init(unprepared: tape, scratch: scratch)
        let outerCount = tape.pointee.space.outerCount
        index.update(repeating: 0, count: outerCount)
        let first = Tile(index: index, outerCount: outerCount, rows: 1, columns: 1)
        run(0..<tape.pointee.invariantCount, over: first, accumulator: nil, accumulatorStride: 0)
    }

    /// Runs all instructions over a tile. The accumulators' rows, of float32, are `accumulatorStride` bytes apart.
    func evaluate(_ tile: Tile, accumulator: UnsafeMutableRawPointer? = nil, accumulatorStride: Int = 0) {
        run(
            tape.pointee.invariantCount..<tape.pointee.count, over: tile, accumulator: accumulator,
            accumulatorStride: accumulatorStride)
    }

    private func run(
        _ range: Range<Int>, over tile: Tile, accumulator: UnsafeMutableRawPointer?, accumulatorStride: Int
    ) {
        let affines = tape.pointee.affines
        let vectors = (tile.count + V.scalarCount - 1) / V.scalarCount
        // A value is computed right into the memory of its store only if that is whole vectors.
        let isWhole = tile.count % V.scalarCount == 0
        for i in range {
            let op = tape.pointee.instructions + i
            let isUniform = op.pointee.isUniform
            var out = scratch + Int(op.pointee.register)
            if op.pointee.target >= 0, isWhole {
                out = UnsafeMutableRawPointer(bitPattern: tile.start(affines + Int(op.pointee.target))).unsafelyUnwrapped
            }
            let count = isUniform ? 1 : vectors
            let form = affines + Int(op.pointee.affine)
            switch op.pointee.opcode {
            case .view:
                out = UnsafeMutableRawPointer(bitPattern: tile.start(form)).unsafelyUnwrapped
            case .load(let dtype):
                if isUniform { loadUniform(dtype, form, tile, into: out) } else { load(dtype, form, tile, into: out) }
            case .accumulator:
                let accumulator = accumulator.unsafelyUnwrapped
                if tile.rows == 1 || accumulatorStride == tile.columns * 4 {
                    out = accumulator
                } else {
                    loadRows(accumulator, rowStride: accumulatorStride, rows: tile.rows, columns: tile.columns, into: out)
                }
            case .constant:
                splat(Float(bitPattern: op.pointee.immediate), into: out)
            case .iota:
                if isUniform { splat(Float(tile.start(form)), into: out) } else { iota(form, tile, into: out) }
            case .random(let distribution):
                let second = scratch + tape.pointee.spare
                let key = op.pointee.key.unsafelyUnwrapped
                if isUniform {
                    splat(bits: UInt32(truncatingIfNeeded: tile.start(form)), into: second)
                } else {
                    counters(form, tile, into: second)
                }
                let isNormal = distribution == .normal
                uniforms(out, second, key: key, stream: op.pointee.immediate, bothWords: isNormal, count: count)
                if isNormal { normal(out, second, count: count) }
            case .unary(let f):
                apply(f, out, values[Int(op.pointee.a)], count: count)
            case .binary(let f):
                apply(
                    f, out, values[Int(op.pointee.a)], Int(op.pointee.stepA), values[Int(op.pointee.b)],
                    Int(op.pointee.stepB), count: count)
            case .select:
                select(
                    out, values[Int(op.pointee.a)], Int(op.pointee.stepA), values[Int(op.pointee.b)],
                    Int(op.pointee.stepB), values[Int(op.pointee.c)], Int(op.pointee.stepC), count: count)
            case .store(let dtype):
                let value = values[Int(op.pointee.a)]
                if value != UnsafeMutableRawPointer(bitPattern: tile.start(form)) {
                    store(dtype, value, isUniform: op.pointee.stepA == 0, form, tile)
                }
                continue
            }
            values[i] = out
        }
    }
}

extension Space {
    var columnTiles: Int { (columns + tileColumns - 1) / tileColumns }
    var rowTiles: Int { (rows + tileRows - 1) / tileRows }

    /// Sets `index` to number `n` of the outer dimensions from `first` to before `last`, row-major.
    func decode(_ n: Int, dimensions first: Int, _ last: Int, into index: UnsafeMutablePointer<Int>) {
        var n = n
        var d = last
        while d > first {
            d -= 1
            index[d] = n % outer[d]
            n /= outer[d]
        }
    }
}
