import StrataBackend
import StrataGraph

extension Operator {
    static let sorting: [Operator] = [
        Operator("TopK") { call in
            let operand = try call.operand(0)
            let axis = try call.axis("axis", -1, of: operand)
            let count = call.opset < 10 ? try call.int("k") : try call.knownInteger(1)
            let isLargest = try call.int("largest", 1) != 0
            let extent = operand.shape[axis]
            guard (0...extent).contains(count), extent <= 4096 else {
                throw call.fail("the first \(count) of \(extent)", .unsupported)
            }
            let input = try operand.number()
            // The rank of an element is how many come before it: those that are larger, and equal ones at earlier places.
            let x = isLargest ? input : -input
            let moved = axis == x.rank - 1 ? x : x.swapped(axis, x.rank - 1)
            let (mine, other) = (moved.unsqueezed(moved.rank), moved.unsqueezed(moved.rank - 1))
            let square: Shape = [extent, extent]
            let isEarlier = Tensor.iota(square, axis: 1).less(.iota(square, axis: 0))
            let rank = (other.greater(mine) + other.equal(mine) * isEarlier).sum([moved.rank])
            // [lead…, count, extent]: where each rank stands.
            let isChosen = rank.unsqueezed(rank.rank - 1)
                .equal(.iota(Shape(moved.shape.dropLast() + [count, extent]), axis: moved.rank - 1))
            let values = isChosen.select(moved.unsqueezed(moved.rank - 1), .constant(0)).sum([moved.rank])
            let places = (isChosen * .iota(isChosen.shape, axis: moved.rank)).sum([moved.rank])
            func back(_ y: Tensor) -> Tensor { axis == x.rank - 1 ? y : y.swapped(axis, x.rank - 1) }
            return [Value(back(isLargest ? values : -values), operand.type), Value(back(places), .int64)]
        },
        Operator("Unique") { call in
            let operand = try call.operand(0)
            let host = try call.builder.known(operand)
            let isFlat = !call.has("axis")
            let axis = isFlat ? 0 : try call.axis("axis", of: operand)
            // Rows along the axis, each as the numbers in it.
            let shape = isFlat ? Shape([host.count]) : host.shape
            let rowCount = shape[axis]
            let moved = try call.builder.places(shape) { x in
                x.transpose([axis] + x.shape.indices.filter { $0 != axis }).reshape([
                    rowCount, x.shape.elementCount / max(rowCount, 1),
                ])
            }
            let width = moved.shape[1]
            let all = host.floats
            let rows = (0..<rowCount).map { row in moved.places[row * width..<(row + 1) * width].map { all[$0] } }
            var firsts: [Int] = []
            var known: [[Float]: Int] = [:]
            for (number, row) in rows.enumerated() where known[row] == nil {
                known[row] = firsts.count
                firsts.append(number)
            }
            if try call.int("sorted", 1) != 0 {
                firsts.sort { rows[$0].lexicographicallyPrecedes(rows[$1]) }
                for (number, first) in firsts.enumerated() { known[rows[first]] = number }
            }
            let inverse = rows.map { known[$0] ?? 0 }
            var counts = [Int](repeating: 0, count: firsts.count)
            for number in inverse { counts[number] += 1 }
            let values = try call.moved(Operand(host)) { x in
                (isFlat ? x.reshape([x.shape.elementCount]) : x).taking(firsts, axis: axis)
            }
            return [values] + [firsts, inverse, counts].map { Value(ONNXTensor($0, [$0.count])) }
        },
    ]
}
