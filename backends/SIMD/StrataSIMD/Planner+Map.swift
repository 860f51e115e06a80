import StrataBackend
import StrataKernelInterface

extension Planner {
    mutating func plan(_ map: Map) throws {
        try addMap(TapeBuilder(map.expression, stores: map.stores, over: map.extents, slots: slots), over: map.extents)
    }

    /// The epilogue of a kernel whose results lie dense in a workspace.
    mutating func addEpilogue(
        _ expression: Expression, _ stores: [Store], over extents: [Int], results: UnsafeMutableRawPointer
    ) throws {
        var builder = try TapeBuilder(expression, stores: stores, over: extents, slots: slots)
        builder.readAccumulator(from: .dense(results, over: extents))
        addMap(builder, over: extents)
    }

    private mutating func addMap(_ builder: TapeBuilder, over extents: [Int]) {
        guard !extents.contains(0), !builder.stores.isEmpty else { return }
        var axes = Axes(extents: extents, forms: builder.forms)
        axes.simplify()
        if axes.rank == 0 { axes.insertOne(at: 0) }
        var column = axes.lengthen(axes.best() ?? axes.rank - 1, to: Self.shortestColumn, memory)
        while axes.rank < 2 {
            axes.insertOne(at: 0)
            column += 1
        }
        let crossing = axes.crossing(column)
        let row = crossing ?? axes.extents.indices.last { $0 != column } ?? 0
        axes.reorder(axes.extents.indices.filter { $0 != column && $0 != row } + [row, column])
        if crossing == nil, axes.extents[axes.rank - 1] < Tiling.longRow {
            // As many rows as a tile has room for.
            let least = Space.tileElements / 2 / max(axes.extents[axes.rank - 1], 1)
            _ = axes.lengthen(axes.rank - 2, to: least, except: axes.rank - 1, storesLookUp: true, memory)
        }
        let tiling =
            crossing != nil
            ? .crossing
            : Tiling(
                columns: axes.extents[axes.rank - 1], rowExtent: axes.extents[axes.rank - 2],
                vectorWidth: kernels.vectorWidth)
        // Rows that are tiles of their own are an outer dimension.
        if tiling.rows == 1 { axes.insertOne(at: axes.rank - 1) }
        var encoder = TapeEncoder(builder, over: axes, tiling: tiling)
        let tape = encoder.encode(streams: true, memory: memory)
        let tiles = axes.extents.dropLast(2).reduce(1, *) * tape.pointee.space.tileCount
        let tilesPerTask = max(1, Self.taskCost / builder.tileCost)
        add(
            kernels.map, MapPlan(tape: tape, tileCount: tiles, tilesPerTask: tilesPerTask),
            count: divideUp(tiles, by: tilesPerTask), scratchBytes: tape.pointee.scratchBytes)
    }
}

extension Planner {
    /// Fewer elements than these are not worth a row of a tile.
    static let shortestColumn = 16
}

extension Space {
    var rowTiles: Int { divideUp(rows, by: tileRows) }
    var columnTiles: Int { divideUp(columns, by: tileColumns) }
    var tileCount: Int { rowTiles * columnTiles }
}

extension Form {
    /// A dense row-major float32 array.
    static func dense(_ base: UnsafeMutableRawPointer, over extents: [Int], reduced: Int = 0) -> Form {
        Form(
            base: Int(bitPattern: base),
            strides: Shape(extents).strides.map { $0 * 4 } + [Int](repeating: 0, count: reduced), lookup: nil,
            elementSize: 4, weight: 1)
    }
}
