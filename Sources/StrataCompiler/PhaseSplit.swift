import StrataBackend
import StrataGraph

/// A convolution over an image with zeros between its pixels (a transposed convolution, the gradient of one with a stride)
/// without those zeros.
///
/// With `d − 1` zeros between pixels, output position `d·j + a` sees only every `d`-th element of the filter, which one
/// depends on the phase `a` (Shi et al., "Real-time single image and video super-resolution using an efficient sub-pixel
/// convolutional neural network", 2016). So each phase is a dense convolution with a part of the filter, its window shifted
/// by `s(a)` pixels:
///
///     y[d·j + a] = Σₜ f[d·(s(a) + t) − a + p] · x[j + s(a) + t]
///
/// All phases are one contraction. Either they share a window that holds those of all, and are columns of the result; or
/// the window moves on by a pixel with each phase, and they are a batch. What takes fewer terms is taken; elements of the
/// filter that a phase has not are zeros.
struct PhaseSplit {
    /// Along one axis: the phases, the outputs of each, where the window of phase 0 begins, and its length.
    private struct Axis {
        var phases: Int
        var outputs: Int
        var start: Int
        var length: Int
        /// Pixels by which the window moves on from phase to phase: 0 or 1.
        var shift: Int
        var padding: Int

        init(dilation d: Int, filter: Int, padding: Int, output: Int, shift: Int) {
            phases = d
            outputs = (output + d - 1) / d
            self.shift = shift
            self.padding = padding
            var (first, end) = (Int.max, Int.min)
            for a in 0..<d {
                let place = ((padding - a) % d + d) % d
                guard place < filter else { continue }
                let s = (a + place - padding) / d - shift * a
                first = min(first, s)
                end = max(end, s + (filter - 1 - place) / d + 1)
            }
            start = first
            length = end - first
        }

        /// The filter's element for term t of phase a is `t·phases + a·step + origin`.
        var step: Int { shift * phases - 1 }
        var origin: Int { phases * start + padding }
    }

    /// Floats in a vector of most processors.
    private static let vector = 8

    private let axes: [Axis]
    private let image: Shape
    private let filter: Shape

    /// `nil` where there are no such zeros, or the window strides, dilates its filter or has groups besides.
    init?(_ node: Graph.Node, _ filter: Shape, image: Shape) {
        guard case .convolve(let window) = node.op, window.inputDilation.contains(where: { $0 > 1 }),
            window.groups == 1, window.stride == [1, 1], window.filterDilation == [1, 1], image.elementCount > 0
        else { return nil }
        let choices = (0...1).map { shift in
            (0..<2).map {
                Axis(
                    dilation: window.inputDilation[$0], filter: filter[$0 + 2], padding: window.paddingLow[$0],
                    output: node.type.shape[$0 + 2], shift: shift)
            }
        }
        // In vectors of columns, which are all phases of all filters, or the filters of one phase after another.
        func cost(_ axes: [Axis]) -> Int {
            let phases = axes[0].phases * axes[1].phases
            let (columns, times) = axes[0].shift == 0 ? (filter[0] * phases, 1) : (filter[0], phases)
            return (columns + Self.vector - 1) / Self.vector * times * axes[0].length * axes[1].length
        }
        axes = cost(choices[1]) < cost(choices[0]) ? choices[1] : choices[0]
        self.image = image
        self.filter = filter
        // Windows that see nothing of the image leave nothing to split.
        guard axes.indices.allSatisfy({ axes[$0].start < image[$0 + 2] && lastPixel($0) >= 0 }) else { return nil }
    }

    /// The last pixel that any window sees; it may lie beyond the image.
    private func lastPixel(_ axis: Int) -> Int {
        let axis = axes[axis]
        return axis.outputs - 1 + axis.start + axis.shift * (axis.phases - 1) + axis.length - 1
    }

    func apply(_ node: Graph.Node, _ builder: inout GraphBuilder) throws -> Int {
        let (phases, outputs) = (axes.map(\.phases), axes.map(\.outputs))
        let isShared = axes[0].shift == 0
        // [N, C, TH, TW, JH, JW], or with the phases before the outputs
        var window = ConvolutionWindow()
        window.paddingLow = axes.map { -$0.start }
        window.paddingHigh = axes.indices.map { lastPixel($0) - (image[$0 + 2] - 1) }
        var windows = try builder.add(
            .windows(size: axes.map(\.length), strides: [1, 1], dilations: [1, 1]),
            [try pad(node.inputs[0], window, &builder)])
        if !isShared {
            windows = try builder.add(.windows(size: phases, strides: [1, 1], dilations: [1, 1]), [windows])
        }
        let parts = try filterParts(node.inputs[1], &builder)
        // The phases beside their outputs: [N, JH, AH, JW, AW, O]
        let together: Int
        if isShared {
            let columns = try builder.add(.transpose(permutation: [2, 3, 0, 1, 4, 5]), [parts])
            let product = try builder.add(
                .dot(DotAxes(leftContract: [1, 2, 3], rightContract: [3, 4, 5])), [windows, columns],
                location: node.location)
            together = try builder.add(.transpose(permutation: [0, 1, 3, 2, 4, 5]), [product])
        } else {
            let product = try builder.add(
                .dot(
                    DotAxes(
                        leftBatch: [4, 5], rightBatch: [2, 3], leftContract: [1, 2, 3], rightContract: [1, 4, 5])),
                [windows, parts], location: node.location)
            together = try builder.add(.transpose(permutation: [2, 3, 0, 4, 1, 5]), [product])
        }
        let (n, o) = (node.type.shape[0], node.type.shape[1])
        let whole = [n, outputs[0] * phases[0], outputs[1] * phases[1], o]
        let channelsLast = try builder.add(
            .slice(
                starts: [0, 0, 0, 0], limits: [n, node.type.shape[2], node.type.shape[3], o], strides: [1, 1, 1, 1]),
            [try builder.add(.reshape(Shape(whole)), [together])])
        return try builder.add(.transpose(permutation: [0, 3, 1, 2]), [channelsLast])
    }

    /// [O, C, AH, AW, TH, TW]: a view of the filter between zeros.
    private func filterParts(_ filter: Int, _ builder: inout GraphBuilder) throws -> Int {
        let steps = axes.map { abs($0.step) }
        let firsts = axes.map { $0.origin + min(0, ($0.phases - 1) * $0.step) }
        let ends = axes.indices.map {
            firsts[$0] + (axes[$0].length - 1) * axes[$0].phases + (axes[$0].phases - 1) * steps[$0] + 1
        }
        let low = firsts.map { max(0, -$0) }
        let high = axes.indices.map { max(0, ends[$0] - self.filter[$0 + 2]) }
        let padded = try builder.add(.pad(low: [0, 0] + low, high: [0, 0] + high, interior: [0, 0, 0, 0]), [filter])
        let (o, c) = (self.filter[0], self.filter[1])
        let taken = try builder.add(
            .slice(
                starts: [0, 0] + axes.indices.map { firsts[$0] + low[$0] },
                limits: [o, c] + axes.indices.map { ends[$0] + low[$0] }, strides: [1, 1, 1, 1]), [padded])
        let parts = try builder.add(
            .windows(size: axes.map(\.phases), strides: axes.map(\.phases), dilations: steps.map { max($0, 1) }),
            [taken])
        let backwards = axes.indices.filter { axes[$0].step < 0 }.map { $0 + 2 }
        return try builder.add(.reverse(axes: backwards), [parts])
    }
}
