import StrataBackend
import StrataGraph

extension Operator {
    static let convolutions: [Operator] = [
        Operator("Conv") { call in
            let (x, filter) = (try call.number(0), try call.number(1))
            guard x.rank >= 3, filter.rank == x.rank else {
                throw call.fail("a filter \(filter.shape) over \(x.shape)", .shape)
            }
            let window = try SlidingWindow(
                call, size: Array(filter.shape.dropFirst(2)), extents: Array(x.shape.dropFirst(2)))
            let result = try convolution(x, filter, window, groups: call.int("group", 1))
            return [Value(try call.biased(result, 2), try call.operand(0).type)]
        },
        Operator("ConvTranspose") { try $0.transposedConvolution() },
        Operator("CausalConvWithState") { call in
            let (x, filter) = (try call.number(0), try call.number(1))
            guard x.rank == 3, filter.rank == 3, filter.shape[1] == 1 else {
                throw call.fail("a filter \(filter.shape) over \(x.shape)", .shape)
            }
            let past = filter.shape[2] - 1
            let before = try call.optionalNumber(3) ?? .constant(0, [x.shape[0], x.shape[1], max(past, 0)])
            let whole = Tensor.concatenate([before, x], axis: 2)
            let result = whole.unsqueezed(2).convolve(
                filter.unsqueezed(2), ConvolutionWindow(groups: max(x.shape[1], 1))
            ).squeezed(2)
            let biased = try call.biased(result, 2)
            let isSwish = try ["silu", "swish"].contains(call.string("activation", "none"))
            let state = whole.slice(from: whole.extent(2) - past, count: past, axis: 2)
            return [Value(isSwish ? biased * biased.sigmoid() : biased, .float32), Value(state, .float32)]
        },
        Operator("Col2Im") { try $0.imageOfColumns() },
    ]
}

/// A cross-correlation over any number of spatial axes. Over two it is an op of its own, over one the same with an axis of
/// extent 1, over more a product with all windows.
func convolution(_ x: Tensor, _ filter: Tensor, _ window: SlidingWindow, groups: Int, dilation: [Int]? = nil) -> Tensor
{
    let axes = window.size.count
    let dilation = dilation ?? window.size.map { _ in 1 }
    guard (1...SlidingWindow.limit).contains(groups) else { return .invalid("\(groups) groups", of: x) }
    if axes <= 2 {
        func pair(_ values: [Int], _ fill: Int) -> [Int] { axes == 2 ? values : [fill] + values }
        let settings = ConvolutionWindow(
            stride: pair(window.strides, 1), paddingLow: pair(window.low, 0), paddingHigh: pair(window.high, 0),
            inputDilation: pair(dilation, 1), filterDilation: pair(window.dilations, 1), groups: groups)
        return axes == 2
            ? x.convolve(filter, settings)
            : x.unsqueezed(2).convolve(filter.unsqueezed(2), settings).squeezed(2)
    }
    guard x.extent(1) == filter.extent(1).saturatingMultiplied(by: groups), filter.extent(0) % groups == 0 else {
        return .invalid("a filter \(filter.shape) in \(groups) groups over \(x.shape)", of: x, filter)
    }
    let spread = x.pad(
        low: x.shape.map { _ in 0 }, high: x.shape.map { _ in 0 }, interior: [0, 0] + dilation.map { $0 - 1 })
    let windows = window.windows(spread)
    let (inputs, outputs) = (filter.shape[1], filter.shape[0] / groups)
    let parts = (0..<groups).map { group -> Tensor in
        let summed = Array(1...axes + 1)
        // [N, positions…, O], the channels last.
        let product = windows.slice(group * inputs..<(group + 1) * inputs, axis: 1).dot(
            filter.slice(group * outputs..<(group + 1) * outputs, axis: 0),
            DotAxes(leftContract: summed, rightContract: summed))
        return product.transpose([0, axes + 1] + Array(1...axes))
    }
    return .concatenate(parts, axis: 1)
}

extension Call {
    /// A result with a bias for each channel, where the node has one.
    func biased(_ result: Tensor, _ place: Int) throws -> Tensor {
        guard let bias = try optionalNumber(place) else { return result }
        return result + bias.along(axis: 1, rank: result.rank)
    }

    fileprivate func transposedConvolution() throws -> [Value] {
        let (x, filter) = (try number(0), try number(1))
        let groups = try int("group", 1)
        guard x.rank >= 3, filter.rank == x.rank, groups > 0, filter.shape[0] % groups == 0,
            filter.shape[0] == x.shape[1]
        else { throw fail("a filter \(filter.shape) over \(x.shape)", .shape) }
        let extents = Array(x.shape.dropFirst(2))
        let automatic = try string("auto_pad", "NOTSET")
        var window = try SlidingWindow(self, size: Array(filter.shape.dropFirst(2)), extents: extents)
        let outside = try ints("output_padding") ?? extents.map { _ in 0 }
        guard outside.count == extents.count, outside.allSatisfy({ (0...SlidingWindow.limit).contains($0) }),
            extents.allSatisfy({ $0 <= SlidingWindow.limit })
        else { throw fail("output_padding \(outside)") }
        // All that the elements reach, of which the padding is cut off.
        let whole = extents.indices.map { (extents[$0] - 1) * window.strides[$0] + window.span($0) }
        var target = try ints("output_shape").map { Array($0.suffix(extents.count)) }
        if automatic.hasPrefix("SAME") { target = target ?? zip(extents, window.strides).map { $0 * $1 } }
        if let target {
            guard target.count == extents.count, target.allSatisfy({ (0...SlidingWindow.limit).contains($0) }) else {
                throw fail("output_shape \(target)")
            }
            for axis in extents.indices {
                let cut = whole[axis] + outside[axis] - target[axis]
                if cut < 0 {
                    // More than the elements reach: zeros after them.
                    (window.low[axis], window.high[axis]) = (0, cut)
                    continue
                }
                window.low[axis] = automatic == "SAME_UPPER" ? cut / 2 : cut - cut / 2
                window.high[axis] = cut - window.low[axis]
                if automatic == "NOTSET" { (window.low[axis], window.high[axis]) = (cut / 2, cut - cut / 2) }
            }
        }
        let spatial = Array(2..<x.rank)
        let (inputs, outputs) = (filter.shape[0] / groups, filter.shape[1])
        let turned = filter.reverse(spatial)
            .reshape(Shape([groups, inputs, outputs] + window.size)).swapped(1, 2)
            .reshape(Shape([groups * outputs, inputs] + window.size))
        var inner = window
        let strides = window.strides
        inner.strides = strides.map { _ in 1 }
        inner.low = extents.indices.map { window.span($0) - 1 }
        inner.high = inner.low
        let full = convolution(x, turned, inner, groups: groups, dilation: strides)
        let result = full.padded(
            [0, 0] + window.low.map { -$0 }, [0, 0] + zip(outside, window.high).map { $0 - $1 })
        return [Value(try biased(result, 2), try operand(0).type)]
    }

    /// Columns, each a block of an image, added up where they lie.
    fileprivate func imageOfColumns() throws -> [Value] {
        let x = try number(0)
        let (image, block) = (try knownIntegers(1), try knownIntegers(2))
        guard x.rank == 3, image.count == block.count, image.allSatisfy({ (0...SlidingWindow.limit).contains($0) }),
            block.allSatisfy({ (1...SlidingWindow.limit).contains($0) }), x.shape[1] % block.product == 0
        else { throw fail("blocks of \(block) in \(image)", .shape) }
        let window = try SlidingWindow(self, size: block, extents: image)
        let padded = Shape(image.indices.map { image[$0] + window.low[$0] + window.high[$0] })
        // Where each element of each block lies, by the windows over places themselves.
        let places = try builder.places(padded) {
            $0.windows(block, strides: window.strides, dilations: window.dilations)
        }
        guard places.places.count == x.shape[2] * block.product else {
            throw fail("\(x.shape[2]) blocks for \(image)", .shape)
        }
        let (count, channels) = (x.shape[0], x.shape[1] / block.product)
        let rows = x.reshape([count * channels, places.places.count]).transpose()
        let summed = rows.scatterAdd(
            to: padded.elementCount, indices: .literal(places.places.map(Int32.init), [places.places.count]))
        let result = summed.transpose().reshape(Shape([count, channels] + padded.extents))
        let cut = result.padded([0, 0] + window.low.map { -$0 }, [0, 0] + window.high.map { -$0 })
        return [Value(cut, try operand(0).type)]
    }
}
