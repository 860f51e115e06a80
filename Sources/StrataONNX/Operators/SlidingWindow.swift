import StrataBackend
import StrataGraph

/// How a filter or a pool goes over the spatial axes, the last of its input.
struct SlidingWindow {
    var size: [Int]
    var strides: [Int]
    var dilations: [Int]
    /// Elements before and after each axis; fewer than none are cut off.
    var low: [Int]
    var high: [Int]

    /// Extents are positive and bounded, so that nothing computed of them overflows.
    static let limit = 1 << 24

    /// From the attributes of convolutions and pools, for an input of these spatial extents.
    init(_ call: Call, size given: [Int]? = nil, extents: [Int]) throws {
        let count = extents.count
        func numbers(_ name: String, _ fallback: Int, from least: Int) throws -> [Int] {
            let values = try call.ints(name) ?? Array(repeating: fallback, count: count)
            guard values.count == count, values.allSatisfy({ (least...Self.limit).contains($0) }) else {
                throw call.fail("\(name) \(values) for \(count) axes")
            }
            return values
        }
        size = try given ?? numbers("kernel_shape", 0, from: 1)
        strides = try numbers("strides", 1, from: 1)
        dilations = try numbers("dilations", 1, from: 1)
        guard size.count == count, size.allSatisfy({ (1...Self.limit).contains($0) }), count > 0 else {
            throw call.fail("a window of \(size) over \(count) axes", .shape)
        }
        (low, high) = (Array(repeating: 0, count: count), Array(repeating: 0, count: count))
        let automatic = try call.string("auto_pad", "NOTSET")
        switch automatic {
        case "NOTSET":
            let pads = try call.ints("pads") ?? Array(repeating: 0, count: 2 * count)
            guard pads.count == 2 * count, pads.allSatisfy({ abs($0) <= Self.limit }) else {
                throw call.fail("pads \(pads) for \(count) axes")
            }
            (low, high) = (Array(pads.prefix(count)), Array(pads.suffix(count)))
        case "VALID": break
        case "SAME_UPPER", "SAME_LOWER":
            for axis in 0..<count {
                let positions = (extents[axis] + strides[axis] - 1) / strides[axis]
                let more = max((positions - 1) * strides[axis] + span(axis) - extents[axis], 0)
                low[axis] = automatic == "SAME_UPPER" ? more / 2 : more - more / 2
                high[axis] = more - low[axis]
            }
        default: throw call.fail("auto_pad '\(automatic)' does not exist")
        }
    }

    /// Elements that the window reaches over along an axis.
    func span(_ axis: Int) -> Int { (size[axis] - 1) * dilations[axis] + 1 }

    /// Elements to be added after each axis for the last window, which would reach over the end, to be one more.
    func overhang(_ extents: [Int]) -> [Int] {
        extents.indices.map { axis in
            let room = extents[axis] + low[axis] + high[axis] - span(axis)
            guard room >= 0 else { return 0 }
            let last = (room + strides[axis] - 1) / strides[axis]
            // A window that began beyond the elements would see none of them.
            let count = last * strides[axis] >= extents[axis] + low[axis] ? last : last + 1
            return max((count - 1) * strides[axis] - room, 0)
        }
    }

    /// The windows over an input, [lead…, size…, positions…]; what lies outside it is `outside`.
    func windows(_ x: Tensor, overhang: [Int]? = nil, outside: Tensor? = nil) -> Tensor {
        let lead = [Int](repeating: 0, count: x.rank - size.count)
        let after = overhang.map { zip(high, $0).map { $0 + $1 } } ?? high
        return x.padded(lead + low, lead + after, value: outside)
            .windows(size, strides: strides, dilations: dilations)
    }
}
