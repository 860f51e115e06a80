import StrataBackend
import StrataGraph

extension Graph {
    /// Writes convolutions as contractions: pad, look through sliding windows (a view: nothing is copied but where a
    /// contraction cannot read it), contract with the filter. Results come out with their channels last, which a
    /// transposition turns back.
    func withConvolutionsSplit() throws -> Graph {
        try rewritten { builder, node in
            guard case .convolve(let window) = node.op else {
                return try builder.add(node.op, node.inputs, location: node.location)
            }
            let filter = builder[node.inputs[1]].type.shape
            guard node.type.shape.elementCount > 0, filter.elementCount > 0 else {
                return try builder.add(.constant(0, node.type.shape))
            }
            if let split = PhaseSplit(node, filter, image: builder[node.inputs[0]].type.shape) {
                return try split.apply(node, &builder)
            }
            if window.isDepthwise(filter) { return try taps(node, window, filter, &builder) }
            if window.isPlain, filter[0] <= ConvolutionWindow.fewOutputs {
                if filter[2] * filter[3] <= ConvolutionWindow.mostTaps, filter[1] >= ConvolutionWindow.manyInputs {
                    return try shiftedProducts(node, window, filter, &builder)
                }
                if node.type.shape[2] * node.type.shape[3] <= ConvolutionWindow.mostTaps,
                    node.type.shape[0] >= ConvolutionWindow.manyInputs
                {
                    return try exchangedWindows(node, window, filter, &builder)
                }
            }
            let windows = try builder.add(
                .windows(size: [filter[2], filter[3]], strides: window.stride, dilations: window.filterDilation),
                [try pad(node.inputs[0], window.trimmed(node, filter, builder), &builder)])
            guard window.groups > 1 else {
                // [N, C, KH, KW, OH, OW] · [O, C, KH, KW] → [N, OH, OW, O]
                let channelsLast = try builder.add(
                    .dot(DotAxes(leftContract: [1, 2, 3], rightContract: [1, 2, 3])), [windows, node.inputs[1]],
                    location: node.location)
                return try builder.add(.transpose(permutation: [0, 3, 1, 2]), [channelsLast])
            }
            // [N, G, C / G, KH, KW, OH, OW] · [G, O / G, C / G, KH, KW] → [G, N, OH, OW, O / G]
            var (image, filters) = (builder[windows].type.shape.extents, filter.extents)
            image.replaceSubrange(1...1, with: [window.groups, filter[1]])
            filters.replaceSubrange(0...0, with: [window.groups, filter[0] / window.groups])
            let channelsLast = try builder.add(
                .dot(
                    DotAxes(leftBatch: [1], rightBatch: [0], leftContract: [2, 3, 4], rightContract: [2, 3, 4])),
                [
                    try builder.add(.reshape(Shape(image)), [windows]),
                    try builder.add(.reshape(Shape(filters)), [node.inputs[1]]),
                ], location: node.location)
            let grouped = try builder.add(.transpose(permutation: [1, 0, 4, 2, 3]), [channelsLast])
            return try builder.add(.reshape(node.type.shape), [grouped])
        }
    }
}

extension ConvolutionWindow {
    /// The same window with no more padding at the end than its positions reach: paddings of one image that differ there
    /// alone become one.
    fileprivate func trimmed(_ node: Graph.Node, _ filter: Shape, _ builder: GraphBuilder) -> ConvolutionWindow {
        let image = builder[node.inputs[0]].type.shape
        var result = self
        for axis in 0..<2 where image[axis + 2] > 0 {
            let reach =
                (node.type.shape[axis + 2] - 1) * stride[axis] + (filter[axis + 2] - 1) * filterDilation[axis] + 1
            result.paddingHigh[axis] = reach - ((image[axis + 2] - 1) * inputDilation[axis] + 1) - paddingLow[axis]
        }
        return result
    }
}

extension ConvolutionWindow {
    /// Whether each channel is convolved by itself, with a filter of few elements.
    fileprivate func isDepthwise(_ filter: Shape) -> Bool {
        groups > 1 && filter[0] == groups && filter[1] == 1 && filter[2] * filter[3] <= Self.mostTaps
    }

    /// Without strides, groups and zeros between pixels or elements of the filter.
    fileprivate var isPlain: Bool {
        groups == 1 && (stride + inputDilation + filterDilation).allSatisfy { $0 == 1 }
    }

    /// A filter of 5 × 5.
    fileprivate static let mostTaps = 25
    /// An image's last layer: gray or of three colours. A contraction would have as few columns.
    fileprivate static let fewOutputs = 3
    fileprivate static let manyInputs = 16
}

/// A convolution to one or a few channels: each pixel's product with every element of the filter, a contraction with as many
/// columns as there are of these, and then the sum of those that meet in a pixel of the result.
private func shiftedProducts(
    _ node: Graph.Node, _ window: ConvolutionWindow, _ filter: Shape, _ builder: inout GraphBuilder
) throws -> Int {
    let image = try pad(node.inputs[0], window.trimmed(node, filter, builder), &builder)
    let shape = node.type.shape
    // [N, C, H, W] · [O, C, KH, KW] → [N, H, W, O, KH, KW]
    let products = try builder.add(
        .dot(DotAxes(leftContract: [1], rightContract: [1])), [image, node.inputs[1]], location: node.location)
    let extents = builder[products].type.shape.extents
    var sum: Int?
    for row in 0..<filter[2] {
        for column in 0..<filter[3] {
            let starts = [0, row, column, 0, row, column]
            let limits = [extents[0], row + shape[2], column + shape[3], extents[3], row + 1, column + 1]
            let met = try builder.add(
                .slice(starts: starts, limits: limits, strides: starts.map { _ in 1 }), [products])
            let term = try builder.add(.reshape([shape[0], shape[2], shape[3], shape[1]]), [met])
            sum = try sum.map { try builder.add(.binary(.add), [$0, term], location: node.location) } ?? term
        }
    }
    return try builder.add(.transpose(permutation: [0, 3, 1, 2]), [sum!])
}

/// The gradient of such a convolution with respect to its filter, itself a convolution of few places with a filter as large as
/// the image: windows go over the filter in place of the image, so that their places are columns and not rows.
///
///     y[a] = Σᵢ x[i + a] · f[i] = Σᵤ x[u] · f[u − a]
private func exchangedWindows(
    _ node: Graph.Node, _ window: ConvolutionWindow, _ filter: Shape, _ builder: inout GraphBuilder
) throws -> Int {
    let image = try pad(node.inputs[0], window.trimmed(node, filter, builder), &builder)
    let margins = [node.type.shape[2] - 1, node.type.shape[3] - 1]
    let widened = try pad(
        node.inputs[1], ConvolutionWindow(paddingLow: margins, paddingHigh: margins), &builder)
    let windows = try builder.add(
        .windows(size: [node.type.shape[2], node.type.shape[3]], strides: [1, 1], dilations: [1, 1]), [widened])
    // [N, C, H, W] · [O, C, A, B, H, W] → [N, O, A, B], with the last place first.
    let places = try builder.add(
        .dot(DotAxes(leftContract: [1, 2, 3], rightContract: [1, 4, 5])), [image, windows], location: node.location)
    return try builder.add(.reverse(axes: [2, 3]), [places])
}

/// A convolution of each channel by itself: the sum of the image shifted to each element of the filter, multiplied with it.
/// A contraction would have one column and as few terms as the filter has elements.
private func taps(
    _ node: Graph.Node, _ window: ConvolutionWindow, _ filter: Shape, _ builder: inout GraphBuilder
) throws -> Int {
    let image = try pad(node.inputs[0], window.trimmed(node, filter, builder), &builder)
    let (shape, channels) = (node.type.shape, filter[0])
    var sum: Int?
    for row in 0..<filter[2] {
        for column in 0..<filter[3] {
            let starts = [0, 0, row * window.filterDilation[0], column * window.filterDilation[1]]
            let limits = [
                shape[0], channels, starts[2] + (shape[2] - 1) * window.stride[0] + 1,
                starts[3] + (shape[3] - 1) * window.stride[1] + 1,
            ]
            let shifted = try builder.add(
                .slice(starts: starts, limits: limits, strides: [1, 1] + window.stride), [image])
            let element = try builder.add(
                .slice(
                    starts: [0, 0, row, column], limits: [channels, 1, row + 1, column + 1], strides: [1, 1, 1, 1]),
                [node.inputs[1]])
            let factors = try builder.add(
                .broadcast(shape, axes: [1]), [builder.add(.reshape([channels]), [element])])
            let product = try builder.add(.binary(.multiply), [shifted, factors], location: node.location)
            sum = try sum.map { try builder.add(.binary(.add), [$0, product], location: node.location) } ?? product
        }
    }
    return sum!
}

/// Zeros between and around the pixels, with the channels last in memory; negative padding crops.
///
/// `input` may be seen with other axes exchanged (a filter's gradient takes the batch for channels): the padded array is
/// the same, and so is made once.
func pad(_ input: Int, _ window: ConvolutionWindow, _ builder: inout GraphBuilder) throws -> Int {
    // The array behind transpositions, whose axis `order[i]` is axis i of the input.
    var (base, order) = (input, [0, 1, 2, 3])
    while case .transpose(let permutation) = builder[base].op {
        order = order.map { permutation[$0] }
        base = builder[base].inputs[0]
    }
    let (outer, channels) = (min(order[0], order[1]), max(order[0], order[1]))
    let channelsLast = [outer, order[2], order[3], channels]
    func positive(_ padding: [Int]) -> [Int] { [0] + padding.map { max($0, 0) } + [0] }
    let image = try builder.add(.transpose(permutation: channelsLast), [base])
    let padded = try builder.add(
        .pad(
            low: positive(window.paddingLow), high: positive(window.paddingHigh),
            interior: [0] + window.inputDilation.map { $0 - 1 } + [0]), [image])
    let shape = builder[padded].type.shape
    let starts = positive(window.paddingLow.map { -$0 })
    let limits = zip(shape, positive(window.paddingHigh.map { -$0 })).map { $0 - $1 }
    let cropped = try builder.add(.slice(starts: starts, limits: limits, strides: [1, 1, 1, 1]), [padded])
    return try builder.add(.transpose(permutation: order.map { channelsLast.firstIndex(of: $0)! }), [cropped])
}
