import StrataBackend
import StrataCompiler
import StrataGraph
import StrataNN
import StrataReference
import Testing

/// Recurrent layers by their equations, and sequences that end before others. That they are PyTorch's is told by
/// `PyTorchTests`.
@Suite struct RecurrentTests {
    private static func run(_ outputs: [(String, Tensor)], _ inputs: [(String, [Float])]) throws -> [[Float]] {
        let session = Session(backend: ReferenceBackend(configuration: .init()), seed: 4)
        let function = try session.prepare(Graph(outputs: outputs.map { ($0.0, $0.1) }))
        for (name, values) in inputs { try function.write(name, values) }
        try function.run()
        return try outputs.map { try function.read($0.0) }
    }

    private static func values(_ count: Int) -> [Float] { (0..<count).map { Float(($0 * 37) % 23) / 10 - 1.1 } }

    @Test func unitsOfTanhFollowTheirEquation() throws {
        let network = Network("rnn", input: [3, 2], Recurrent<TanhCell>(1))
        let session = Session(backend: ReferenceBackend(configuration: .init()))
        let function = try session.prepare(Graph(outputs: [("y", network(.input("x", [1, 3, 2])))]))
        let values: [(String, [Float])] = [
            ("weight_ih_l0", [0.5, -0.25]), ("weight_hh_l0", [2]), ("bias_ih_l0", [0.1]), ("bias_hh_l0", [0.2]),
        ]
        for (name, values) in values { try values.withUnsafeBytes { try session.writeVariable("rnn.\(name)", $0) } }
        let x: [Float] = [1, 2, -1, 0.5, 0, 3]
        try function.write("x", x)
        try function.run()
        var (h, expected) = (Float(0), [Float]())
        for step in 0..<3 {
            h = Float(hyperbolicTangent(Double(0.5 * x[2 * step] - 0.25 * x[2 * step + 1] + 0.3 + 2 * h)))
            expected.append(h)
        }
        for (found, expected) in zip(try function.read("y") as [Float], expected) {
            #expect(abs(found - expected) < 1e-6)
        }
    }

    /// A batch of sequences that are padded gives what each gives alone, whatever the padding holds.
    @Test(arguments: [false, true], [1, 2])
    func paddingHasNoEffect(isGated: Bool, layers: Int) throws {
        let (steps, lengths) = (5, [5, 2, 1])
        var x = Self.values(3 * steps * 2)
        for (row, length) in lengths.enumerated() {
            for place in (row * steps + length) * 2..<(row + 1) * steps * 2 { x[place] = .nan }
        }
        func outputs(_ x: Tensor, _ lengths: Tensor?) -> [(String, Tensor)] {
            [Recurrent<LSTMCell>.Returned.sequence, .last].map { returned in
                var pass = Pass.evaluation
                let y: Tensor =
                    isGated
                    ? GRU(4, layers: layers, isBidirectional: true, returns: returned == .last ? .last : .sequence)(
                        x, lengths: lengths, &pass)
                    : LSTM(4, layers: layers, isBidirectional: true, returns: returned)(x, lengths: lengths, &pass)
                return ("\(returned)", y)
            }
        }
        let whole = Tensor.input("x", [3, steps, 2])
        let padded = outputs(whole, .input("lengths", [3]))
        let slopes = gradient(of: padded[0].1.sum() + padded[1].1.sum(), withRespectTo: [whole])
        let found = try Self.run(padded + [("slope", slopes[0])], [("x", x), ("lengths", lengths.map(Float.init))])
        for (row, length) in lengths.enumerated() {
            let alone = Array(x[row * steps * 2..<(row * steps + length) * 2])
            let input = Tensor.input("x", [1, length, 2])
            let each = outputs(input, nil)
            let slope = gradient(of: each[0].1.sum() + each[1].1.sum(), withRespectTo: [input])
            let expected = try Self.run(each + [("slope", slope[0])], [("x", alone)])
            let width = 8
            let states = found[0][row * steps * width..<(row + 1) * steps * width]
            #expect(Array(states.prefix(length * width)) == expected[0])
            #expect(states.dropFirst(length * width).allSatisfy { $0 == 0 })
            #expect(Array(found[1][row * width..<(row + 1) * width]) == expected[1])
            let slopes = found[2][row * steps * 2..<(row + 1) * steps * 2]
            for (a, b) in zip(slopes, expected[2]) { #expect(abs(a - b) < 1e-5) }
            #expect(slopes.dropFirst(length * 2).allSatisfy { $0 == 0 })
        }
    }

    /// The memory that a step moves grows with the sequence, not with its square.
    @Test func aStepMovesAsMuchAsTheSequenceIsLong() throws {
        func bytes(_ steps: Int) throws -> Int {
            let network = Network("rnn", input: [steps, 8], LSTM(16))
            let y = network(.input("x", [4, steps, 8]))
            let sources = network.parameters.map(\.tensor)
            let gradients = gradient(of: y.squared().sum(), withRespectTo: sources)
            let graph = try Graph(outputs: gradients.enumerated().map { ("\($0)", $1) })
            return try graph.compiled().program.kernels.reduce(0) { $0 + $1.cost.bytes }
        }
        let (short, long) = (try bytes(16), try bytes(64))
        #expect(long < 5 * short)
    }

    @Test func mistakesAreTold() throws {
        func message(_ y: Tensor) -> String {
            do {
                _ = try Graph(outputs: [("y", y)])
                return ""
            } catch { return "\(error)" }
        }
        #expect(
            message(Network("e", input: [4], LSTM(3))(.input("x", [2, 4]))).contains("expected [batch, steps, inputs]"))
        #expect(message(Network("e", input: [4, 2], GRU(0))(.input("x", [2, 4, 2]))).contains("0 units"))
        #expect(message(Network("e", input: [4], Repeat(0))(.input("x", [2, 4]))).contains("0 steps"))
        var pass = Pass.evaluation
        #expect(
            message(LSTM(3)(.input("x", [2, 4, 2]), lengths: .input("n", [3]), &pass)).contains("the lengths are [3]"))
        let (_, outputs) = Tensor.scan([.input("x", [3, 2])], carry: [.constant(0, [2])]) { carry, element in
            ([Tensor.concatenate([carry[0], element[0]])], [element[0]])
        }
        #expect(message(outputs[0]).contains("a step makes the state"))
        #expect(message(Tensor.scan([], carry: []) { _, _ in ([], []) }.outputs[0]).contains("the sequences are none"))
    }
}

/// The units that `Recurrent`'s documentation gives as an example.
private enum TanhCell: RecurrentCell {
    static let name = "RNN"
    static let gateCount = 1
    static let stateCount = 1
    static func step(_ input: Tensor, _ recalled: Tensor, _ state: [Tensor]) -> [Tensor] { [(input + recalled).tanh()] }
}
