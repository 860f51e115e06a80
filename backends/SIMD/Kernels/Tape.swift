import CCPU
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
        let pitch = tape.pointee.space.pitch
        // Rows that begin anew with whole vectors; else all elements are one row.
        let rows = pitch == 0 ? 1 : tile.rows
        let length = pitch == 0 ? tile.count : tile.columns
        let vectors = (length + V.scalarCount - 1) / V.scalarCount
        // A value is computed right into the memory of its store only if that is whole vectors.
        let isWhole = length % V.scalarCount == 0
        for i in range {
            let op = tape.pointee.instructions + i
            let isUniform = op.pointee.isUniform
            let form = affines + Int(op.pointee.affine)
            var out = scratch + Int(op.pointee.register)
            var stride = isUniform ? 0 : pitch * 4
            if op.pointee.target >= 0, isWhole {
                let target = affines + Int(op.pointee.target)
                out = UnsafeMutableRawPointer(bitPattern: tile.start(target)).unsafelyUnwrapped
                stride = target.pointee.row
            }
            let count = isUniform ? 1 : vectors
            let rowPitch = pitch == 0 ? tile.columns : stride / 4
            switch op.pointee.opcode {
            case .view:
                out = UnsafeMutableRawPointer(bitPattern: tile.start(form)).unsafelyUnwrapped
                stride = form.pointee.row
            case .load(let dtype):
                if isUniform {
                    loadUniform(dtype, form, tile, into: out)
                } else {
                    load(dtype, form, tile, pitch: rowPitch, into: out)
                }
            case .accumulator:
                let accumulator = accumulator.unsafelyUnwrapped
                if pitch > 0 {
                    out = accumulator
                    stride = accumulatorStride
                } else if tile.rows == 1 || accumulatorStride == tile.columns * 4 {
                    out = accumulator
                } else {
                    loadRows(
                        accumulator, rowStride: accumulatorStride, rows: tile.rows, columns: tile.columns, into: out)
                }
            case .constant:
                splat(Float(bitPattern: op.pointee.immediate), into: out)
            case .iota:
                if isUniform {
                    splat(Float(tile.start(form)), into: out)
                } else {
                    iota(form, tile, pitch: rowPitch, into: out)
                }
            case .random(let distribution):
                let second = scratch + tape.pointee.spare
                let key = op.pointee.key.unsafelyUnwrapped
                if isUniform {
                    splat(bits: UInt32(truncatingIfNeeded: tile.start(form)), into: second)
                } else {
                    counters(form, tile, pitch: pitch == 0 ? tile.columns : pitch, into: second)
                }
                let isNormal = distribution == .normal
                // All rows at once, in a register.
                if pitch > 0, !isUniform {
                    out = scratch + Int(op.pointee.register)
                    stride = pitch * 4
                }
                let count = isUniform || pitch == 0 ? count : rows * pitch / V.scalarCount
                uniforms(out, second, key: key, stream: op.pointee.immediate, bothWords: isNormal, count: count)
                if isNormal { normal(out, second, count: count) }
            case .unary(let f):
                let (x, p) = (values[Int(op.pointee.a)], strides[Int(op.pointee.a)])
                let rows = isUniform ? 1 : rows
                if rows == 1 || p == stride && p == vectors * MemoryLayout<V>.size {
                    apply(f, out, x, count: rows * count)
                } else {
                    for r in 0..<rows { apply(f, out + r * stride, x + r * p, count: count) }
                }
            case .binary(let f):
                let (a, b) = (Int(op.pointee.a), Int(op.pointee.b))
                let (p, q) = (strides[a], strides[b])
                for r in 0..<(isUniform ? 1 : rows) {
                    apply(
                        f, out + r * stride, values[a] + r * p, Int(op.pointee.stepA), values[b] + r * q,
                        Int(op.pointee.stepB), count: count)
                }
            case .fused(let f):
                let (a, b) = (Int(op.pointee.a), Int(op.pointee.b))
                let (c, d) = (Int(op.pointee.c), Int(op.pointee.d))
                let (p, q, s, t) = (strides[a], strides[b], strides[c], strides[d])
                let (e, g) = (values[Int(op.pointee.e)], values[Int(op.pointee.f)])
                for r in 0..<(isUniform ? 1 : rows) {
                    apply(
                        f, out + r * stride, values[a] + r * p, Int(op.pointee.stepA), values[b] + r * q,
                        Int(op.pointee.stepB), values[c] + r * s, Int(op.pointee.stepC), values[d] + r * t,
                        Int(op.pointee.stepD), e, g, count: count)
                }
            case .select:
                let (a, b, c) = (Int(op.pointee.a), Int(op.pointee.b), Int(op.pointee.c))
                let (p, q, s) = (strides[a], strides[b], strides[c])
                for r in 0..<(isUniform ? 1 : rows) {
                    select(
                        out + r * stride, values[a] + r * p, Int(op.pointee.stepA), values[b] + r * q,
                        Int(op.pointee.stepB), values[c] + r * s, Int(op.pointee.stepC), count: count)
                }
            case .store(let dtype):
                let value = values[Int(op.pointee.a)]
                if value != UnsafeMutableRawPointer(bitPattern: tile.start(form)) {
                    let pitch = pitch == 0 ? tile.columns : strides[Int(op.pointee.a)] / 4
                    store(dtype, value, pitch: pitch, isUniform: op.pointee.stepA == 0, form, tile)
                }
                continue
            case .stream:
                let value = values[Int(op.pointee.a)], start = tile.start(form)
                if isWhole, start % MemoryLayout<V>.size == 0 {
                    strata_stream(
                        UnsafeMutablePointer(bitPattern: start).unsafelyUnwrapped,
                        value.assumingMemoryBound(to: Float.self), vectors)
                } else {
                    store(.float32, value, pitch: tile.columns, isUniform: false, form, tile)
                }
                continue
            }
            values[i] = out
            strides[i] = stride
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
