import StrataBackend

extension Conformance {
    /// Contractions over groups of dimensions that no stride walks as one: convolutions as they are computed, forward and
    /// backward, with images in either layout, heads of attention, and what may follow.
    static let contractGroupCases: [KernelCase] = convolutionCases + groupedStoreCases + otherGroupCases

    /// A convolution of [n, c, h, w] with [o, c, kh, kw] at a stride, without padding.
    private struct Window {
        let name: String
        var n = 2, c = 5, h = 9, w = 11, o = 19, kh = 3, kw = 2, stride = 1
        var isChannelsLast = false

        var oh: Int { (h - kh) / stride + 1 }
        var ow: Int { (w - kw) / stride + 1 }
        var places: [Int] { [n, oh, ow] }
        var taps: [Int] { [c, kh, kw] }
        /// Strides of an image's axes n, c, h, w.
        var image: [Int] { isChannelsLast ? [h * w * c, 1, w * c, c] : [c * h * w, h * w, w, 1] }
        /// Of the image as seen from (n, oh, ow) and from (c, kh, kw).
        var fromPlaces: [Int] { [image[0], image[2] * stride, image[3] * stride] }
        var fromTaps: [Int] { [image[1], image[2], image[3]] }
        /// The result [n, oh, ow, o], with its channels last.
        var result: [Int] { [oh * ow * o, ow * o, o, 1] }
    }

    private static let windows: [Window] = [
        .init(name: "plain"), .init(name: "channels-last", isChannelsLast: true),
        .init(name: "stride", stride: 2, isChannelsLast: true),
        .init(name: "first-layer", c: 1, o: 32, kh: 4, kw: 4, stride: 2),
        .init(name: "few-filters", o: 3), .init(name: "one-filter", o: 1, isChannelsLast: true),
        .init(name: "one-place", h: 3, w: 2), .init(name: "one-by-one", kh: 1, kw: 1, isChannelsLast: true),
        .init(name: "deep", n: 1, c: 131, h: 6, w: 7, o: 33, kh: 3, kw: 3, isChannelsLast: true),
        .init(name: "large", n: 3, c: 8, h: 23, w: 37, o: 48, kh: 3, kw: 3, isChannelsLast: true),
    ]

    private static let convolutionCases = windows.flatMap { window in
        [forward(window), toTheFilter(window), toTheInput(window)]
    }

    private static func forward(_ w: Window) -> KernelCase {
        KernelCase.build("contract-groups/forward/\(w.name)") { b in
            let x = b.input(w.n * w.c * w.h * w.w), filter = b.input(w.o * w.taps.reduce(1, *), shift: 1)
            let bias = b.input(w.o)
            let y = b.output(w.places.reduce(1, *) * w.o, .sum(w.taps.reduce(1, *)), shift: 3)
            let tap = [w.kh * w.kw, w.kw, 1]
            return [
                .contract(
                    [1], w.places, [w.o], w.taps, x.operand([0] + w.fromPlaces + w.fromTaps),
                    filter.operand([0] + tap + [w.c * w.kh * w.kw])
                ) { e, sum in
                    let moved = e.binary(.add, sum, e.load(bias[0, 0, 0, 0, 1]))
                    return [(e.unary(.relu, moved), y.operand([0] + w.result))]
                }
            ]
        }
    }

    private static func toTheFilter(_ w: Window) -> KernelCase {
        KernelCase.build("contract-groups/to-the-filter/\(w.name)") { b in
            let x = b.input(w.n * w.c * w.h * w.w), g = b.input(w.places.reduce(1, *) * w.o)
            let y = b.state(w.o * w.taps.reduce(1, *), .uniform(-1, 1), .sum(w.places.reduce(1, *)))
            return [
                .contract(
                    [1], [w.o], w.taps, w.places, g.operand([0, 1] + w.result.dropLast()),
                    x.operand([0] + w.fromPlaces + w.fromTaps)
                ) { e, sum in
                    let place = y.operand([0, w.c * w.kh * w.kw, w.kh * w.kw, w.kw, 1])
                    return [(e.binary(.add, sum, e.load(place)), place)]
                }
            ]
        }
    }

    /// Of the places that see a whole filter, and so without padding.
    private static func toTheInput(_ w: Window) -> KernelCase {
        KernelCase.build("contract-groups/to-the-input/\(w.name)") { b in
            let g = b.input(w.n * (w.oh + w.kh) * (w.ow + w.kw) * w.o), filter = b.input(w.o * w.taps.reduce(1, *))
            let y = b.output(w.n * w.c * (w.oh + 1) * (w.ow + 1), .sum(w.o * w.kh * w.kw))
            let (row, column) = ((w.ow + w.kw) * w.o, w.o)
            let tap = w.kh * w.kw
            return [
                .contract(
                    [1], [w.n, w.oh + 1, w.ow + 1], [w.c], [w.o, w.kh, w.kw],
                    g.operand([0, (w.oh + w.kh) * row, row, column, 1, row, column]),
                    // Turned by half a circle.
                    filter.operand([0, w.c * tap, -w.kw, -1, tap], offset: tap - 1)
                ) { _, sum in
                    [(sum, y.operand([0, w.c * (w.oh + 1) * (w.ow + 1), w.ow + 1, 1, (w.oh + 1) * (w.ow + 1)]))]
                }
            ]
        }
    }

    private static let groupedStoreCases: [KernelCase] = [
        // Into an image between zeros, its channels last, and into one of the other layout, with a draw.
        KernelCase.build("contract-groups/fused/padded-store") { b in
            let w = Window(name: "", c: 3, o: 24, isChannelsLast: true)
            let x = b.input(w.n * w.c * w.h * w.w), filter = b.input(w.o * 18)
            let key = b.input(2, .words([3, 4]), .int32)
            let padded = b.output(w.n * (w.oh + 2) * (w.ow + 2) * w.o, .sum(18))
            let turned = b.output(w.n * w.o * w.oh * w.ow, .sum(18))
            let (row, size) = ((w.ow + 2) * w.o, w.oh * w.ow)
            return [
                .contract(
                    [1], w.places, [w.o], w.taps, x.operand([0] + w.fromPlaces + w.fromTaps),
                    filter.operand([0, 6, 2, 1, 18])
                ) { e, sum in
                    let drawn = e.draw(.uniform, key: key, [0, size * w.o, w.ow * w.o, w.o, 1])
                    let inner = padded.operand([0, (w.oh + 2) * row, row, w.o, 1], offset: row + w.o)
                    return [
                        (e.unary(.sigmoid, sum), inner),
                        (e.binary(.add, sum, drawn), turned.operand([0, w.o * size, w.ow, 1, size])),
                    ]
                }
            ]
        },
        // Several dimensions of columns that lie apart: the phases of a transposed convolution.
        KernelCase.build("contract-groups/fused/phases") { b in
            let x = b.input(6 * 10 * 12), filter = b.input(4 * 16 * 12),
                mask = b.input(6 * 20 * 2 * 16, .whole(0, 1), .uint8)
            let y = b.output(6 * 20 * 2 * 16, .sum(12)), z = b.output(6 * 20 * 2 * 16, .exact, .uint8)
            let strides = [0, 20 * 2 * 16, 2 * 2 * 16, 2 * 16, 16, 1]
            return [
                .contract(
                    [1], [6, 10], [2, 2, 16], [12], x[0, 120, 12, 1], filter[0, 1, 2 * 16 * 12, 16 * 12, 12]
                ) { e, sum in
                    let kept = e.binary(.multiply, sum, e.load(mask.operand(strides)))
                    return [
                        (kept, y.operand(strides)),
                        (e.binary(.less, e.load(mask.operand(strides)), e.constant(0.5)), z.operand(strides)),
                    ]
                }
            ]
        },
    ]

    private static let otherGroupCases: [KernelCase] = [
        // Scores of attention: [batch, time, heads, width] with itself.
        KernelCase.build("contract-groups/heads/scores") { b in
            let q = b.input(3 * 17 * 4 * 9), k = b.input(3 * 17 * 4 * 9), y = b.output(3 * 4 * 17 * 17, .sum(9))
            return [
                .contract(
                    [3, 4], [17], [17], [9], q[17 * 36, 9, 36, 1], k[17 * 36, 9, 1, 36]
                ) { _, sum in [(sum, y[4 * 289, 289, 17, 1])] }
            ]
        },
        KernelCase.build("contract-groups/heads/values") { b in
            let p = b.input(3 * 4 * 17 * 17), v = b.input(3 * 17 * 4 * 9), y = b.output(3 * 17 * 4 * 9, .sum(17))
            return [
                .contract(
                    [3, 4], [17], [9], [17], p[4 * 289, 289, 17, 1], v[17 * 36, 9, 36, 1]
                ) { _, sum in [(sum, y[17 * 36, 9, 36, 1])] }
            ]
        },
        // Every group of several dimensions, reversed and with gaps; more terms than are summed at once.
        KernelCase.build("contract-groups/all") { b in
            let (lhs, rhs) = (b.input(80_000), b.input(80_000))
            let y = b.output(2 * 3 * 30 * 42, .sum(7 * 131))
            return [
                .contract(
                    [2, 3], [5, 6], [6, 7], [7, 131], lhs[1, 4, -917, 4600, -131, 1, offset: 917 * 4 + 131 * 6],
                    rhs[3, 0, 1, 7, 7000, 950]
                ) { _, sum in [(sum, y[3 * 1260, 1260, 1, 5, 30, 180])] }
            ]
        },
        KernelCase.build("contract-groups/empty/terms") { b in
            let (lhs, rhs, y) = (b.input(60), b.input(60), b.output(6 * 35))
            return [
                .contract([1], [2, 3], [5, 7], [4, 0], lhs[0, 9, 1, 2, 1], rhs[0, 1, 1, 9, 1]) { e, sum in
                    [(e.binary(.add, sum, e.constant(2)), y[0, 105, 35, 7, 1])]
                }
            ]
        },
        KernelCase.build("contract-groups/empty/rows") { b in
            let (lhs, rhs, y) = (b.input(60), b.input(60), b.output(0))
            return [
                .contract([1], [2, 0], [5], [4, 3], lhs[0, 9, 1, 2, 1], rhs[0, 1, 4, 9]) { _, sum in
                    [(sum, y[0, 0, 5, 1])]
                }
            ]
        },
    ]
}
