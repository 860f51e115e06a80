import StrataBackend

extension Conformance {
    /// Reductions of every combiner over every side of an array, and what may stand before and after.
    static let reduceCases: [KernelCase] =
        Reduce.Combiner.allCases.flatMap { combiner in
            reduceLayouts.map { reduceCase($0, combiner) } + [specialValues(combiner)]
        } + fusedReduceCases

    /// Extents and the input's strides over kept, then reduced dimensions.
    private struct Layout {
        let name: String
        let kept: [Int], reduced: [Int], strides: [Int]
        var offset = 0
        /// Elements of the input.
        var size: Int { max(kept.reduce(1, *) * reduced.reduce(1, *), 1) }
    }

    private static let reduceLayouts: [Layout] = [
        .init(name: "inner/1x1", kept: [1], reduced: [1], strides: [1, 1]),
        .init(name: "inner/37x131", kept: [37], reduced: [131], strides: [131, 1]),
        .init(name: "inner/131x1", kept: [131], reduced: [1], strides: [1, 1]),
        .init(name: "inner/7x2049", kept: [7], reduced: [2049], strides: [2049, 1]),
        .init(name: "inner/2049x7", kept: [2049], reduced: [7], strides: [7, 1]),
        .init(name: "outer/131x37", kept: [37], reduced: [131], strides: [1, 37]),
        .init(name: "outer/2049x7", kept: [7], reduced: [2049], strides: [1, 7]),
        .init(name: "outer/5x1031", kept: [1031], reduced: [5], strides: [1, 1031]),
        .init(name: "middle/5x37x11", kept: [5, 11], reduced: [37], strides: [407, 1, 11]),
        .init(name: "ends/5x37x11", kept: [37], reduced: [5, 11], strides: [11, 407, 1]),
        .init(name: "batch-norm/3x7x5x5", kept: [7], reduced: [3, 5, 5], strides: [25, 175, 5, 1]),
        .init(name: "full/1", kept: [1], reduced: [1], strides: [0, 1]),
        .init(name: "full/1031", kept: [1], reduced: [1031], strides: [0, 1]),
        .init(name: "full/100003", kept: [1], reduced: [100_003], strides: [0, 1]),
        .init(name: "full/37x41", kept: [1], reduced: [37, 41], strides: [0, 41, 1]),
        .init(name: "reversed/37x131", kept: [37], reduced: [131], strides: [-131, -1], offset: 37 * 131 - 1),
        .init(name: "repeated/37x131", kept: [37], reduced: [131], strides: [1, 0]),
        .init(name: "shared/37x131", kept: [37], reduced: [131], strides: [0, 1]),
        .init(name: "empty/37x0", kept: [37], reduced: [0], strides: [1, 1]),
        .init(name: "empty/5x3x0", kept: [5], reduced: [3, 0], strides: [1, 1, 1]),
        .init(name: "nothing/0x37", kept: [0], reduced: [37], strides: [1, 1]),
        .init(name: "nothing/0x0", kept: [0], reduced: [0], strides: [1, 1]),
    ]

    private static func reduceCase(_ layout: Layout, _ combiner: Reduce.Combiner) -> KernelCase {
        .build("reduce/\(combiner)/\(layout.name)") { b in
            let kept = Shape(layout.kept)
            let x = b.input(layout.size, shift: 1)
            let y = b.output(kept.elementCount, combiner.tolerance(layout.reduced.reduce(1, *)), shift: 3)
            return [
                .reduce(layout.kept, layout.reduced, combiner) { e in
                    _ = e.load(x.operand(layout.strides, offset: layout.offset))
                } _: { _, total in
                    [(total, y.operand(kept.strides))]
                }
            ]
        }
    }

    /// Rows of 27 edges, rotated, so that an infinity or a `NaN` stands anywhere; the last rows have no `NaN`.
    private static func specialValues(_ combiner: Reduce.Combiner) -> KernelCase {
        .build("reduce/\(combiner)/special-values") { b in
            let edges: [Float] = [.nan, 1, .infinity, -1, -.infinity, 2, 0, -0.0, -2, 0.5, -0.5]
            let x = b.input(121, .floats(edges))
            let y = b.output(11 * 11, combiner.tolerance(11))
            // Row (i, j) holds elements i … i + j: of every start and length.
            return (1...11).map { length in
                .reduce([11], [length], combiner) { e in
                    _ = e.load(x[1, 1])
                } _: { _, total in
                    [(total, y[1, offset: 11 * (length - 1)])]
                }
            }
        }
    }

    private static let fusedReduceCases = [
        // Σ (x − mean)² / n and its root: two stores, a broadcast in the prologue.
        KernelCase.build("reduce/fused/variance") { b in
            let (x, mean) = (b.input(37 * 131), b.input(37))
            let (variance, deviation) = (b.output(37, .sum(131)), b.output(37, .sum(131)))
            return [
                .reduce([37], [131], .sum) { e in
                    let centred = e.binary(.subtract, e.load(x[131, 1]), e.load(mean[1, 0]))
                    _ = e.binary(.multiply, centred, centred)
                } _: { e, sum in
                    let value = e.binary(.multiply, sum, e.constant(1 / 131))
                    return [(value, variance[1]), (e.unary(.squareRoot, value), deviation[1])]
                }
            ]
        },
        // log Σ exp(x − max) + max.
        KernelCase.build("reduce/fused/log-sum-exp") { b in
            let x = b.input(37 * 131, .uniform(-5, 5))
            let most = b.scratch(37)
            let y = b.output(37, .fused)
            return [
                .reduce([37], [131], .maximum) { e in
                    _ = e.load(x[131, 1])
                } _: { _, total in
                    [(total, most[1])]
                },
                .reduce([37], [131], .sum) { e in
                    let shifted = e.binary(.subtract, e.load(x[131, 1]), e.load(most[1, 0]))
                    _ = e.unary(.exponential, shifted)
                } _: { e, sum in
                    [(e.binary(.add, e.unary(.logarithm, sum), e.load(most[1])), y[1])]
                },
            ]
        },
        // The bias gradient added to what is there: outer, in place.
        KernelCase.build("reduce/fused/accumulate") { b in
            let x = b.input(131 * 37)
            let y = b.state(37, .uniform(-1, 1), .sum(131))
            return [
                .reduce([37], [131], .sum) { e in
                    _ = e.load(x[1, 37])
                } _: { e, sum in
                    [(e.binary(.add, sum, e.load(y[1])), y[1])]
                }
            ]
        },
        KernelCase.build("reduce/fused/bytes") { b in
            let x = b.input(37 * 131, .whole(0, 255), .uint8, shift: 5)
            let y = b.output(37, .exact, .int32)
            return [
                .reduce([37], [131], .sum) { e in
                    _ = e.load(x[131, 1])
                } _: { _, sum in
                    [(sum, y[1])]
                }
            ]
        },
        // A dot product of two rows whose prologue ends in a select.
        KernelCase.build("reduce/fused/masked") { b in
            let (x, z) = (b.input(37 * 131), b.input(37 * 131))
            let y = b.output(37, .sum(131))
            return [
                .reduce([37], [131], .sum) { e in
                    let (a, c) = (e.load(x[131, 1]), e.load(z[131, 1]))
                    let product = e.binary(.multiply, a, c)
                    _ = e.append(.select(e.binary(.less, a, c), product, e.constant(0)))
                } _: { _, sum in
                    [(sum, y[1])]
                }
            ]
        },
        // The largest x of 0/1 columns: equality with an iota in the prologue, accuracy's way to compare.
        KernelCase.build("reduce/fused/iota") { b in
            let x = b.input(37 * 11)
            let y = b.output(37)
            return [
                .reduce([37], [11], .maximum) { e in
                    let isBig = e.binary(.less, e.constant(0.5), e.load(x[11, 1]))
                    let position = e.append(.iota(Access(strides: [0, 1])))
                    _ = e.append(.select(isBig, position, e.constant(-1)))
                } _: { _, most in
                    [(most, y[1])]
                }
            ]
        },
        KernelCase.build("reduce/fused/strided-stores") { b in
            let x = b.input(5 * 37 * 11)
            let (y, z) = (b.output(200, .sum(37)), b.output(55, .sum(37)))
            return [
                .reduce([5, 11], [37], .sum) { e in
                    _ = e.load(x[407, 1, 11])
                } _: { e, sum in
                    [(sum, y[40, 3, offset: 2]), (e.unary(.negate, sum), z[1, 5])]
                }
            ]
        },
    ]
}

extension Reduce.Combiner {
    fileprivate func tolerance(_ terms: Int) -> Tolerance {
        switch self {
        case .sum: .sum(terms)
        case .maximum, .minimum: .exact
        }
    }
}
