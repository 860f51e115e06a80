import StrataBackend

extension Conformance {
    /// Every function over its domain and at its edges, and every pair of types.
    static let functionCases = [unaryCases, binaryCases, typeCases, [selectCase]].flatMap { $0 }

    private static let unaryCases = Unary.allCases.flatMap { function in
        function.domains.enumerated().map { number, domain in
            unaryCase("function/\(function)/domain\(number)", function, domain, count: 1031)
        } + [unaryCase("function/\(function)/edges", function, .floats(function.edges), count: function.edges.count)]
    }

    private static func unaryCase(_ name: String, _ function: Unary, _ fill: Fill, count: Int) -> KernelCase {
        .build(name) { b in
            let x = b.input(count, fill)
            let y = b.output(count, function.tolerance)
            return [.map([count]) { e in [(e.unary(function, e.load(x[1])), y[1])] }]
        }
    }

    private static let binaryCases = Binary.allCases.flatMap { function in
        function.domains.enumerated().map { number, domain in
            KernelCase.build("function/\(function)/domain\(number)") { b in
                let (x, z) = (b.input(1031, domain.0), b.input(1031, domain.1))
                let y = b.output(1031, function.tolerance)
                return [.map([1031]) { e in [(e.binary(function, e.load(x[1]), e.load(z[1])), y[1])] }]
            }
        }
            + (function == .power
                ? []
                // Every edge against every other.
                : [
                    KernelCase.build("function/\(function)/edges") { b in
                        let count = Fill.edges.count
                        let x = b.input(count, .floats(Fill.edges))
                        let y = b.output(count * count, function.tolerance)
                        return [
                            .map([count, count]) { e in
                                [(e.binary(function, e.load(x[1, 0]), e.load(x[0, 1])), y[count, 1])]
                            }
                        ]
                    }
                ])
    }

    /// Every type loaded and stored as every other: what does not fit saturates, `NaN` becomes 0.
    private static let typeCases = DType.allCases.flatMap { from in
        DType.allCases.map { to in
            let fill: Fill =
                switch from {
                case .float32:
                    .floats(Fill.edges + [254.5, 255, 255.5, 256, 0.99, -0.99, 2_147_483_520, 0x1p31, -0x1p31, -3e9])
                case .int32:
                    .words([0, 1, -1, 255, 256, -256, 16_777_217, -16_777_219, .max, .min, 123_456_789])
                case .uint8: .whole(0, 255)
                }
            return KernelCase.build("type/\(from)-\(to)") { b in
                let x = b.input(1031, fill, from, shift: 1)
                let y = b.output(1031, .exact, to, shift: 3)
                return [.map([1031]) { e in [(e.load(x[1]), y[1])] }]
            }
        }
    }

    /// Only ±0 are false; `NaN` is true, as it is not 0.
    private static let selectCase = KernelCase.build("function/select") { b in
        let conditions: [Float] = [0, -0.0, 1, -1, .nan, .infinity, 1e-30]
        let (condition, x, z) = (b.input(131, .floats(conditions)), b.input(131), b.input(131))
        let y = b.output(131)
        return [
            .map([131]) { e in
                let (c, first, second) = (e.load(condition[1]), e.load(x[1]), e.load(z[1]))
                return [(e.append(.select(c, first, second)), y[1])]
            }
        ]
    }
}

extension Unary {
    /// Where the function is worth looking at.
    fileprivate var domains: [Fill] {
        switch self {
        case .negate, .absolute, .sign, .relu, .isFinite, .reciprocal: [.uniform(-2, 2)]
        case .floor, .round: [.uniform(-100, 100), .floats((-40...40).map { Float($0) / 2 })]
        case .exponential: [.uniform(-1, 1), .uniform(-80, 80)]
        case .exponentialMinusOne: [.uniform(-1e-3, 1e-3), .uniform(-10, 10)]
        case .logarithm: [.uniform(0.5, 2), .uniform(1e-4, 1e4)]
        case .logarithmOnePlus: [.uniform(-1e-3, 1e-3), .uniform(-0.9, 10)]
        case .squareRoot: [.uniform(0, 100)]
        case .sine, .cosine: [.uniform(-4, 4), .uniform(-30, 30)]
        case .tanh, .errorFunction: [.uniform(-0.01, 0.01), .uniform(-6, 6)]
        case .sigmoid, .softplus: [.uniform(-5, 5), .uniform(-60, 60)]
        }
    }

    /// The edges at which the contract decides the value: not sines of numbers that are coarser than a period.
    fileprivate var edges: [Float] {
        switch self {
        case .sine, .cosine: Fill.edges.filter { !(abs($0) > 1e6 && $0.isFinite) }
        default: Fill.edges
        }
    }
}

extension Binary {
    fileprivate var domains: [(Fill, Fill)] {
        switch self {
        case .add, .subtract, .multiply, .divide, .maximum, .minimum: [(.uniform(-2, 2), .uniform(-2, 2))]
        case .power:
            [
                (.uniform(0.1, 4), .uniform(-3, 3)), (.uniform(-3, 3), .whole(-3, 4)),
                (.floats([0]), .floats([2, 1, 0])),
            ]
        case .less, .lessOrEqual, .equal, .notEqual: [(.whole(-2, 2), .whole(-2, 2))]
        }
    }
}
