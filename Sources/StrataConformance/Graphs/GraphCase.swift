public import StrataBackend
import StrataCompiler
public import StrataGraph
import StrataReference

/// A computation on small inputs, checked through the whole compiler: its value against the oracle running one
/// kernel a node, its gradient against finite differences, and the gradient of its gradient likewise.
public struct GraphCase: ConformanceCase {
    /// Values of an input: spread over a range by a fixed draw, so that a case is the same everywhere.
    public struct Input: Sendable {
        var shape: Shape
        var range: ClosedRange<Float>

        /// An input of `shape` with fixed draws, uniform on the range: −2 to 2 unless told otherwise.
        public init(_ shape: Shape, _ range: ClosedRange<Float> = -2...2) {
            self.shape = shape
            self.range = range
        }

        func values(_ number: Int) -> [Float] {
            (0..<shape.elementCount).map { element in
                let words = Threefry.block(key: (UInt32(number), 7), counter: (UInt32(element), 0))
                return range.lowerBound + (range.upperBound - range.lowerBound) * Threefry.uniform(words.0)
            }
        }
    }

    /// `graph/` and what is computed.
    public var name: String
    /// The values of the tensors that `build` takes, in their order.
    public var inputs: [Input]
    /// How often the gradient is checked: 0 for a function without one, 2 for a gradient of the gradient.
    public var derivatives: Int
    /// Makes the result, float32 of any shape, from one tensor for each input; called once for every check.
    public var build: @Sendable ([Tensor]) -> Tensor

    /// The case `graph/` and `name`; its gradient and the gradient of that are checked unless told otherwise.
    public init(
        _ name: String, _ inputs: [Input], derivatives: Int = 2, _ build: @escaping @Sendable ([Tensor]) -> Tensor
    ) {
        self.name = "graph/\(name)"
        self.inputs = inputs
        self.derivatives = derivatives
        self.build = build
    }

    /// Correctness, and the gradient where `derivatives` is not 0.
    public var modes: [ConformanceMode] { derivatives > 0 ? [.correctness, .gradient] : [.correctness] }

    public func run(_ mode: ConformanceMode, on backend: any Backend) throws -> ConformanceOutcome {
        if mode == .correctness { return try checkValue(on: backend).map(ConformanceOutcome.failed) ?? .passed }
        for order in 1...max(derivatives, 1) {
            if let difference = try checkGradient(order: order, on: backend) {
                return .failed("derivative \(order): \(difference)")
            }
        }
        return .passed
    }

    // MARK: Checks

    /// Nil if the backend's value is the oracle's, else what differs.
    func checkValue(on backend: any Backend) throws -> String? {
        let result = build(tensors)
        let graph = try Graph(outputs: [("y", result)])
        let oracle = Session(
            backend: ReferenceBackend(configuration: BackendConfiguration()), optimization: .none)
        let expected = try evaluate(graph, oracle, starts)
        let actual = try evaluate(graph, Session(backend: backend), starts)
        guard actual.count == expected.count else { return "\(actual.count) elements, expected \(expected.count)" }
        return zip(actual, expected).enumerated().first {
            !Tolerance.fused.admits($0.element.0, expected: $0.element.1)
        }
        .map { "[\($0.offset)] is \($0.element.0), expected \($0.element.1)" }
    }

    /// Nil if the gradient (of the given order) agrees with central differences on the backend, else what differs.
    func checkGradient(order: Int, on backend: any Backend) throws -> String? {
        var loss = weighted(build(tensors))
        for _ in 1..<order {
            let gradients = gradient(of: loss, withRespectTo: tensors)
            loss = gradients.map(weighted).reduce(.constant(0), +)
        }
        let session = Session(backend: backend)
        let value = try session.prepare(Graph(outputs: [("loss", loss)]))
        let gradients = gradient(of: loss, withRespectTo: tensors)
        let function = try session.prepare(
            Graph(outputs: gradients.enumerated().map { ("\($0.offset)", $0.element) }))
        try write(starts, to: function)
        try function.run()

        for (number, start) in starts.enumerated() {
            let analytic = try function.read("\(number)")
            for element in start.indices {
                // Wide enough that rounding is small beside the difference, narrow enough for the curvature.
                let step = 1e-2 * max(abs(start[element]), 0.5)
                func loss(_ offset: Float) throws -> Float {
                    var moved = starts
                    moved[number][element] += offset
                    try write(moved, to: value)
                    try value.run()
                    return try value.read("loss")[0]
                }
                // Richardson's extrapolation of two central differences: the error falls with the fourth power.
                let wide = (try loss(step) - (try loss(-step))) / (2 * step)
                let narrow = (try loss(step / 2) - (try loss(-step / 2))) / step
                let numeric = (4 * narrow - wide) / 3
                // The differences carry the loss's own rounding.
                let tolerance = Tolerance.finiteDifference(of: try loss(0))
                if !tolerance.admits(analytic[element], expected: numeric) {
                    return "input \(number)[\(element)]: gradient \(analytic[element]), differences \(numeric)"
                }
            }
        }
        return nil
    }

    private var tensors: [Tensor] { inputs.enumerated().map { .input("x\($0.offset)", $0.element.shape) } }
    private var starts: [[Float]] { inputs.enumerated().map { $0.element.values($0.offset) } }

    /// A scalar that depends on every element differently.
    private func weighted(_ tensor: Tensor) -> Tensor {
        let flat = tensor.reshape([tensor.shape.elementCount])
        return (flat * (Tensor.iota(flat.shape) * 0.7).cosine()).sum()
    }

    private func write(_ values: [[Float]], to function: Function) throws {
        for (number, values) in values.enumerated() where function.inputNames.contains("x\(number)") {
            try function.write("x\(number)", values)
        }
    }

    private func evaluate(_ graph: Graph, _ session: Session, _ values: [[Float]]) throws -> [Float] {
        let function = try session.prepare(graph)
        try write(values, to: function)
        try function.run()
        return try function.read("y")
    }
}
