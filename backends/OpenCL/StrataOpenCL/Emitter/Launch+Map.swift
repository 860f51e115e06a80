#if OpenCL
import StrataBackend

extension Launch {
    static func launches(for map: Map, tuning: Tuning) -> [Launch] {
        let operands = map.expression.operands + map.stores.map(\.target)
        let isWide = needsWideIndices(map.extents, map.expression, map.stores)
        var emitter = Emitter(lanes: tuning.lanes, isWide: isWide)
        let lane = laneDimension(
            map.extents.indices, extents: map.extents, operands: operands, lanes: tuning.lanes).dimension
        let items = emitter.itemCount(map.extents, lane: lane)
        guard items > 0 else { return [] }

        let decoding = emitter.decode("item", map.extents, lane: lane, prefix: "i")
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
}
#endif
