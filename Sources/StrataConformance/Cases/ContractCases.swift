import StrataBackend

extension Conformance {
    /// Matrix products of every transposition and size, and what may follow them.
    static let contractCases: [KernelCase] = [
        plainContractCases, emptyContractCases, batchContractCases, stridedContractCases, symmetricContractCases,
        fusedContractCases,
        specialContractCases,
    ].flatMap { $0 }

    private enum Transposition: String, CaseIterable {
        case nn = "NN"
        case nt = "NT"
        case tn = "TN"
        case tt = "TT"
        var lhs: Bool { self == .tn || self == .tt }
        var rhs: Bool { self == .nt || self == .tt }
    }

    private static let plainContractCases = [
        (1, 1, 1), (1, 7, 5), (5, 1, 7), (7, 5, 1), (1, 131, 131), (131, 1, 131), (2, 3, 2049), (17, 33, 65),
        (37, 131, 41), (64, 64, 64), (129, 65, 33), (131, 37, 1031), (13, 1031, 37), (1031, 13, 37), (50, 20, 37),
        (98, 21, 37), (128, 100, 784),
    ].flatMap { m, n, k in
        Transposition.allCases.map { order in
            KernelCase.build("contract/\(order.rawValue)/\(m)x\(n)x\(k)") { b in
                let (lhs, rhs) = (b.input(m * k), b.input(k * n, shift: 1))
                let y = b.output(m * n, .sum(k), shift: 3)
                return [
                    .contract(
                        1, m, n, k, order.lhs ? lhs[0, 1, m] : lhs[0, k, 1], order.rhs ? rhs[0, 1, k] : rhs[0, n, 1]
                    ) { _, sum in [(sum, y[0, n, 1])] }
                ]
            }
        }
    }

    private static let emptyContractCases = [
        (1, 0, 5, 3), (1, 5, 0, 3), (1, 5, 3, 0), (0, 5, 3, 2), (3, 37, 41, 0), (1, 0, 0, 0),
    ].map { batch, m, n, k in
        KernelCase.build("contract/empty/\(batch)x\(m)x\(n)x\(k)") { b in
            let (lhs, rhs) = (b.input(batch * m * k), b.input(batch * k * n))
            let (y, bias) = (b.output(batch * m * n), b.input(n))
            return [
                .contract(batch, m, n, k, lhs[m * k, k, 1], rhs[k * n, n, 1]) { e, sum in
                    [(e.binary(.add, sum, e.load(bias[0, 0, 1])), y[m * n, n, 1])]
                }
            ]
        }
    }

    /// Strides of the batch: both of their own, one shared, batches innermost.
    private static let batchContractCases = [
        ("own", [37 * 29, 29, 1], [29 * 41, 41, 1]), ("shared-lhs", [0, 29, 1], [29 * 41, 41, 1]),
        ("shared-rhs", [37 * 29, 29, 1], [0, 41, 1]), ("transposed-rhs", [37 * 29, 29, 1], [29 * 41, 1, 29]),
        ("innermost", [1, 29 * 5, 5], [1, 41 * 5, 5]), ("heads", [29, 5 * 29, 1], [41, 5 * 41, 1]),
    ].map { name, left, right in
        KernelCase.build("contract/batch/\(name)") { b in
            let (lhs, rhs) = (b.input(5 * 37 * 29), b.input(5 * 29 * 41))
            let y = b.output(5 * 37 * 41, .sum(29))
            return [
                .contract(5, 37, 41, 29, lhs.operand(left), rhs.operand(right)) { _, sum in
                    [(sum, y[37 * 41, 41, 1])]
                }
            ]
        }
    }

    /// (offset, strides) of lhs [37, 29] and rhs [29, 41] in 8000 elements each.
    private static let stridedContractCases = [
        ("leading", (0, [0, 100, 1]), (0, [0, 130, 1])), ("neither-contiguous", (3, [0, 87, 3]), (5, [0, 164, 2])),
        ("reversed-k", (28, [0, 29, -1]), (28 * 41, [0, -41, 1])),
        ("reversed-m-n", (36 * 29, [0, -29, 1]), (40, [0, 41, -1])),
        ("one-row", (7, [0, 0, 1]), (0, [0, 41, 1])), ("one-column", (0, [0, 29, 1]), (9, [0, 1, 0])),
        ("constant-k", (0, [0, 1, 0]), (0, [0, 0, 1])), ("all-constant", (4, [0, 0, 0]), (4, [0, 0, 0])),
        ("overlapping", (0, [0, 1, 1]), (0, [0, 1, 1])), ("odd-offsets", (1, [0, 31, 1]), (3, [0, 43, 1])),
    ].map { name, left, right in
        KernelCase.build("contract/strided/\(name)") { b in
            let (lhs, rhs) = (b.input(8000), b.input(8000))
            let y = b.output(37 * 41, .sum(29))
            return [
                .contract(1, 37, 41, 29, lhs.operand(left.1, offset: left.0), rhs.operand(right.1, offset: right.0)) {
                    _, sum in [(sum, y[0, 41, 1])]
                }
            ]
        }
    }

    /// An array with itself, by rows and by columns, whose result may be computed by halves; what follows is not symmetric.
    private static let symmetricContractCases = [(192, 5), (200, 300), (391, 33), (784, 20)].flatMap {
        (n: Int, k: Int) -> [KernelCase] in
        [
            symmetric("rows", n, k, [n * k, k, 1], [n * k, 1, k]),
            symmetric("columns", n, k, [n * k, 1, n], [n * k, n, 1]),
        ]
    }

    private static func symmetric(_ name: String, _ n: Int, _ k: Int, _ left: [Int], _ right: [Int]) -> KernelCase {
        KernelCase.build("contract/symmetric/\(name)/\(n)x\(k)") { b in
            let (x, bias) = (b.input(2 * n * k), b.input(n))
            let y = b.state(2 * n * n, .uniform(-1, 1), .sum(k))
            let z = b.output(2 * n * n, .sum(k))
            return [
                .contract(2, n, n, k, x.operand(left), x.operand(right)) { e, sum in
                    let scaled = e.binary(.multiply, e.load(y[n * n, n, 1]), e.load(bias[0, 0, 1]))
                    // Also turned, so that results are written across.
                    return [(e.binary(.add, scaled, sum), y[n * n, n, 1]), (sum, z[n * n, 1, n])]
                }
            ]
        }
    }

    private static func product(
        _ b: inout CaseBuilder, _ epilogue: (inout Expression, Expression.Value) -> Writes
    ) -> [Kernel] {
        let (lhs, rhs) = (b.input(37 * 131), b.input(131 * 41))
        return [.contract(1, 37, 41, 131, lhs[0, 131, 1], rhs[0, 41, 1], epilogue)]
    }

    private static let fusedContractCases = [
        // A dense layer that keeps what its gradient needs.
        KernelCase.build("contract/fused/bias-sigmoid-two-stores") { b in
            let bias = b.input(41)
            let (y, z) = (b.output(37 * 41, .sum(131)), b.output(37 * 41, .sum(131)))
            return product(&b) { e, sum in
                let x = e.binary(.add, sum, e.load(bias[0, 0, 1]))
                return [(x, y[0, 41, 1]), (e.unary(.sigmoid, x), z[0, 41, 1])]
            }
        },
        KernelCase.build("contract/fused/row-bias") { b in
            let bias = b.input(37)
            let y = b.output(37 * 41, .sum(131))
            return product(&b) { e, sum in [(e.binary(.add, sum, e.load(bias[0, 1, 0])), y[0, 41, 1])] }
        },
        KernelCase.build("contract/fused/accumulate") { b in
            let y = b.state(37 * 41, .uniform(-1, 1), .sum(131))
            return product(&b) { e, sum in [(e.binary(.add, sum, e.load(y[0, 41, 1])), y[0, 41, 1])] }
        },
        // A weight and its momentum, updated where the gradient is made.
        KernelCase.build("contract/fused/momentum-in-place") { b in
            let weight = b.state(37 * 41, .uniform(-1, 1), .sum(131))
            let speed = b.state(37 * 41, .uniform(-1, 1), .sum(131))
            return product(&b) { e, sum in
                let kept = e.binary(.multiply, e.load(speed[0, 41, 1]), e.constant(0.5))
                let new = e.binary(.add, kept, sum)
                let step = e.binary(.multiply, new, e.constant(0.25))
                let moved = e.binary(.subtract, e.load(weight[0, 41, 1]), step)
                return [(moved, weight[0, 41, 1]), (new, speed[0, 41, 1])]
            }
        },
        // Bernoulli units and their probabilities, drawn where the product is made. The comparison is left to
        // draw/after-a-product; here half of the draw is added.
        KernelCase.build("contract/fused/probability-and-draw") { b in
            let key = b.input(2, .words([3, 4]), .int32)
            let (p, y) = (b.output(37 * 41, .sum(131)), b.output(37 * 41, .sum(131)))
            return product(&b) { e, sum in
                let probability = e.unary(.sigmoid, sum)
                let drawn = e.draw(.uniform, key: key, [0, 41, 1])
                return [(probability, p[0, 41, 1]), (e.binary(.add, probability, drawn), y[0, 41, 1])]
            }
        },
        KernelCase.build("contract/fused/transposed-store") { b in
            let y = b.output(37 * 41, .sum(131))
            return product(&b) { _, sum in [(sum, y[0, 1, 37])] }
        },
        KernelCase.build("contract/fused/gaps-and-reversal") { b in
            let (y, z) = (b.output(37 * 100, .sum(131)), b.output(37 * 41, .sum(131)))
            return product(&b) { e, sum in
                [(sum, y[0, 100, 2, offset: 1]), (e.unary(.negate, sum), z[0, -41, -1, offset: 37 * 41 - 1])]
            }
        },
        KernelCase.build("contract/fused/whole-numbers") { b in
            let (lhs, rhs) = (b.input(37 * 29, .whole(0, 3)), b.input(29 * 41, .whole(0, 3)))
            let (y, z) = (b.output(37 * 41, .exact, .int32), b.output(37 * 41, .exact, .uint8))
            return [
                .contract(1, 37, 41, 29, lhs[0, 29, 1], rhs[0, 41, 1]) { _, sum in
                    [(sum, y[0, 41, 1]), (sum, z[0, 41, 1])]
                }
            ]
        },
        // The product itself is not stored; the epilogue's other operand is transposed and of bytes.
        KernelCase.build("contract/fused/transposed-bytes") { b in
            let mask = b.input(37 * 41, .whole(0, 1), .uint8)
            let y = b.output(37 * 41, .sum(131))
            return product(&b) { e, sum in [(e.binary(.multiply, sum, e.load(mask[0, 1, 37])), y[0, 41, 1])] }
        },
        KernelCase.build("contract/fused/batch") { b in
            let (lhs, rhs, bias) = (b.input(3 * 37 * 29), b.input(3 * 29 * 41), b.input(3 * 41))
            let y = b.state(3 * 37 * 41, .uniform(-1, 1), .sum(29))
            return [
                .contract(3, 37, 41, 29, lhs[37 * 29, 29, 1], rhs[29 * 41, 41, 1]) { e, sum in
                    let position = e.append(.iota(Access(strides: [0, 0, 1])))
                    let scaled = e.binary(.multiply, position, e.constant(1.0 / 64))
                    let moved = e.binary(.add, e.binary(.add, sum, scaled), e.load(bias[41, 0, 1]))
                    return [(e.binary(.add, moved, e.load(y[37 * 41, 41, 1])), y[37 * 41, 41, 1])]
                }
            ]
        },
    ]

    /// An infinity times what a backend pads with must not reach a result: 0 · ∞ is `NaN`.
    private static let specialContractCases = [
        KernelCase.build("contract/special/infinities") { b in
            let (lhs, rhs) = (b.input(7 * 5, .floats([.infinity])), b.input(5 * 3, .uniform(0.5, 1)))
            let y = b.output(21)
            return [.contract(1, 7, 3, 5, lhs[0, 5, 1], rhs[0, 3, 1]) { _, sum in [(sum, y[0, 3, 1])] }]
        },
        KernelCase.build("contract/special/infinities-rhs") { b in
            let (lhs, rhs) = (b.input(7 * 5, .uniform(0.5, 1)), b.input(5 * 3, .floats([-.infinity])))
            let y = b.output(21)
            return [.contract(1, 7, 3, 5, lhs[0, 1, 7], rhs[0, 1, 5]) { _, sum in [(sum, y[0, 3, 1])] }]
        },
        KernelCase.build("contract/special/one-nan") { b in
            let poisoned = (0..<37 * 29).map { $0 == 400 ? Float.nan : Float($0 % 7) / 8 }
            let (lhs, rhs) = (b.input(37 * 29, .floats(poisoned)), b.input(29 * 41))
            let y = b.output(37 * 41, .sum(29))
            return [.contract(1, 37, 41, 29, lhs[0, 29, 1], rhs[0, 41, 1]) { _, sum in [(sum, y[0, 41, 1])] }]
        },
    ]
}
