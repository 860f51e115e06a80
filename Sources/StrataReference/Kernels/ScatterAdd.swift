import StrataBackend

extension ReferenceKernels {
    /// Adds in `Float`, unlike the other sums: the contract orders the terms, and so decides every rounding.
    static func run(_ scatter: ScatterAdd, _ memory: (Int) -> UnsafeMutableRawPointer) {
        let target = memory(scatter.target.slot).assumingMemoryBound(to: Float.self) + scatter.target.offset
        let indices = memory(scatter.indices.slot).assumingMemoryBound(to: Int32.self) + scatter.indices.offset
        let updates = memory(scatter.updates.slot).assumingMemoryBound(to: Float.self) + scatter.updates.offset
        let (rows, width) = (scatter.target.shape[0], scatter.target.shape.dropFirst().reduce(1, *))

        if !scatter.accumulates { target.update(repeating: 0, count: rows * width) }
        guard rows > 0 else { return }
        for i in 0..<scatter.indices.shape.elementCount {
            let row = max(0, min(Int(indices[i]), rows - 1))
            for j in 0..<width { target[row * width + j] += updates[i * width + j] }
        }
    }
}
