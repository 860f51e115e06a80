import StrataKernelInterface

/// Multiplies and adds in registers alone, `iterations` times twelve vectors: nothing that a processor runs has more
/// floating-point operations a second. Twelve chains hide the latency of two units that start one each cycle.
@Sendable func multiplyAdd(_ plan: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
    let plan = plan.assumingMemoryBound(to: PeakPlan.self).pointee
    let x = V(repeating: plan.factor), y = V(repeating: plan.term)
    var a0 = x, a1 = x, a2 = x, a3 = x, a4 = x, a5 = x, a6 = x, a7 = x, a8 = x, a9 = x, a10 = x, a11 = x
    for _ in 0..<plan.iterations {
        a0 = step(a0, x, y)
        a1 = step(a1, x, y)
        a2 = step(a2, x, y)
        a3 = step(a3, x, y)
        a4 = step(a4, x, y)
        a5 = step(a5, x, y)
        a6 = step(a6, x, y)
        a7 = step(a7, x, y)
        a8 = step(a8, x, y)
        a9 = step(a9, x, y)
        a10 = step(a10, x, y)
        a11 = step(a11, x, y)
    }
    let sum = (a0 + a1 + a2 + a3) + (a4 + a5 + a6 + a7) + (a8 + a9 + a10 + a11)
    scratch.storeBytes(of: sum, as: V.self)
}

/// Copies the task's share of one array to another.
@Sendable func copyShare(_ plan: UnsafeRawPointer, _ task: Int, _ scratch: UnsafeMutableRawPointer) {
    let plan = plan.assumingMemoryBound(to: CopyPlan.self).pointee
    let start = task * plan.bytesPerTask
    (plan.target + start).copyMemory(from: plan.source + start, byteCount: plan.bytesPerTask)
}

@inline(__always) private func step(_ a: V, _ x: V, _ y: V) -> V {
    #if AVX512 || AVX2
    y.addingProduct(a, x)
    #else
    a * x + y
    #endif
}
