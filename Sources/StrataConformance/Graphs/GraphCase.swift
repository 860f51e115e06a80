public import StrataBackend
import StrataCompiler
public import StrataGraph
import StrataReference

/// A computation on small inputs, checked through the whole compiler: its value against the oracle running one
/// kernel a node, its gradient against finite differences, and the gradient of its gradient likewise.
public struct GraphCase: Sendable {
    /// Values of an input: spread over a range by a fixed draw, so that a case is the same everywhere.
    public struct Input: Sendable {
        var shape: Shape
        var range: ClosedRange<Float>

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

    /// `graph/` and the name given.
    public var name: String
    public var inputs: [Input]
    /// How often the gradient is checked: 0 for a function without one, 2 for a gradient of the gradient.
    public var derivatives: Int
    public var build: @Sendable ([Tensor]) -> Tensor

    public init(
        _ name: String, _ inputs: [Input], derivatives: Int = 2, _ build: @escaping @Sendable ([Tensor]) -> Tensor
    ) {
        self.name = "graph/" + name
        self.inputs = inputs
        self.derivatives = derivatives
        self.build = build
    }

    // MARK: Checks

    /// Nil if the backend's value is the oracle's, else what differs.
    public func checkValue(on backend: any Backend) throws -> String? {
        let result = build(tensors)
        let graph = try Graph(outputs: [("y", result)])
        let oracle = Session(
            backend: ReferenceBackend(configuration: BackendConfiguration()), optimization: .none)
        let expected = try evaluate(graph, oracle, starts)
        let actual = try evaluate(graph, Session(backend: backend), starts)
        guard actual.count == expected.count else { return "\(actual.count) elements, not \(expected.count)" }
        let wrong = actual.indices.first { !Tolerance.graph.admits(actual[$0], expected: expected[$0]) }
        return wrong.map { "element \($0) is \(actual[$0]), not \(expected[$0])" }
    }

    /// Nil if the gradient (of the given order) agrees with central differences on the backend, else what differs.
    public func checkGradient(order: Int, on backend: any Backend) throws -> String? {
        var loss = weighted(build(tensors))
        for _ in 1..<order {
            let gradients = gradient(of: loss, withRespectTo: tensors)
            loss = gradients.map(weighted).reduce(.constant(0), +)
        }
        let session = Session(backend: backend)
        let value = try session.prepare(Graph(outputs: [("loss", loss)]))
        let slopes = gradient(of: loss, withRespectTo: tensors)
        let function = try session.prepare(
            Graph(outputs: slopes.enumerated().map { ("\($0.offset)", $0.element) }))
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
                let scale = max(1, abs(numeric), abs(try loss(0)))
                if !(abs(analytic[element] - numeric) <= Tolerance.finiteDifference.absolute * scale) {
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
