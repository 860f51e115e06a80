import StrataBackend

extension Conformance {
    /// Maps over every shape of space and access, in place, of many stores, and of long tapes.
    static let accessCases = [
        extentCases, permutationCases, stridedLoadCases, stridedStoreCases, transpositionCases, iotaCases, inPlaceCases,
        tapeCases,
    ].flatMap { $0 }

    /// relu(x·s + b): x whole, b along the last dimension, s everywhere the same.
    private static let extentCases = [
        [1], [2], [15], [37], [131], [1023], [1024], [1031], [2049], [70_001], [0], [3, 0, 2], [1, 1, 1, 1], [131, 1],
        [1, 131], [7, 11], [40, 1031], [1031, 3], [5, 7, 3], [2, 3, 5, 7], [3, 1, 4, 1, 5],
    ].map { extents in
        KernelCase.build("map/extents/\(Shape(extents).name)") { b in
            let shape = Shape(extents)
            let x = b.input(shape.elementCount, shift: 1)
            let (s, bias) = (b.input(1), b.input(extents.last ?? 1))
            let y = b.output(shape.elementCount, .rounded, shift: 3)
            return [
                .map(extents) { e in
                    let scaled = e.binary(
                        .multiply, e.load(x.operand(shape.strides)), e.load(s.operand(extents.map { _ in 0 })))
                    let lastOnly = extents.indices.map { $0 == extents.count - 1 ? 1 : 0 }
                    let moved = e.binary(.add, scaled, e.load(bias.operand(lastOnly)))
                    return [(e.unary(.relu, moved), y.operand(shape.strides))]
                }
            ]
        }
    }

    /// A copy out of every order of the dimensions.
    private static let permutationCases = [
        ([37, 53], [1, 0]), ([1, 131], [1, 0]), ([5, 7, 11], [0, 2, 1]), ([5, 7, 11], [1, 0, 2]),
        ([5, 7, 11], [1, 2, 0]),
        ([5, 7, 11], [2, 0, 1]), ([5, 7, 11], [2, 1, 0]), ([2, 3, 5, 7], [0, 2, 3, 1]), ([2, 3, 5, 7], [0, 3, 1, 2]),
        ([2, 3, 5, 7], [3, 2, 1, 0]), ([129, 65], [1, 0]),
    ].map { extents, order in
        KernelCase.build("map/permute/\(Shape(extents).name)-\(Shape(order).name)") { b in
            let shape = Shape(extents)
            let permuted = order.map { extents[$0] }
            let x = b.input(shape.elementCount)
            let y = b.output(shape.elementCount)
            return [
                .map(permuted) { e in
                    [(e.load(x.operand(order.map { shape.strides[$0] })), y.operand(Shape(permuted).strides))]
                }
            ]
        }
    }

    /// Reversals, steps, offsets and broadcasts, of each type: (name, offset, strides) over [19, 23] in 2000 elements.
    private static let stridedLoadCases: [KernelCase] = DType.allCases.flatMap { dtype in
        let accesses: [(String, Int, [Int])] = [
            ("reverse-last", 22, [23, -1]), ("reverse-first", 18 * 23, [-23, 1]),
            ("reverse-both", 18 * 23 + 22, [-23, -1]),
            ("step-2", 1, [46, 2]), ("step-3", 5, [100, 3]), ("window", 7, [31, 1]), ("overlapping", 0, [1, 1]),
            ("scalar", 3, [0, 0]), ("rows", 2, [5, 0]), ("columns", 4, [0, 3]), ("columns-reversed", 50, [0, -2]),
        ]
        return accesses.map { name, offset, strides in
            KernelCase.build("map/load/\(name)-\(dtype)") { b in
                let x = b.input(2000, .whole(0, 255), dtype)
                let y = b.output(19 * 23)
                return [.map([19, 23]) { e in [(e.load(x.operand(strides, offset: offset)), y[23, 1])] }]
            }
        }
    }

    /// Stores that leave gaps, or turn round.
    private static let stridedStoreCases: [KernelCase] = DType.allCases.flatMap { dtype in
        let accesses: [(String, Int, [Int])] = [
            ("step-2", 1, [46, 2]), ("step-3", 0, [100, 3]), ("window", 7, [31, 1]), ("transposed", 0, [1, 19]),
            ("reverse-both", 18 * 23 + 22, [-23, -1]), ("reverse-gaps", 1900, [-90, -3]),
        ]
        return accesses.map { name, offset, strides in
            KernelCase.build("map/store/\(name)-\(dtype)") { b in
                let x = b.input(19 * 23, .whole(0, 255))
                let y = b.output(2000, .exact, dtype)
                return [.map([19, 23]) { e in [(e.load(x[23, 1]), y.operand(strides, offset: offset))] }]
            }
        }
    }

    /// Matrices read or written across, of whole and of broken tiles, forward and backward.
    private static let transpositionCases: [KernelCase] = [(8, 64), (16, 128), (41, 137), (200, 24), (7, 300), (65, 9)]
        .flatMap { rows, columns in
            let count = rows * columns
            let name = "\(rows)x\(columns)"
            return [
                KernelCase.build("map/transpose/read-\(name)") { b in
                    let (x, y) = (b.input(2 * count), b.output(2 * count))
                    return [
                        .map([2, rows, columns]) { e in
                            [(e.load(x[count, 1, rows]), y[count, columns, 1])]
                        }
                    ]
                },
                KernelCase.build("map/transpose/write-\(name)") { b in
                    let (x, y) = (b.input(2 * count), b.output(2 * count))
                    return [
                        .map([2, rows, columns]) { e in
                            [(e.unary(.negate, e.load(x[count, columns, 1])), y[count, 1, rows])]
                        }
                    ]
                },
                KernelCase.build("map/transpose/backward-\(name)") { b in
                    let (x, y) = (b.input(count), b.output(count))
                    return [
                        .map([rows, columns]) { e in
                            [(e.load(x[1, -rows, offset: (columns - 1) * rows]), y[columns, 1])]
                        }
                    ]
                },
            ]
        }

    private static let iotaCases = [
        ("rows", 0, [37, 1]), ("transposed", 5, [1, 41]), ("backward", 1000, [-3, -2]), ("column", -7, [0, 1]),
        ("large", 20_000_000, [1000, 1]),
    ].map { name, offset, strides in
        KernelCase.build("map/iota/\(name)") { b in
            let y = b.output(41 * 37)
            return [.map([41, 37]) { e in [(e.append(.iota(Access(offset: offset, strides: strides))), y[37, 1])] }]
        }
    }

    private static let inPlaceCases = [
        KernelCase.build("map/in-place/update") { b in
            let x = b.state(2049, .uniform(-1, 1), .rounded)
            return [
                .map([2049]) { e in
                    let doubled = e.binary(.multiply, e.load(x[1]), e.constant(2))
                    return [(e.binary(.add, doubled, e.constant(1)), x[1])]
                }
            ]
        },
        KernelCase.build("map/in-place/swap") { b in
            let (x, y) = (b.state(1031), b.state(1031))
            return [.map([1031]) { e in [(e.load(x[1]), y[1]), (e.load(y[1]), x[1])] }]
        },
        KernelCase.build("map/in-place/strided") { b in
            let x = b.state(2000)
            return [
                .map([19, 23]) { e in [(e.unary(.negate, e.load(x[-100, 3, offset: 1850])), x[-100, 3, offset: 1850])] }
            ]
        },
        KernelCase.build("map/in-place/bytes") { b in
            let x = b.state(1031, .whole(0, 255), .exact, .uint8)
            return [.map([1031]) { e in [(e.binary(.subtract, e.constant(255), e.load(x[1])), x[1])] }]
        },
        // Adam's update: three arrays in place from one gradient.
        KernelCase.build("map/in-place/adam") { b in
            let gradient = b.input(1031)
            let weight = b.state(1031, .uniform(-1, 1), .fused)
            let (mean, square) = (b.state(1031, .uniform(-1, 1), .rounded), b.state(1031, .uniform(0, 1), .rounded))
            return [
                .map([1031]) { e in
                    let g = e.load(gradient[1])
                    func decayed(_ x: Expression.Value, _ rate: Float, _ new: Expression.Value, _ e: inout Expression)
                        -> Expression.Value
                    {
                        let (old, fresh) = (e.constant(rate), e.constant(1 - rate))
                        let (kept, added) = (e.binary(.multiply, old, x), e.binary(.multiply, fresh, new))
                        return e.binary(.add, kept, added)
                    }
                    let m = decayed(e.load(mean[1]), 0.875, g, &e)
                    let v = decayed(e.load(square[1]), 0.75, e.binary(.multiply, g, g), &e)
                    let scale = e.binary(.add, e.unary(.squareRoot, v), e.constant(0.125))
                    let step = e.binary(.divide, m, scale)
                    let w = e.binary(.subtract, e.load(weight[1]), step)
                    return [(w, weight[1]), (m, mean[1]), (v, square[1])]
                }
            ]
        },
    ]

    private static let tapeCases = [
        KernelCase.build("map/tape/constant") { b in
            let y = b.output(131)
            return [.map([131]) { e in [(e.constant(-0.75), y[1])] }]
        },
        KernelCase.build("map/tape/special-constants") { b in
            let y = (0..<3).map { _ in b.output(37) }
            return [
                .map([37]) { e in zip([.nan, .infinity, -.infinity] as [Float], y).map { (e.constant($0), $1[1]) } }
            ]
        },
        KernelCase.build("map/tape/one-value-many-stores") { b in
            let x = b.input(37 * 41, .whole(0, 255))
            let targets = [
                (b.output(37 * 41), [41, 1]), (b.output(37 * 41), [1, 37]),
                (b.output(37 * 41, .exact, .int32), [41, 1]), (b.output(37 * 41, .exact, .uint8), [1, 37]),
                (b.output(3 * 37 * 41), [123, 3]),
            ]
            return [.map([37, 41]) { e in targets.map { (e.load(x[41, 1]), $0.operand($1)) } }]
        },
        KernelCase.build("map/tape/many-operands") { b in
            let inputs = (0..<12).map { _ in b.input(1031) }
            let y = b.output(1031, .sum(12))
            return [
                .map([1031]) { e in
                    [(inputs.reduce(e.constant(0)) { sum, x in e.binary(.add, sum, e.load(x[1])) }, y[1])]
                }
            ]
        },
        // All values are alive until the end.
        KernelCase.build("map/tape/many-live-values") { b in
            let x = b.input(1031, .uniform(0.5, 1))
            let y = b.output(1031, .sum(40))
            return [
                .map([1031]) { e in
                    let values = (0..<40).map { e.binary(.multiply, e.load(x[1]), e.constant(Float($0) / 64)) }
                    return [(values.reversed().reduce(e.constant(0)) { e.binary(.add, $0, $1) }, y[1])]
                }
            ]
        },
        // An intermediate value is stored too.
        KernelCase.build("map/tape/intermediate") { b in
            let x = b.input(1031)
            let (y, z) = (b.output(1031, .elementary), b.output(1031, .fused))
            return [
                .map([1031]) { e in
                    let inner = e.unary(.tanh, e.load(x[1]))
                    return [(inner, y[1]), (e.unary(.exponential, inner), z[1])]
                }
            ]
        },
    ]
}

extension Shape {
    /// `2x3x5`, for names of cases.
    var name: String { extents.map(String.init).joined(separator: "x") }
}
