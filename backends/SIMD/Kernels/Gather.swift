import StrataBackend
import StrataKernelInterface

extension Tile {
    /// The value of an affine form at the tile's first element; a looked-up row or column counts as 0.
    func start(_ form: UnsafePointer<Affine>) -> Int {
        var start = form.pointee.base
        if form.pointee.table == nil {
            start += row * form.pointee.row + column * form.pointee.column
            for d in 0..<outerCount { start += index[d] * form.pointee.outer[d] }
            return start
        }
        if form.pointee.lookup != outerCount { start += row * form.pointee.row }
        if form.pointee.lookup != outerCount + 1 { start += column * form.pointee.column }
        for d in 0..<outerCount {
            let i = d == form.pointee.lookup ? form.pointee.looked(up: index[d]) : index[d]
            start += i * form.pointee.outer[d]
        }
        return start
    }
}

extension Affine {
    /// The floats from column to column, where the rows of a tile of floats lie side by side and its columns apart.
    var columnsAcross: Int? {
        table == nil && row == 4 && column % 4 == 0 && abs(column) > 4 ? column / 4 : nil
    }

    func looked(up i: Int) -> Int { Int(Swift.max(0, Swift.min(table![i], lastRow))) }
}

// MARK: Loads

/// Gathers a tile's elements as floats, rows `pitch` apart. What lies beyond the last element is written too, up to a
/// whole vector.
func load(
    _ dtype: DType, _ form: UnsafePointer<Affine>, _ tile: Tile, pitch: Int, into out: UnsafeMutableRawPointer
) {
    let start = UnsafeRawPointer(bitPattern: tile.start(form)).unsafelyUnwrapped
    switch dtype {
    case .float32:
        let out = out.assumingMemoryBound(to: Float.self)
        if let columns = form.pointee.columnsAcross {
            var c = 0
            while c + V.scalarCount <= tile.columns {
                let source = (start + c * form.pointee.column).assumingMemoryBound(to: Float.self)
                transpose(source, stride: columns, summed: tile.rows, width: pitch, into: out + c)
                c += V.scalarCount
            }
            if c == tile.columns { return }
        }
        gather(start, form, tile, pitch, out, as: Float.self) { $0 }
    case .int32: gather(start, form, tile, pitch, out.assumingMemoryBound(to: Float.self), as: Int32.self) { Float($0) }
    case .uint8: gather(start, form, tile, pitch, out.assumingMemoryBound(to: Float.self), as: UInt8.self) { Float($0) }
    }
}

/// Gathers float32 elements that lie in rows `rowStride` bytes apart.
func loadRows(
    _ source: UnsafeRawPointer, rowStride: Int, rows: Int, columns: Int, into out: UnsafeMutableRawPointer
) {
    for r in 0..<rows {
        copy(source + r * rowStride, out + (r * columns * 4), columns * 4)
    }
}

/// A vector of one and the same element.
func loadUniform(_ dtype: DType, _ form: UnsafePointer<Affine>, _ tile: Tile, into out: UnsafeMutableRawPointer) {
    let start = UnsafeRawPointer(bitPattern: tile.start(form)).unsafelyUnwrapped
    let x: Float =
        switch dtype {
        case .float32: start.load(as: Float.self)
        case .int32: Float(start.load(as: Int32.self))
        case .uint8: Float(start.load(as: UInt8.self))
        }
    splat(x, into: out)
}

func splat(_ x: Float, into out: UnsafeMutableRawPointer) {
    out.storeBytes(of: V(repeating: x), as: V.self)
}

func splat(bits: UInt32, into out: UnsafeMutableRawPointer) {
    out.storeBytes(of: U(repeating: bits), as: U.self)
}

@inline(__always) private func gather<Stored: BitwiseCopyable>(
    _ start: UnsafeRawPointer, _ form: UnsafePointer<Affine>, _ tile: Tile, _ pitch: Int,
    _ out: UnsafeMutablePointer<Float>, as: Stored.Type, _ widen: (Stored) -> Float
) {
    let (rowStride, columnStride) = (form.pointee.row, form.pointee.column)
    let (rows, columns) = (tile.rows, tile.columns)
    let rowsAreLookedUp = form.pointee.table != nil && form.pointee.lookup == tile.outerCount
    let columnsAreLookedUp = form.pointee.table != nil && form.pointee.lookup == tile.outerCount + 1
    if abs(rowStride) == MemoryLayout<Stored>.size, abs(columnStride) > abs(rowStride), !rowsAreLookedUp,
        !columnsAreLookedUp
    {
        // Transposed: a column lies in one or two cache lines, which are gone when the next row comes to them.
        for c in 0..<columns {
            let column = start + c * columnStride
            for r in 0..<rows { out[r * pitch + c] = widen((column + r * rowStride).load(as: Stored.self)) }
        }
        return
    }
    // Rows that are all the same are found once.
    let areSame = rowStride == 0 && !rowsAreLookedUp
    for r in 0..<(areSame ? min(rows, 1) : rows) {
        let row = start + (rowsAreLookedUp ? form.pointee.looked(up: tile.row + r) : r) * rowStride
        let out = out + r * pitch
        if columnsAreLookedUp {
            for c in 0..<columns {
                out[c] = widen((row + form.pointee.looked(up: tile.column + c) * columnStride).load(as: Stored.self))
            }
        } else if columnStride == MemoryLayout<Stored>.size {
            let row = row.assumingMemoryBound(to: Stored.self)
            for c in 0..<columns { out[c] = widen(row[c]) }
        } else if columnStride == 0 {
            let x = widen(row.load(as: Stored.self))
            for c in 0..<columns { out[c] = x }
        } else {
            for c in 0..<columns { out[c] = widen((row + c * columnStride).load(as: Stored.self)) }
        }
    }
    guard areSame else { return }
    var done = 1
    while done < rows {
        let more = min(done, rows - done)
        copy(out, out + done * pitch, ((more - 1) * pitch + columns) * 4)
        done += more
    }
}

// MARK: Whole numbers

/// The numbers of an affine form over a tile, as floats.
func iota(_ form: UnsafePointer<Affine>, _ tile: Tile, pitch: Int, into out: UnsafeMutableRawPointer) {
    let start = tile.start(form)
    let out = out.assumingMemoryBound(to: Float.self)
    for r in 0..<tile.rows {
        let row = start + r * form.pointee.row
        for c in 0..<tile.columns { out[r * pitch + c] = Float(row + c * form.pointee.column) }
    }
}

/// The numbers of an affine form over a tile, modulo 2³².
func counters(_ form: UnsafePointer<Affine>, _ tile: Tile, pitch: Int, into out: UnsafeMutableRawPointer) {
    let start = tile.start(form)
    let step = UInt32(truncatingIfNeeded: form.pointee.column)
    let out = out.assumingMemoryBound(to: UInt32.self)
    for r in 0..<tile.rows {
        let row = UInt32(truncatingIfNeeded: start + r * form.pointee.row)
        for c in 0..<tile.columns {
            out[r * pitch + c] = row &+ UInt32(truncatingIfNeeded: c) &* step
        }
    }
}

// MARK: Stores

/// Scatters a tile's values, whose rows are `pitch` floats apart; `isUniform` if the value is a single vector of one number.
func store(
    _ dtype: DType, _ value: UnsafeRawPointer, pitch: Int, isUniform: Bool, _ form: UnsafePointer<Affine>, _ tile: Tile
) {
    let start = UnsafeMutableRawPointer(bitPattern: tile.start(form)).unsafelyUnwrapped
    let value = value.assumingMemoryBound(to: Float.self)
    switch dtype {
    case .float32:
        if !isUniform, let columns = form.pointee.columnsAcross {
            let target = start.assumingMemoryBound(to: Float.self)
            var r = 0
            while r + V.scalarCount <= tile.rows {
                transpose(value + r * pitch, stride: pitch, summed: tile.columns, width: columns, into: target + r)
                r += V.scalarCount
            }
            if r == tile.rows { return }
        }
        scatter(value, pitch, isUniform, start, form, tile, as: Float.self) { $0 }
    case .int32: scatter(value, pitch, isUniform, start, form, tile, as: Int32.self) { narrow($0) }
    case .uint8: scatter(value, pitch, isUniform, start, form, tile, as: UInt8.self) { narrow($0) }
    }
}

@inline(__always) private func scatter<Stored: BitwiseCopyable>(
    _ value: UnsafePointer<Float>, _ pitch: Int, _ isUniform: Bool, _ start: UnsafeMutableRawPointer,
    _ form: UnsafePointer<Affine>, _ tile: Tile, as: Stored.Type, _ narrow: (Float) -> Stored
) {
    let (rowStride, columnStride) = (form.pointee.row, form.pointee.column)
    // Rows alone may be looked up.
    let rowsAreLookedUp = form.pointee.table != nil
    if abs(rowStride) == MemoryLayout<Stored>.size, abs(columnStride) > abs(rowStride), !isUniform, !rowsAreLookedUp {
        for c in 0..<tile.columns {
            let column = start + c * columnStride
            for r in 0..<tile.rows {
                (column + r * rowStride).storeBytes(of: narrow(value[r * pitch + c]), as: Stored.self)
            }
        }
        return
    }
    for r in 0..<tile.rows {
        let row = start + (rowsAreLookedUp ? form.pointee.looked(up: tile.row + r) : r) * rowStride
        let value = isUniform ? value : value + r * pitch
        if isUniform {
            let x = narrow(value[0])
            for c in 0..<tile.columns { (row + c * columnStride).storeBytes(of: x, as: Stored.self) }
        } else if columnStride == MemoryLayout<Stored>.size {
            let row = row.assumingMemoryBound(to: Stored.self)
            for c in 0..<tile.columns { row[c] = narrow(value[c]) }
        } else {
            for c in 0..<tile.columns { (row + c * columnStride).storeBytes(of: narrow(value[c]), as: Stored.self) }
        }
    }
}

/// Whole types cut off the fraction and saturate, and take `NaN` as 0.
@inline(__always) private func narrow(_ x: Float) -> Int32 {
    // The largest float below 2³¹.
    let inside = x < 0x1.fffffep30 ? (x > -0x1p31 ? x : -0x1p31) : 0x1.fffffep30
    return x != x ? 0 : x >= 0x1p31 ? .max : Int32(inside)
}

@inline(__always) private func narrow(_ x: Float) -> UInt8 {
    x > 0 ? UInt8(truncatingIfNeeded: Int32(x < 255 ? x : 255)) : 0
}

/// `memcpy` without the call, which costs more than a short row.
@inline(__always) private func copy(_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int) {
    let source = source.assumingMemoryBound(to: Float.self), target = target.assumingMemoryBound(to: Float.self)
    for i in 0..<count / 4 { target[i] = source[i] }
}
