import StrataKernelInterface

/// Copies up to `width` lines of a factor into a panel, which is what the micro-kernel streams through: for each index
/// of the summed dimension the `width` elements one after the other. Lines beyond `lines` are zeros.
///
///     line 0  a₀ a₁ a₂ …                    ┌ a₀ b₀ c₀ ┐
///     line 1  b₀ b₁ b₂ …        →    panel  │ a₁ b₁ c₁ │
///     line 2  c₀ c₁ c₂ …                    └ a₂ b₂ c₂ ┘ …
func pack(
    _ source: UnsafePointer<Float>, lineStride: Int, summedStride: Int, lines: Int, summed: Int, width: Int,
    into panel: UnsafeMutablePointer<Float>
) {
    if lines < width { panel.update(repeating: 0, count: width * summed) }
    switch (lineStride, summedStride) {
    case (1, _):
        if lines == width && width % 4 == 0 {
            copyRows(source, stride: summedStride, count: summed, width: width, into: panel)
        } else {
            for k in 0..<summed {
                for i in 0..<lines { panel[k * width + i] = source[k * summedStride + i] }
            }
        }
    case (_, 1):
        var line = 0
        while line + 4 <= lines {
            transpose(source + line * lineStride, stride: lineStride, summed: summed, width: width, into: panel + line)
            line += 4
        }
        for i in line..<lines {
            for k in 0..<summed { panel[k * width + i] = source[i * lineStride + k] }
        }
    default:
        for k in 0..<summed {
            for i in 0..<lines { panel[k * width + i] = source[i * lineStride + k * summedStride] }
        }
    }
}

@inline(__always) private func load(_ p: UnsafePointer<Float>) -> SIMD4<Float> {
    UnsafeRawPointer(p).loadUnaligned(as: SIMD4<Float>.self)
}

@inline(__always) private func store(_ x: SIMD4<Float>, _ p: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(p).storeBytes(of: x, as: SIMD4<Float>.self)
}

/// Four lines at a time, four by four elements.
private func transpose(
    _ source: UnsafePointer<Float>, stride: Int, summed: Int, width: Int, into panel: UnsafeMutablePointer<Float>
) {
    let (s0, s1, s2, s3) = (source, source + stride, source + 2 * stride, source + 3 * stride)
    var k = 0
    while k + 4 <= summed {
        let (a, b, c, d) = (load(s0 + k), load(s1 + k), load(s2 + k), load(s3 + k))
        let target = panel + k * width
        store(SIMD4(a[0], b[0], c[0], d[0]), target)
        store(SIMD4(a[1], b[1], c[1], d[1]), target + width)
        store(SIMD4(a[2], b[2], c[2], d[2]), target + 2 * width)
        store(SIMD4(a[3], b[3], c[3], d[3]), target + 3 * width)
        k += 4
    }
    while k < summed {
        store(SIMD4(s0[k], s1[k], s2[k], s3[k]), panel + k * width)
        k += 1
    }
}

/// Rows of `width` floats, a multiple of 4.
private func copyRows(
    _ source: UnsafePointer<Float>, stride: Int, count: Int, width: Int, into panel: UnsafeMutablePointer<Float>
) {
    for k in 0..<count {
        let (row, target) = (source + k * stride, panel + k * width)
        var i = 0
        while i + V.scalarCount <= width {
            let x = UnsafeRawPointer(row + i).loadUnaligned(as: V.self)
            UnsafeMutableRawPointer(target + i).storeBytes(of: x, as: V.self)
            i += V.scalarCount
        }
        while i < width {
            store(load(row + i), target + i)
            i += 4
        }
    }
}
