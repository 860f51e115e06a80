import StrataBackend

extension Conformance {
    /// Random draws: bits equal to Threefry's, whatever the space, the kernel and the place in it.
    static let drawCases = [knownDrawCases, drawSpaceCases, fusedDrawCases].flatMap { $0 }

    /// Seed 7, step 3, stream 5, counters 0 to 7: worked out from the published algorithm apart from this code.
    private static let knownDrawCases = [
        KernelCase.build("draw/known-answers") { b in
            let key = b.input(2, .words([7, 3]), .int32)
            let y = b.output(8, .known(knownUniforms))
            return [.map([8]) { e in [(e.draw(.uniform, stream: 5, key: key, [1]), y[1])] }]
        }
    ]

    private static let knownUniforms = [
        0x4FDE5A, 0xB960CA, 0x996EC2, 0x9C5E79, 0xED2887, 0x4580A2, 0x53465E, 0x9BCB5B,
    ].map { Float($0) * 0x1p-24 }

    private static let drawSpaceCases = Draw.Distribution.allCases.flatMap { distribution in
        [
            ("one", [1], [1], 0), ("odd", [37], [1], 0), ("prime", [131], [1], 0), ("long", [2049], [1], 0),
            ("none", [0], [1], 0), ("matrix", [37, 41], [41, 1], 0), ("transposed", [37, 41], [1, 37], 0),
            ("backward", [131], [-3], 1000), ("shared-by-rows", [37, 41], [0, 1], 0), ("same", [131], [0], 12),
            ("cube", [5, 7, 11], [1, 55, 5], 3), ("beyond-31-bits", [131], [1], 0x7fff_ffc0),
            ("wide", [131], [1 << 22], 5),
        ].map { name, extents, strides, offset in
            KernelCase.build("draw/\(distribution)/\(name)") { b in
                let shape = Shape(extents)
                let key = b.input(5, .words([11, -3, 77, -77_777, .min]), .int32)
                let y = b.output(shape.elementCount, distribution.tolerance)
                return [
                    .map(extents) { e in
                        [(e.draw(distribution, key: key, strides, offset: offset), y.operand(shape.strides))]
                    }
                ]
            }
        }
    }

    private static let fusedDrawCases = [
        // The same key and counter in two streams and both distributions; a key further on in its slot.
        KernelCase.build("draw/streams") { b in
            let keys = b.input(9, .words([1, 2, 3, 4, 5]), .int32)
            let y = [b.output(1031), b.output(1031), b.output(1031, .normalDraw)]
            let later = CaseBuilder.Place(slot: keys.slot, dtype: .int32, offset: keys.offset + 6)
            return [
                .map([1031]) { e in
                    [
                        (e.draw(.uniform, stream: 1, key: keys, [1]), y[0][1]),
                        (e.draw(.uniform, stream: .max, key: later, [1]), y[1][1]),
                        (e.draw(.normal, stream: 1, key: keys, [1]), y[2][1]),
                    ]
                }
            ]
        },
        // Dropout at one half: the kept are doubled, exactly.
        KernelCase.build("draw/dropout") { b in
            let (key, x) = (b.input(2, .words([5, 9]), .int32), b.input(37 * 41))
            let y = b.output(37 * 41)
            return [
                .map([37, 41]) { e in
                    let kept = e.binary(.less, e.draw(.uniform, key: key, [41, 1]), e.constant(0.5))
                    let doubled = e.binary(.multiply, e.load(x[41, 1]), e.constant(2))
                    return [(e.append(.select(kept, doubled, e.constant(0))), y[41, 1])]
                }
            ]
        },
        KernelCase.build("draw/in-a-sum") { b in
            let key = b.input(2, .words([5, 9]), .int32)
            let y = b.output(37, .sum(131))
            return [
                .reduce([37], [131], .sum) { e in
                    _ = e.draw(.uniform, key: key, [131, 1])
                } _: { _, sum in
                    [(sum, y[1])]
                }
            ]
        },
        KernelCase.build("draw/after-a-sum") { b in
            let (key, x) = (b.input(2, .words([5, 9]), .int32), b.input(131 * 7))
            let y = b.output(131)
            return [
                .reduce([131], [7], .maximum) { e in
                    _ = e.load(x[7, 1])
                } _: { e, most in
                    [(e.binary(.less, e.draw(.uniform, key: key, [1]), e.constant(0.25)), y[1])]
                }
            ]
        },
        // A product of whole numbers is exact, so the sampled units must be equal bit for bit.
        KernelCase.build("draw/after-a-product") { b in
            let key = b.input(2, .words([5, 9]), .int32)
            let (v, w) = (b.input(37 * 29, .whole(0, 1)), b.input(29 * 41, .whole(-2, 2)))
            let y = b.output(37 * 41)
            return [
                .contract(1, 37, 41, 29, v[0, 29, 1], w[0, 41, 1]) { e, sum in
                    let scaled = e.binary(.multiply, sum, e.constant(0.0625))
                    let probability = e.binary(.add, scaled, e.constant(0.5))
                    return [(e.binary(.less, e.draw(.uniform, key: key, [0, 41, 1]), probability), y[0, 41, 1])]
                }
            ]
        },
        KernelCase.build("draw/after-a-convolution") { b in
            let key = b.input(2, .words([5, 9]), .int32)
            let (image, filter) = (b.input(2 * 25, .whole(0, 1)), b.input(3 * 4, .whole(-2, 2)))
            let output: Shape = [2, 3, 4, 4]
            let y = b.output(output.elementCount)
            return [
                .convolve(image.array([2, 1, 5, 5]), filter.array([3, 1, 2, 2]), .init(), output) { e, sum in
                    let drawn = e.draw(.uniform, key: key, output.strides)
                    return [(e.binary(.add, sum, drawn), y.operand(output.strides))]
                }
            ]
        },
    ]
}

extension Draw.Distribution {
    fileprivate var tolerance: Tolerance {
        switch self {
        case .uniform: .exact
        case .normal: .normalDraw
        }
    }
}
