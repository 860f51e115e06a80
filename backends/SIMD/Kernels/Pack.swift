import CCPU
import StrataKernelInterface

// Copies of pieces of factors, in the order in which the micro-kernel goes through them. What lies beyond the last line
// of a factor may be anything: it takes part only in results that nobody reads. Up to a vector beyond the last element
// of a factor is read, as buffers allow.

/// A panel of `rhs`: for each index of the summed dimension the elements of `width` lines one after the other. The
/// width is one or two vectors.
///
///     line 0  a₀ a₁ a₂ …                    ┌ a₀ b₀ c₀ ┐
///     line 1  b₀ b₁ b₂ …        →    panel  │ a₁ b₁ c₁ │
///     line 2  c₀ c₁ c₂ …                    └ a₂ b₂ c₂ ┘ …
func packPanel(
    _ source: UnsafePointer<Float>, lineStride: Int, summedStride: Int, lines: Int, summed: Int, width: Int,
    into panel: UnsafeMutablePointer<Float>
) {
    if lineStride == 1 {
        copyAcross(source, stride: summedStride, count: summed, width: width, into: panel)
        return
    }
    var line = 0
    if summedStride == 1 {
        while line + V.scalarCount <= lines {
            transpose(source + line &* lineStride, stride: lineStride, summed: summed, width: width, into: panel + line)
            line += V.scalarCount
        }
    }
    while line < lines {
        let (from, to) = (source + line &* lineStride, panel + line)
        for k in 0..<summed { to[k &* width] = from[k &* summedStride] }
        line += 1
    }
}

/// As many lines as a vector is long: `panel` gets the elements of each `summed` index side by side, `width` floats apart.
func transpose(
    _ source: UnsafePointer<Float>, stride: Int, summed: Int, width: Int, into panel: UnsafeMutablePointer<Float>
) {
    var k = 0
    while k + 4 <= summed {
        strata_transpose(source + k, stride, panel + k &* width, width)
        k += 4
    }
    while k < summed {
        for line in 0..<V.scalarCount { panel[k &* width + line] = source[line &* stride + k] }
        k += 1
    }
}

/// Whole vectors of neighbouring lines, one depth after the other.
private func copyAcross(
    _ source: UnsafePointer<Float>, stride: Int, count: Int, width: Int, into panel: UnsafeMutablePointer<Float>
) {
    var (from, to) = (source, panel)
    if width == V.scalarCount {
        for _ in 0..<count {
            put(at(from), to)
            from += stride
            to += V.scalarCount
        }
    } else {
        for _ in 0..<count {
            let (left, right) = (at(from), at(from + V.scalarCount))
            put(left, to)
            put(right, to + V.scalarCount)
            from += stride
            to += 2 * V.scalarCount
        }
    }
}

/// The same of a factor whose elements are found through tables: lines from `firstLine` on, and depths from `first` on.
func packPanelGathered(
    _ source: UnsafePointer<Float>, _ factor: GatheredFactor, firstLine: Int, lines: Int, first: Int, summed: Int,
    width: Int, into panel: UnsafeMutablePointer<Float>
) {
    let (kept, depths) = (factor.kept + firstLine, factor.summed + first)
    if factor.keptStride > 0, factor.summedStride > 0 {
        return packPanel(
            source + Int(kept[0]) + Int(depths[0]), lineStride: factor.keptStride, summedStride: factor.summedStride,
            lines: lines, summed: summed, width: width, into: panel)
    }
    // Lines side by side are copied as vectors, those of a panel all at once or half by half.
    var line = 0
    while line &+ V.scalarCount <= lines, areSideBySide(kept + line) {
        let (from, to) = (source + Int(kept[line]), panel + line)
        for k in 0..<summed { put(at(from + Int(depths[k])), to + k &* width) }
        line += V.scalarCount
    }
    guard line < lines else { return }
    // One by one, along what lies closer together.
    if summed > 1, lines == 1 || abs(depths[1] &- depths[0]) < abs(kept[1] &- kept[0]) {
        while line < lines {
            let (from, to) = (source + Int(kept[line]), panel + line)
            for k in 0..<summed { to[k &* width] = from[Int(depths[k])] }
            line += 1
        }
    } else {
        for k in 0..<summed {
            let (from, to) = (source + Int(depths[k]), panel + k &* width)
            for line in line..<lines { to[line] = from[Int(kept[line])] }
        }
    }
}

private func areSideBySide(_ lines: UnsafePointer<Int32>) -> Bool {
    for i in 1..<V.scalarCount where lines[i] != lines[0] &+ Int32(truncatingIfNeeded: i) { return false }
    return true
}

/// Up to `microRows` rows of `lhs`. True if they are laid one after the other, `lineStride` apart, as they lie side by
/// side along the summed dimension; else they are packed, `microRows` elements for each depth. (The micro-kernel takes
/// single elements, which may come from anywhere; so there is no need to transpose.)
func packRows(
    _ source: UnsafePointer<Float>, rowStride: Int, summedStride: Int, rows: Int, summed: Int,
    into target: UnsafeMutablePointer<Float>
) -> Bool {
    if summedStride == 1 {
        for row in 0..<rows {
            let (from, to) = (source + row &* rowStride, target + row &* lineStride)
            var k = 0
            while k < summed {
                put(at(from + k), to + k)
                k += V.scalarCount
            }
        }
        return true
    }
    if rowStride == 1 {
        var (from, to) = (source, target)
        // Each vector but the last is overwritten in part by the next.
        for _ in 0..<summed {
            put(at(from), to)
            from += summedStride
            to += microRows
        }
        return false
    }
    for k in 0..<summed {
        for row in 0..<rows { target[k &* microRows + row] = source[row &* rowStride + k &* summedStride] }
    }
    return false
}

@inline(__always) private func at(_ p: UnsafePointer<Float>) -> V {
    UnsafeRawPointer(p).loadUnaligned(as: V.self)
}

@inline(__always) private func put(_ x: V, _ p: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(p).storeBytes(of: x, as: V.self)
}
