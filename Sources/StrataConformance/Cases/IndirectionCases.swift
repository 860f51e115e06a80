import StrataBackend

extension Conformance {
    /// Gathers, in maps and in prologues: along any dimension, with indices that repeat, fall outside, or start
    /// further on.
    static let indirectionCases: [KernelCase] = [
        KernelCase.build("gather/rows") { b in
            let (table, indices) = (b.input(50 * 37), b.input(131, .whole(0, 49), .int32))
            let y = b.output(131 * 37)
            return [
                .map([131, 37]) { e in [(e.load(table[37, 1].lookingUp(0, in: indices, rows: 50)), y[37, 1])] }
            ]
        },
        KernelCase.build("gather/out-of-range") { b in
            let (table, indices) = (b.input(5 * 7), b.input(37, .words([-1, 5, 2, .min, .max, 0, 4, 1000]), .int32))
            let y = b.output(37 * 7)
            return [.map([37, 7]) { e in [(e.load(table[7, 1].lookingUp(0, in: indices, rows: 5)), y[7, 1])] }]
        },
        KernelCase.build("gather/columns") { b in
            let (table, indices) = (b.input(37 * 50), b.input(131, .whole(-3, 55), .int32))
            let y = b.output(37 * 131)
            return [
                .map([37, 131]) { e in [(e.load(table[50, 1].lookingUp(1, in: indices, rows: 50)), y[131, 1])] }
            ]
        },
        KernelCase.build("gather/middle") { b in
            let (table, indices) = (b.input(5 * 11 * 7), b.input(13, .whole(0, 10), .int32))
            let y = b.output(5 * 13 * 7)
            return [
                .map([5, 13, 7]) { e in
                    [(e.load(table[77, 7, 1].lookingUp(1, in: indices, rows: 11)), y[91, 7, 1])]
                }
            ]
        },
        KernelCase.build("gather/scalars") { b in
            let (table, indices) = (b.input(300), b.input(2049, .whole(0, 299), .int32))
            let y = b.output(2049)
            return [.map([2049]) { e in [(e.load(table[1].lookingUp(0, in: indices, rows: 300)), y[1])] }]
        },
        KernelCase.build("gather/one-row") { b in
            let (table, indices) = (b.input(131), b.input(1, .words([0]), .int32))
            let y = b.output(131)
            return [.map([1, 131]) { e in [(e.load(table[131, 1].lookingUp(0, in: indices, rows: 1)), y[131, 1])] }]
        },
        KernelCase.build("gather/none") { b in
            let (table, indices) = (b.input(5 * 7), b.input(0, .whole(0, 4), .int32))
            let y = b.output(0)
            return [.map([0, 7]) { e in [(e.load(table[7, 1].lookingUp(0, in: indices, rows: 5)), y[7, 1])] }]
        },
        // The second batch of an epoch: indices start further on, and so does the table.
        KernelCase.build("gather/offsets") { b in
            let (table, indices) = (b.input(52 * 37), b.input(262, .whole(0, 49), .int32))
            let y = b.output(131 * 37)
            return [
                .map([131, 37]) { e in
                    let rows = table[37, 1, offset: 74].lookingUp(0, in: indices, rows: 50, offset: 131)
                    return [(e.load(rows), y[37, 1])]
                }
            ]
        },
        // Row i of the table is column i; read backwards.
        KernelCase.build("gather/transposed-reversed") { b in
            let (table, indices) = (b.input(37 * 50), b.input(131, .whole(0, 49), .int32))
            let y = b.output(131 * 37)
            return [
                .map([131, 37]) { e in
                    let rows = table[-1, 50, offset: 49].lookingUp(0, in: indices, rows: 50)
                    return [(e.load(rows), y[37, 1])]
                }
            ]
        },
        // A batch of stored images: gather, widen and scale.
        KernelCase.build("gather/bytes") { b in
            let (images, indices) = (b.input(100 * 49, .whole(0, 255), .uint8), b.input(32, .whole(0, 99), .int32))
            let y = b.output(32 * 49, .rounded)
            return [
                .map([32, 49]) { e in
                    let pixel = e.load(images[49, 1].lookingUp(0, in: indices, rows: 100))
                    return [(e.binary(.multiply, pixel, e.constant(1 / 255)), y[49, 1])]
                }
            ]
        },
        // Labels as a row each of 0 and 1.
        KernelCase.build("gather/one-hot") { b in
            let (labels, indices) = (b.input(100, .whole(0, 9), .uint8), b.input(37, .whole(0, 99), .int32))
            let y = b.output(37 * 10)
            return [
                .map([37, 10]) { e in
                    let label = e.load(labels[1, 0].lookingUp(0, in: indices, rows: 100))
                    let position = e.append(.iota(Access(strides: [0, 1])))
                    return [(e.binary(.equal, label, position), y[10, 1])]
                }
            ]
        },
        // Two tables looked up along different dimensions, and one plain operand.
        KernelCase.build("gather/two-dimensions") { b in
            let (table, rows) = (b.input(9 * 41), b.input(37, .whole(0, 8), .int32))
            let (other, columns) = (b.input(37 * 9), b.input(41, .whole(0, 8), .int32))
            let plain = b.input(37 * 41)
            let y = b.output(37 * 41, .rounded)
            return [
                .map([37, 41]) { e in
                    let first = e.load(table[41, 1].lookingUp(0, in: rows, rows: 9))
                    let second = e.load(other[9, 1].lookingUp(1, in: columns, rows: 9))
                    let sum = e.binary(.add, first, second)
                    return [(e.binary(.add, sum, e.load(plain[41, 1])), y[41, 1])]
                }
            ]
        },
        // A sum over gathered rows: the bag of words.
        KernelCase.build("gather/reduced") { b in
            let (table, indices) = (b.input(50 * 37), b.input(131, .whole(-2, 51), .int32))
            let y = b.output(37, .sum(131))
            return [
                .reduce([37], [131], .sum) { e in
                    _ = e.load(table[1, 37].lookingUp(1, in: indices, rows: 50))
                } _: { _, sum in
                    [(sum, y[1])]
                }
            ]
        },
    ]
}
