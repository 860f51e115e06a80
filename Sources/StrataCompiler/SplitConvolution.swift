import StrataBackend
import StrataGraph

extension Graph {
    /// Writes convolutions as contractions, for backends that have no kernel of their own: pad, look through
    /// sliding windows (a view, which the contraction copies out when it must), contract with the filter.
    func withConvolutionsSplit() throws -> Graph {
        try rewritten { builder, node in
            guard case .convolve(let window) = node.op else {
                return try builder.add(node.op, node.inputs, location: node.location)
            }
            let filter = builder[node.inputs[1]].type.shape
            let (n, o, cg) = (node.type.shape[0], filter[0], filter[1])
            let kernel = [filter[2], filter[3]]
            guard node.type.shape.elementCount > 0, filter.elementCount > 0 else {
                return try builder.add(.constant(0, node.type.shape))
            }
            let padded = try pad(node.inputs[0], window, &builder)
            let windows = try builder.add(
                .windows(size: kernel, strides: window.stride, dilations: window.filterDilation), [padded])
            let extents = builder[windows].type.shape.extents

            var groups: [Int] = []
            for group in 0..<window.groups {
                var (starts, limits) = (extents.map { _ in 0 }, extents)
                (starts[1], limits[1]) = (group * cg, (group + 1) * cg)
                let input = try builder.add(
                    .slice(starts: starts, limits: limits, strides: extents.map { _ in 1 }), [windows])
                let part = try builder.add(
                    .slice(
                        starts: [group * (o / window.groups), 0, 0, 0],
                        limits: [(group + 1) * (o / window.groups), cg] + kernel, strides: [1, 1, 1, 1]),
                    [node.inputs[1]])
                // Every image is an element of the batch, so that the result comes out in the order [N, O, OH, OW].
                let shared = try builder.add(
                    .broadcast(Shape([n, o / window.groups, cg] + kernel), axes: [1, 2, 3, 4]), [part])
                groups.append(
                    try builder.add(
                        .dot(
                            DotAxes(
                                leftBatch: [0], rightBatch: [0], leftContract: [2, 3, 4], rightContract: [1, 2, 3])),
                        [shared, input], location: node.location))
            }
            return groups.count == 1 ? groups[0] : try builder.add(.concatenate(axis: 1), groups)
        }
    }
}

/// Zeros between and around the pixels; negative padding crops.
private func pad(_ input: Int, _ window: ConvolutionWindow, _ builder: inout GraphBuilder) throws -> Int {
    func positive(_ padding: [Int]) -> [Int] { [0, 0] + padding.map { max($0, 0) } }
    let padded = try builder.add(
        .pad(
            low: positive(window.paddingLow), high: positive(window.paddingHigh),
            interior: [0, 0] + window.inputDilation.map { $0 - 1 }), [input])
    let shape = builder[padded].type.shape
    let starts = positive(window.paddingLow.map { -$0 })
    let limits = zip(shape, positive(window.paddingHigh.map { -$0 })).map { $0 - $1 }
    return try builder.add(.slice(starts: starts, limits: limits, strides: [1, 1, 1, 1]), [padded])
}
