#if OpenCL
import StrataBackend

extension Launch {
    static func launches(for map: Map, tuning: Tuning) -> [Launch] {
        let operands = map.expression.operands + map.stores.map(\.target)
        let isWide = needsWideIndices(map.extents, map.expression, map.stores)
        var emitter = Emitter(lanes: tuning.lanes, isWide: isWide)
        let lane = laneDimension(
            map.extents.indices, extents: map.extents, operands: operands, lanes: tuning.lanes
        ).dimension
        let items = emitter.itemCount(map.extents, lane: lane)
        guard items > 0 else { return [] }

        let turned = tuning.lanes > 1 ? turnedDimension(operands, lane: lane) : nil
        let decoding = emitter.decode("item", map.extents, lane: lane, fastest: turned, prefix: "i")
        let expression =
            emitter.evaluate(map.expression, at: decoding.place, prefix: "v")
            + emitter.write(map.stores, at: decoding.place, prefix: "v")
        let (groups, chunk) = tuning.spread(items)
        let defines = [("ITEMS", emitter.number(items)), ("CHUNK", emitter.number(chunk))]
        return [
            emitter.launch(
                Template.map, defines: tuning.defines + defines,
                splices: ["coordinates": decoding.statements, "expression": expression],
                groups: groups, groupSize: tuning.groupSize)
        ]
    }

    /// The dimension along which an operand lies that is strided along the lanes. If items follow each other along it,
    /// the cache lines that a vector gathers from serve the next vectors too.
    private static func turnedDimension(_ operands: [Operand], lane: Int) -> Int? {
        operands.lazy.map(\.access.strides).first { !(0...1).contains($0[lane]) && $0.contains(1) }?.firstIndex(of: 1)
    }
}
#endif
