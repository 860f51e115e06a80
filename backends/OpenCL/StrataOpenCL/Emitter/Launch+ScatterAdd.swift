#if OpenCL
import StrataBackend

extension Launch {
    static func launches(for scatter: ScatterAdd, tuning: Tuning) -> [Launch] {
        let rows = scatter.target.shape.first ?? 0
        let width = scatter.target.shape.dropFirst().reduce(1, *)
        let count = scatter.indices.shape.elementCount
        guard rows > 0, width > 0 else { return [] }
        let isWide =
            needsWideIndices([scatter.target.offset + rows * width], [])
            || needsWideIndices([scatter.updates.offset + count * width, scatter.indices.offset + count], [])
        var emitter = Emitter(lanes: tuning.lanes, isWide: isWide)

        // Cutting the rows finer makes more work items, each of which goes through all indices.
        let vectors = emitter.vectorCount(width)
        let blocks = min(max(tuning.parallelism / 4 / vectors, 1), rows)
        let block = (rows + blocks - 1) / blocks
        let items = vectors * ((rows + block - 1) / block)
        let (groups, chunk) = tuning.spread(items)

        func array(_ array: ArrayOperand) -> String {
            "(\(emitter.pointer(array.slot, array.dtype)) + \(emitter.number(array.offset)))"
        }
        let numbers = [
            ("ITEMS", items), ("CHUNK", chunk), ("VECTORS", vectors), ("BLOCK", block), ("ROWS", rows),
            ("WIDTH", width), ("COUNT", count), ("ACCUMULATES", scatter.accumulates ? 1 : 0),
        ].map { ($0.0, emitter.number($0.1)) }
        let arrays = [
            ("TARGET", array(scatter.target)), ("INDICES", array(scatter.indices)), ("UPDATES", array(scatter.updates)),
        ]
        return [
            emitter.launch(
                Template.scatter, defines: tuning.defines + numbers + arrays, splices: [:], groups: groups,
                groupSize: tuning.groupSize)
        ]
    }
}
#endif
