import StrataBackend

extension Conformance {
    /// Convolutions of every window, of edges where nothing or only padding is seen, and what may follow them.
    static let convolveCases: [KernelCase] = windowCases + fusedConvolveCases

    private struct Setting {
        let name: String
        var batch = 2, channels = 3, height = 9, width = 11
        var filters = 4, kernel = [3, 2]
        var window = ConvolutionWindow()

        var input: Shape { [batch, channels, height, width] }
        var filter: Shape { [filters, channels / window.groups, kernel[0], kernel[1]] }
        var terms: Int { filter.dropFirst().reduce(1, *) }
        /// As many positions as the filter, spread by its dilation, has inside the padded, spread input.
        var output: Shape {
            let sides = [height, width].enumerated().map { axis, extent in
                let spread = extent == 0 ? 0 : (extent - 1) * window.inputDilation[axis] + 1
                let padded = spread + window.paddingLow[axis] + window.paddingHigh[axis]
                let reach = (kernel[axis] - 1) * window.filterDilation[axis] + 1
                return padded < reach ? 0 : (padded - reach) / window.stride[axis] + 1
            }
            return [batch, filters, sides[0], sides[1]]
        }
    }

    private static let settings: [Setting] = [
        .init(name: "plain"),
        .init(name: "one-by-one", kernel: [1, 1]),
        .init(name: "one-pixel", height: 1, width: 1, kernel: [1, 1]),
        .init(name: "whole-image", kernel: [9, 11]),
        .init(name: "one-channel-one-filter", channels: 1, filters: 1),
        .init(name: "same", kernel: [3, 3], window: .init(paddingLow: [1, 1], paddingHigh: [1, 1])),
        .init(name: "uneven-padding", window: .init(paddingLow: [2, 0], paddingHigh: [1, 3])),
        .init(name: "wide-padding", window: .init(paddingLow: [5, 6], paddingHigh: [4, 7])),
        .init(name: "crop", window: .init(paddingLow: [-2, -1], paddingHigh: [-1, -3])),
        .init(name: "crop-and-pad", window: .init(paddingLow: [-2, 3], paddingHigh: [1, -1])),
        .init(name: "stride", window: .init(stride: [2, 3])),
        .init(
            name: "stride-pad", kernel: [4, 4],
            window: .init(stride: [2, 2], paddingLow: [1, 1], paddingHigh: [1, 1])),
        .init(name: "stride-beyond-kernel", kernel: [1, 2], window: .init(stride: [3, 4])),
        .init(name: "atrous", window: .init(paddingLow: [2, 1], paddingHigh: [2, 1], filterDilation: [2, 3])),
        .init(
            name: "transposed", height: 4, width: 5, kernel: [4, 4],
            window: .init(paddingLow: [2, 2], paddingHigh: [2, 2], inputDilation: [2, 2])),
        .init(
            name: "transposed-uneven", height: 4, width: 5,
            window: .init(paddingLow: [2, 0], paddingHigh: [1, 2], inputDilation: [3, 2])),
        .init(
            name: "transposed-cropped", height: 4, width: 5,
            window: .init(paddingLow: [-1, -2], paddingHigh: [-1, 0], inputDilation: [2, 2])),
        .init(
            name: "all-at-once", kernel: [2, 3],
            window: .init(
                stride: [2, 3], paddingLow: [1, 2], paddingHigh: [3, -1], inputDilation: [2, 3], filterDilation: [3, 2])
        ),
        .init(name: "groups", channels: 6, filters: 4, window: .init(groups: 2)),
        .init(
            name: "depthwise", channels: 5, filters: 5, kernel: [3, 3],
            window: .init(paddingLow: [1, 1], paddingHigh: [1, 1], groups: 5)),
        .init(name: "depthwise-multiplied", channels: 3, filters: 6, window: .init(stride: [2, 1], groups: 3)),
        .init(
            name: "groups-transposed", channels: 4, height: 4, width: 5, filters: 6,
            window: .init(paddingLow: [1, 1], paddingHigh: [1, 1], inputDilation: [2, 2], groups: 2)),
        .init(
            name: "many-channels", batch: 1, channels: 37, height: 7, width: 7, filters: 41, kernel: [3, 3],
            window: .init(paddingLow: [1, 1], paddingHigh: [1, 1])),
        .init(
            name: "large-image", batch: 1, channels: 3, height: 37, width: 131, filters: 5, kernel: [5, 5],
            window: .init(stride: [2, 2], paddingLow: [2, 2], paddingHigh: [2, 2])),
        .init(
            name: "only-padding", height: 0, width: 3, kernel: [2, 2],
            window: .init(paddingLow: [2, 1], paddingHigh: [2, 1])),
        .init(name: "no-batch", batch: 0),
        .init(name: "no-channels", channels: 0),
        .init(name: "no-filters", filters: 0),
        .init(name: "no-room", height: 2, kernel: [3, 3]),
    ]

    private static let windowCases = settings.map { setting in
        KernelCase.build("convolve/\(setting.name)") { b in
            let output = setting.output
            let (x, w) = (b.input(setting.input.elementCount), b.input(setting.filter.elementCount, shift: 1))
            let y = b.output(output.elementCount, .sum(setting.terms), shift: 3)
            return [
                .convolve(x.array(setting.input), w.array(setting.filter), setting.window, output) { _, sum in
                    [(sum, y.operand(output.strides))]
                }
            ]
        }
    }

    private static func convolution(
        _ b: inout CaseBuilder, _ epilogue: (inout Expression, Expression.Value) -> Writes
    ) -> [Kernel] {
        let (x, w) = (b.input(2 * 3 * 99), b.input(4 * 3 * 6))
        return [.convolve(x.array([2, 3, 9, 11]), w.array([4, 3, 3, 2]), .init(), [2, 4, 7, 10], epilogue)]
    }

    private static let fusedConvolveCases = [
        KernelCase.build("convolve/fused/bias-relu") { b in
            let bias = b.input(4)
            let (y, z) = (b.output(560, .sum(18)), b.output(560, .sum(18)))
            return convolution(&b) { e, sum in
                let x = e.binary(.add, sum, e.load(bias[0, 1, 0, 0]))
                return [(x, y[280, 70, 10, 1]), (e.unary(.relu, x), z[280, 70, 10, 1])]
            }
        },
        KernelCase.build("convolve/fused/channels-last") { b in
            let y = b.output(560, .sum(18))
            return convolution(&b) { _, sum in [(sum, y[280, 1, 40, 4])] }
        },
        KernelCase.build("convolve/fused/accumulate") { b in
            let y = b.state(560, .uniform(-1, 1), .sum(18))
            return convolution(&b) { e, sum in
                [(e.binary(.add, sum, e.load(y[280, 70, 10, 1])), y[280, 70, 10, 1])]
            }
        },
        KernelCase.build("convolve/fused/gaps") { b in
            let y = b.output(2000, .sum(18))
            return convolution(&b) { _, sum in [(sum, y[1000, 231, 31, 3, offset: 1])] }
        },
    ]
}
