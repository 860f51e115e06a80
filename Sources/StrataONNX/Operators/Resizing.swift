import Foundation
import StrataBackend
import StrataGraph

extension Operator {
    static let resizing: [Operator] = [
        Operator("Resize") { try $0.resize() },
        Operator("Upsample") { call in
            let scales = try call.floats("scales") ?? call.knownFloats(1)
            var resize = AxisResize(mode: try call.string("mode", "nearest"))
            (resize.coordinates, resize.nearest) = ("asymmetric", "floor")
            return try call.resized(resize, scales.map(Double.init), nil, Array(scales.indices))
        },
        Operator("AffineGrid") { call in
            let theta = try call.number(0)
            let size = try call.knownIntegers(1)
            let isAligned = try call.flag("align_corners")
            let extents = Array(size.dropFirst(2))
            guard theta.rank == 3, theta.shape[1] == extents.count, theta.shape[2] == extents.count + 1,
                Shape(size).isPossible
            else { throw call.fail("\(theta.shape) for \(size)", .shape) }
            // The innermost axis comes first.
            let shape = Shape(extents)
            let coordinates = extents.indices.reversed().map { axis -> Tensor in
                let place = Tensor.iota(shape, axis: axis)
                let extent = Float(extents[axis])
                return isAligned ? place * (2 / max(extent - 1, 1)) - 1 : (place * 2 + 1) / extent - 1
            }
            let ones = Tensor.constant(1, shape)
            let points = Tensor.stack(coordinates + [ones], axis: shape.rank).reshape([
                shape.elementCount, extents.count + 1,
            ])
            let grid = theta.dot(points, DotAxes(leftContract: [2], rightContract: [1])).transpose([0, 2, 1])
            return [Value(grid.reshape(Shape([theta.shape[0]] + extents + [extents.count])), .float32)]
        },
        Operator("GridSample") { try $0.gridSample() },
    ]
}

/// How one axis is resampled: which elements each new one is made of, and in what parts.
struct AxisResize {
    var mode: String
    var coordinates = "half_pixel"
    var nearest = "round_prefer_floor"
    var cubic = -0.75
    var excludesOutside = false
    var isAntialiased = false
    var extrapolation: Float = 0

    init(mode: String) { self.mode = mode }

    /// Where a new place lies among the old ones; `nil` for a mode that does not exist.
    func source(_ place: Int, _ extent: Int, _ scale: Double, _ target: Int, _ region: (Double, Double)) -> Double? {
        let (x, width) = (Double(place), scale * Double(extent))
        switch coordinates {
        case "half_pixel": return (x + 0.5) / scale - 0.5
        case "pytorch_half_pixel": return width == 1 ? -0.5 : (x + 0.5) / scale - 0.5
        case "half_pixel_symmetric":
            return Double(extent) / 2 * (1 - Double(target) / width) + (x + 0.5) / scale - 0.5
        case "asymmetric": return x / scale
        case "align_corners": return width == 1 ? 0 : x * Double(extent - 1) / (width - 1)
        case "tf_crop_and_resize":
            let (start, end) = (region.0 * Double(extent - 1), region.1 * Double(extent - 1))
            return width == 1 ? (start + end) / 2 - start + start : x * (end - start) / (width - 1) + start
        default: return nil
        }
    }

    /// The element nearest to a place between two.
    func nearestPlace(_ x: Double) -> Double {
        switch nearest {
        case "floor": x.rounded(.down)
        case "ceil": x.rounded(.up)
        case "round_prefer_ceil": (x + 0.5).rounded(.down)
        default: (x - 0.5).rounded(.up)
        }
    }

    private func kernel(_ x: Double) -> Double {
        let x = abs(x)
        guard mode == "cubic" else { return max(1 - x, 0) }
        if x <= 1 { return ((cubic + 2) * x - (cubic + 3)) * x * x + 1 }
        return x < 2 ? ((cubic * x - 5 * cubic) * x + 8 * cubic) * x - 4 * cubic : 0
    }

    /// The elements around a place with the parts that they have in it, not yet cut off at the ends.
    func parts(_ x: Double, _ scale: Double) -> [(place: Int, part: Double)] {
        let reach = mode == "cubic" ? 2.0 : 1.0
        let shrink = isAntialiased ? min(scale, 1) : 1
        let (first, last) = (Int((x - reach / shrink).rounded(.down)), Int((x + reach / shrink).rounded(.up)))
        let parts = (first...last).map { (place: $0, part: kernel((Double($0) - x) * shrink)) }.filter { $0.part != 0 }
        guard isAntialiased else { return parts }
        let sum = parts.reduce(0) { $0 + $1.part }
        return parts.map { ($0.place, $0.part / sum) }
    }
}

extension Call {
    fileprivate func resize() throws -> [Value] {
        let operand = try operand(0)
        var resize = AxisResize(mode: try string("mode", "nearest"))
        guard opset > 10 else {
            (resize.coordinates, resize.nearest) = ("asymmetric", "floor")
            return try resized(resize, knownFloats(1).map(Double.init), nil, Array(0..<operand.rank))
        }
        resize.coordinates = try string("coordinate_transformation_mode", "half_pixel")
        resize.nearest = try string("nearest_mode", "round_prefer_floor")
        resize.cubic = Double(try float("cubic_coeff_a", -0.75))
        resize.excludesOutside = try flag("exclude_outside")
        resize.isAntialiased = try flag("antialias")
        resize.extrapolation = try float("extrapolation_value", 0)
        let axes = try ints("axes").map { try self.axes($0, rank: operand.rank) } ?? Array(0..<operand.rank)
        let region = try has(1) && operand.rank > 0 ? knownFloats(1).map(Double.init) : []
        let scales = try has(2) ? knownFloats(2).map(Double.init) : []
        guard scales.isEmpty else { return try resized(resize, scales, nil, axes, region) }
        var sizes = try knownIntegers(3)
        guard sizes.count == axes.count, sizes.allSatisfy({ (0...SlidingWindow.limit).contains($0) }) else {
            throw fail("sizes \(sizes) for axes \(axes)")
        }
        let policy = try string("keep_aspect_ratio_policy", "stretch")
        var ratios = zip(sizes, axes).map { Double($0) / Double(max(operand.shape[$1], 1)) }
        if policy != "stretch" {
            let scale = (policy == "not_larger" ? ratios.min() : ratios.max()) ?? 1
            ratios = ratios.map { _ in scale }
            sizes = axes.map { Int((scale * Double(operand.shape[$0]) + 0.5).rounded(.down)) }
        }
        return try resized(resize, ratios, sizes, axes, region)
    }

    fileprivate func resized(
        _ resize: AxisResize, _ scales: [Double], _ sizes: [Int]?, _ axes: [Int], _ region: [Double] = []
    ) throws -> [Value] {
        let operand = try operand(0)
        guard scales.count == axes.count, axes.allSatisfy({ $0 < operand.rank }),
            scales.allSatisfy({ $0 > 0 && $0 < 1e6 }) || sizes != nil
        else { throw fail("scales \(scales) for \(operand.shape)") }
        var x = try operand.number()
        for (number, axis) in axes.enumerated() {
            let (extent, scale) = (operand.shape[axis], scales[number])
            let span = region.count == 2 * axes.count ? (region[number], region[axes.count + number]) : (0, 1)
            let isCropped = resize.coordinates == "tf_crop_and_resize"
            let wide = Double(extent) * scale * (isCropped ? span.1 - span.0 : 1)
            let target = sizes?[number] ?? Int(wide.rounded(.down))
            guard extent > 0, (0...SlidingWindow.limit).contains(target) else {
                throw fail("\(target) elements of \(extent)", .shape)
            }
            if extent == target, scale == 1, !isCropped { continue }
            let places = try (0..<target).map { place -> Double in
                guard let source = resize.source(place, extent, scale, target, span) else {
                    throw fail("coordinate_transformation_mode '\(resize.coordinates)' does not exist")
                }
                return source
            }
            if resize.mode == "nearest" {
                let nearest = places.map { min(max(Int(resize.nearestPlace($0)), 0), extent - 1) }
                x = x.taking(nearest, axis: axis)
            } else {
                guard target.saturatingMultiplied(by: extent) <= 1 << 26 else {
                    throw fail("\(extent) elements to \(target) are too many", .unsupported)
                }
                x = interpolated(x, axis, places, resize, scale)
            }
            guard isCropped else { continue }
            let isOutside = places.map { $0 < 0 || $0 > Double(extent - 1) ? Float(1) : 0 }
            x = Tensor.literal(isOutside, [target]).along(axis: axis, rank: x.rank)
                .select(.constant(resize.extrapolation), x)
        }
        return [Value(x, operand.type)]
    }

    /// A product with a matrix of the parts that old elements have in new ones.
    private func interpolated(
        _ x: Tensor, _ axis: Int, _ places: [Double], _ resize: AxisResize, _ scale: Double
    ) -> Tensor {
        let extent = x.shape[axis]
        var matrix = [Float](repeating: 0, count: places.count * extent)
        for (row, place) in places.enumerated() {
            var parts = resize.parts(place, scale)
            if resize.excludesOutside {
                parts = parts.filter { (0..<extent).contains($0.place) }
                let sum = parts.reduce(0) { $0 + $1.part }
                parts = parts.map { ($0.place, $0.part / sum) }
            }
            for (source, part) in parts { matrix[row * extent + min(max(source, 0), extent - 1)] += Float(part) }
        }
        let product = x.dot(
            .literal(matrix, [places.count, extent]), DotAxes(leftContract: [axis], rightContract: [1]))
        var order = Array(0..<x.rank - 1)
        order.insert(x.rank - 1, at: axis)
        return product.transpose(order)
    }

    /// Values between the elements of images, at places that are given for each image.
    fileprivate func gridSample() throws -> [Value] {
        let operand = try operand(0)
        let (x, grid) = (try operand.number(), try number(1))
        let extents = Array(x.shape.dropFirst(2))
        guard x.rank >= 3, grid.rank == x.rank, grid.shape.last == extents.count, grid.shape[0] == x.shape[0],
            extents.allSatisfy({ $0 > 0 }), x.shape.elementCount <= 1 << 24
        else { throw fail("\(grid.shape) for \(x.shape)", .shape) }
        let isAligned = try flag("align_corners")
        let padding = try string("padding_mode", "zeros")
        var mode = try string("mode", "linear")
        mode = ["bilinear": "linear", "bicubic": "cubic"][mode] ?? mode
        guard ["linear", "cubic", "nearest"].contains(mode), ["zeros", "border", "reflection"].contains(padding) else {
            throw fail("mode '\(mode)' with padding '\(padding)' does not exist")
        }
        let last = grid.rank - 1
        let points = Array(grid.shape.dropFirst().dropLast())
        // Coordinates come with the innermost axis first.
        var taps: [(weight: Tensor, place: Tensor)] = [(.constant(1), .constant(0))]
        for (axis, extent) in extents.enumerated() {
            let part = grid.slice(extents.count - 1 - axis..<extents.count - axis, axis: last).squeezed(last)
            let size = Float(extent)
            var place = isAligned ? (part + 1) * ((size - 1) / 2) : ((part + 1) * size - 1) * 0.5
            if mode == "nearest" { place = place.rounded() }
            let (low, high): (Float, Float) = isAligned ? (0, size - 1) : (-0.5, size - 0.5)
            if padding == "border" { place = place.maximum(0).minimum(size - 1) }
            if padding == "reflection" { place = reflected(place, low, high) }
            let floor = place.floor()
            let rest = place - floor
            let offsets: [(Float, Tensor)]
            switch mode {
            case "nearest": offsets = [(0, .constant(1))]
            case "linear": offsets = [(0, 1 - rest), (1, rest)]
            default:
                let a: Float = -0.75
                func far(_ t: Tensor) -> Tensor { ((t * a - 5 * a) * t + 8 * a) * t - 4 * a }
                func near(_ t: Tensor) -> Tensor { (t * (a + 2) - (a + 3)) * t * t + 1 }
                offsets = [(-1, far(rest + 1)), (0, near(rest)), (1, near(1 - rest)), (2, far(2 - rest))]
            }
            taps = taps.flatMap { tap in
                offsets.map { offset, weight in
                    var index = (mode == "nearest" ? place : floor) + offset
                    var part = weight
                    switch padding {
                    case "zeros":
                        let isThere = index.greaterOrEqual(.constant(0)) * index.lessOrEqual(.constant(size - 1))
                        part = part * isThere
                    case "reflection": index = reflected(index, low, high).truncated()
                    default: break
                    }
                    index = index.maximum(0).minimum(size - 1)
                    return (tap.weight * part, tap.place * size + index)
                }
            }
        }
        let count = extents.product
        let table = x.transpose([0] + Array(2..<x.rank) + [1]).reshape([x.shape[0] * count, x.shape[1]])
        let lead = Shape([x.shape[0]] + points)
        let base = Tensor.iota(lead, axis: 0) * Float(count)
        let sum = taps.map { tap -> Tensor in
            let rows = (tap.place + base).cast(to: .int32).reshape([lead.elementCount])
            return table.gather(rows) * tap.weight.repeated(to: lead).reshape([lead.elementCount, 1])
        }.reduce(.constant(0)) { $0 + $1 }
        let shaped = sum.reshape(Shape(lead.extents + [x.shape[1]]))
        return [Value(shaped.transpose([0, lead.rank] + Array(1..<lead.rank)), operand.type)]
    }

    /// Places beyond an end, mirrored there as often as it takes.
    private func reflected(_ x: Tensor, _ low: Float, _ high: Float) -> Tensor {
        let span = high - low
        guard span > 0 else { return x * 0 }
        let distance = (x - low).absolute()
        let turns = (distance / span).floor()
        let rest = distance - turns * span
        let isOdd = (turns - (turns * 0.5).floor() * 2).greater(0.5)
        return isOdd.select(high - rest, rest + low)
    }
}
