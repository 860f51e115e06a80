import StrataBackend

extension Conformance {
    /// Factorisations, held to what defines them rather than to the oracle's numbers, as equal singular values leave
    /// their vectors free.
    static let decomposeCases: [KernelCase] =
        [(1, 1), (37, 37), (131, 37), (37, 131), (7, 1), (1, 7), (0, 5)].flatMap { m, n in
            [singularValues("\(m)x\(n)", m, n, .uniform(-1, 1)), qr("\(m)x\(n)", m, n, .uniform(-1, 1))]
        }
        + [1, 2, 37, 131, 0].flatMap { n in
            [symmetricEigen("\(n)", .symmetric(n)), cholesky("\(n)", n), solve("\(n)", n, columns: 5)]
        } + [
            // Of equal eigenvalues all but one split off, when a large matrix is divided.
            symmetricEigen("equal", Table(131, 131) { _, _ in 0.5 }), symmetricEigen("identity", .identity(131)),
            symmetricEigen("chain", Table(131, 131) { $0 == $1 ? 2 : abs($0 - $1) == 1 ? -1 : 0 }),
            singularValues("rank-1", 11, 7, .floats([0.5])), singularValues("zero", 5, 7, .floats([0])),
            qr("zero", 5, 3, .floats([0])),
            undefined("not-positive", .cholesky, .floats([1, 2, 2, 1])), undefined("zero", .cholesky, .floats([0])),
            undefined("singular", .solve, .floats([1, 2, 2, 4])), undefined("zero", .solve, .floats([0])),
        ]

    private static func singularValues(_ name: String, _ m: Int, _ n: Int, _ fill: Fill) -> KernelCase {
        let r = min(m, n)
        let tolerance = Tolerance.factorisation(max(m, n))
        return .build("decompose/singular-values/\(name)") { b in
            let a = b.input(m * n, fill)
            let given = Table(m, n, fill)
            let result = b.output(
                m * r + r + r * n,
                .satisfies { result in
                    let (u, s) = (Table(m, r, result), Array(result[(m * r)..<(m * r + r)]))
                    let vt = Table(r, n, Array(result[(m * r + r)...]))
                    let scaled = Table(m, r) { u[$0, $1] * s[$1] }
                    return (scaled * vt).complaint("U Σ Vᵀ", against: given, tolerance)
                        ?? (u.transposed * u).complaint("Uᵀ U", against: .identity(r), tolerance)
                        ?? (vt * vt.transposed).complaint("Vᵀ V", against: .identity(r), tolerance)
                        ?? orderComplaint(s.reversed()) ?? s.firstIndex { $0 < 0 }.map { "S[\($0)] is negative" }
                        ?? vt.signComplaint("row of Vᵀ")
                })
            return [decompose(.singularValues, [a.array([m, n])], result, m * r + r + r * n)]
        }
    }

    private static func qr(_ name: String, _ m: Int, _ n: Int, _ fill: Fill) -> KernelCase {
        let k = min(m, n)
        let tolerance = Tolerance.factorisation(max(m, n))
        return .build("decompose/qr/\(name)") { b in
            let a = b.input(m * n, fill)
            let given = Table(m, n, fill)
            let result = b.output(
                m * k + k * n,
                .satisfies { result in
                    let (q, r) = (Table(m, k, result), Table(k, n, Array(result[(m * k)...])))
                    return (q * r).complaint("Q R", against: given, tolerance)
                        ?? (q.transposed * q).complaint("Qᵀ Q", against: .identity(k), tolerance)
                        ?? r.lowerComplaint("R")
                        ?? (0..<k).first { r[$0, $0] < 0 }.map { "R[\($0), \($0)] is negative" }
                })
            return [decompose(.qr, [a.array([m, n])], result, m * k + k * n)]
        }
    }

    private static func symmetricEigen(_ name: String, _ given: Table) -> KernelCase {
        let n = given.rows
        let tolerance = Tolerance.factorisation(n)
        return .build("decompose/symmetric-eigen/\(name)") { b in
            let a = b.input(n * n, .floats(given.elements))
            let result = b.output(
                n + n * n,
                .satisfies { result in
                    let (w, v) = (Array(result[..<n]), Table(n, n, Array(result[n...])))
                    let scaled = Table(n, n) { v[$0, $1] * w[$1] }
                    return (scaled * v.transposed).complaint("V Λ Vᵀ", against: given, tolerance)
                        ?? (v.transposed * v).complaint("Vᵀ V", against: .identity(n), tolerance)
                        ?? orderComplaint(w) ?? v.transposed.signComplaint("eigenvector")
                })
            return [decompose(.symmetricEigen, [a.array([n, n])], result, n + n * n)]
        }
    }

    /// A Aᵀ / n + I of random numbers.
    private static func cholesky(_ name: String, _ n: Int) -> KernelCase {
        let random = Table(n, n, .uniform(-1, 1))
        let square = random * random.transposed
        let given = Table(n, n) { square[$0, $1] / Float(n) + ($0 == $1 ? 1 : 0) }
        return .build("decompose/cholesky/\(name)") { b in
            let a = b.input(n * n, .floats(given.elements))
            let result = b.output(
                n * n,
                .satisfies { result in
                    let l = Table(n, n, result)
                    return (l * l.transposed).complaint("L Lᵀ", against: given, .factorisation(n))
                        ?? l.transposed.lowerComplaint("Lᵀ")
                })
            return [decompose(.cholesky, [a.array([n, n])], result, n * n)]
        }
    }

    /// A diagonally dominant A whose diagonal stands in another place, so that rows must be exchanged.
    private static func solve(_ name: String, _ n: Int, columns: Int) -> KernelCase {
        let random = Table(n, n, .uniform(-1, 1))
        let given = Table(n, n) { random[$0, $1] / Float(n) + (($0 + 1) % n == $1 ? 2 : 0) }
        let wanted = Table(n, columns, .uniform(-1, 1))
        return .build("decompose/solve/\(name)") { b in
            let (a, right) = (
                b.input(n * n, .floats(given.elements)), b.input(n * columns, .floats((given * wanted).elements))
            )
            let result = b.output(
                n * columns,
                .satisfies { Table(n, columns, $0).complaint("X", against: wanted, .factorisation(n)) })
            return [decompose(.solve, [a.array([n, n]), right.array([n, columns])], result, n * columns)]
        }
    }

    /// A matrix of 2 × 2 that has no such factorisation: the result says so.
    private static func undefined(_ name: String, _ method: Decompose.Method, _ fill: Fill) -> KernelCase {
        .build("decompose/\(method)/\(name)") { b in
            let (a, right) = (b.input(4, fill), b.input(4))
            let result = b.output(
                4, .satisfies { $0.contains { $0.isNaN } ? nil : "has no NaN, though there is no answer" })
            let inputs = method == .solve ? [a, right] : [a]
            return [decompose(method, inputs.map { $0.array([2, 2]) }, result, 4)]
        }
    }

    private static func decompose(
        _ method: Decompose.Method, _ inputs: [ArrayOperand], _ output: CaseBuilder.Place, _ count: Int
    ) -> Kernel {
        .decompose(Decompose(method: method, inputs: inputs, output: output.array([count])))
    }

    private static func orderComplaint(_ values: some Collection<Float>) -> String? {
        zip(values, values.dropFirst()).allSatisfy { $0 <= $1 } ? nil : "the values are out of order"
    }
}

/// A small matrix, to check factors with.
private struct Table: Sendable {
    let rows: Int, columns: Int
    var elements: [Float]

    /// The first numbers of an array.
    init(_ rows: Int, _ columns: Int, _ elements: [Float]) {
        (self.rows, self.columns) = (rows, columns)
        self.elements = Array(elements.prefix(rows * columns))
    }

    init(_ rows: Int, _ columns: Int, _ element: (Int, Int) -> Float) {
        (self.rows, self.columns) = (rows, columns)
        elements = (0..<rows).flatMap { i in (0..<columns).map { element(i, $0) } }
    }

    /// What the first input of a case holds under a fill.
    init(_ rows: Int, _ columns: Int, _ fill: Fill) {
        let bytes = fill.bytes(.float32, count: rows * columns, stream: 0)
        self.init(rows, columns, bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) })
    }

    static func identity(_ n: Int) -> Table { Table(n, n) { $0 == $1 ? 1 : 0 } }

    /// A + Aᵀ of random numbers.
    static func symmetric(_ n: Int) -> Table {
        let random = Table(n, n, .uniform(-0.5, 0.5))
        return Table(n, n) { random[$0, $1] + random[$1, $0] }
    }

    subscript(i: Int, j: Int) -> Float { elements[i * columns + j] }
    var transposed: Table { Table(columns, rows) { self[$1, $0] } }

    static func * (a: Table, b: Table) -> Table {
        Table(a.rows, b.columns) { i, j in
            Float((0..<a.columns).reduce(0.0) { $0 + Double(a[i, $1]) * Double(b[$1, j]) })
        }
    }

    func complaint(_ name: String, against expected: Table, _ tolerance: Tolerance) -> String? {
        for i in 0..<rows {
            for j in 0..<columns where !tolerance.admits(self[i, j], expected: expected[i, j]) {
                return "\(name)[\(i), \(j)] is \(self[i, j]), not \(expected[i, j]) (tolerance '\(tolerance.name)')"
            }
        }
        return nil
    }

    /// Zeros below the diagonal.
    func lowerComplaint(_ name: String) -> String? {
        for i in 0..<rows {
            for j in 0..<min(i, columns) where self[i, j] != 0 { return "\(name) is not triangular at [\(i), \(j)]" }
        }
        return nil
    }

    /// A component of each row that is within two thousandths of the largest is positive.
    func signComplaint(_ name: String) -> String? {
        (0..<rows).first { i in
            let row = elements[i * columns..<(i + 1) * columns]
            let largest = row.reduce(0) { max($0, abs($1)) }
            return !row.contains { $0 >= 0.998 * largest }
        }.map { "the largest component of \(name) \($0) is negative" }
    }
}
