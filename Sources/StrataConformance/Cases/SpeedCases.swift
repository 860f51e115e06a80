import StrataBackend

extension Conformance {
    /// A few sizes to be timed: those that fill a machine, and those of the zoo.
    static let speedCases = [speedMaps, speedReductions, speedContractions, speedConvolutions].flatMap { $0 }

    private static let speedMaps =
        [1 << 16, 1 << 20, 1 << 24].flatMap { n in
            let count = Double(n)
            return [
                KernelCase.build("map/speed/add/\(n)", work: .init(operations: count, bytes: 12 * count)) { b in
                    let (x, z) = (b.input(n), b.input(n))
                    let y = b.output(n)
                    return [.map([n]) { e in [(e.binary(.add, e.load(x[1]), e.load(z[1])), y[1])] }]
                },
                KernelCase.build("map/speed/sigmoid/\(n)", work: .init(operations: count, bytes: 8 * count)) { b in
                    let x = b.input(n)
                    let y = b.output(n)
                    return [.map([n]) { e in [(e.unary(.sigmoid, e.load(x[1])), y[1])] }]
                },
                KernelCase.build("map/speed/bernoulli/\(n)", work: .init(operations: count, bytes: 8 * count)) { b in
                    let (key, p) = (b.input(2, .words([1, 2]), .int32), b.input(n))
                    let y = b.output(n)
                    return [
                        .map([n]) { e in
                            [(e.binary(.less, e.draw(.uniform, key: key, [1]), e.load(p[1])), y[1])]
                        }
                    ]
                },
            ]
        } + [
            KernelCase.build("map/speed/transpose/2048x2048", work: .init(operations: 0, bytes: 0x1p25)) { b in
                let x = b.input(1 << 22)
                let y = b.output(1 << 22)
                return [.map([2048, 2048]) { e in [(e.load(x[1, 2048]), y[2048, 1])] }]
            }
        ]

    private static let speedReductions = [
        ("rows", 4096, 1024, [1024, 1]), ("columns", 1024, 4096, [1, 1024]), ("full", 1, 1 << 22, [0, 1]),
    ].map { name, kept, reduced, strides in
        KernelCase.build("reduce/speed/\(name)", work: .init(operations: 0x1p22, bytes: 0x1p24)) { b in
            let x = b.input(1 << 22)
            let y = b.output(kept)
            return [
                .reduce([kept], [reduced], .sum) { e in
                    _ = e.load(x.operand(strides))
                } _: { _, sum in
                    [(sum, y[1])]
                }
            ]
        }
    }

    private static let speedContractions = [
        (128, 400, 784), (128, 784, 400), (784, 400, 128), (256, 256, 256), (512, 512, 512), (1024, 1024, 1024),
    ].map { m, n, k in
        let bytes = Double(4 * (m * k + k * n + m * n))
        return KernelCase.build(
            "contract/speed/\(m)x\(n)x\(k)", work: .init(operations: Double(2 * m * n * k), bytes: bytes)
        ) { b in
            let (x, w, bias) = (b.input(m * k), b.input(k * n), b.input(n))
            let y = b.output(m * n)
            return [
                .contract(1, m, n, k, x[0, k, 1], w[0, n, 1]) { e, sum in
                    [(e.unary(.relu, e.binary(.add, sum, e.load(bias[0, 0, 1]))), y[0, n, 1])]
                }
            ]
        }
    }

    /// The layers of a convolutional autoencoder on 28 × 28 images, in batches of 64: down, and up again.
    private static let speedConvolutions = [
        (
            "down", [64, 32, 14, 14], [64, 32, 4, 4], [64, 64, 7, 7],
            ConvolutionWindow(stride: [2, 2], paddingLow: [1, 1], paddingHigh: [1, 1])
        ),
        (
            "same", [64, 32, 14, 14], [32, 32, 3, 3], [64, 32, 14, 14],
            ConvolutionWindow(paddingLow: [1, 1], paddingHigh: [1, 1])
        ),
        (
            "up", [64, 64, 7, 7], [32, 64, 4, 4], [64, 32, 14, 14],
            ConvolutionWindow(paddingLow: [2, 2], paddingHigh: [2, 2], inputDilation: [2, 2])
        ),
    ].map { (name: String, input: Shape, filter: Shape, output: Shape, window: ConvolutionWindow) in
        let numbers = input.elementCount + filter.elementCount + output.elementCount
        // Of a dilated input only the true elements are worth a multiplication.
        let useful = filter.dropFirst().reduce(1, *) / (window.inputDilation[0] * window.inputDilation[1])
        return KernelCase.build(
            "convolve/speed/\(name)",
            work: .init(operations: Double(2 * output.elementCount * useful), bytes: Double(4 * numbers))
        ) { b in
            let (x, w) = (b.input(input.elementCount), b.input(filter.elementCount))
            let y = b.output(output.elementCount)
            return [
                .convolve(x.array(input), w.array(filter), window, output) { _, sum in
                    [(sum, y.operand(output.strides))]
                }
            ]
        }
    }
}
