import StrataBackend
import StrataCompiler
import StrataGraph
import StrataSIMD

@testable import StrataModels

/// Machines of a few units whose every state can be visited, in double precision.
enum SmallMachine {
    static let key = RandomKey(.input(Session.keyName, [2], dtype: .int32))

    static func session() throws -> Session {
        Session(backend: try SIMDBackend(configuration: BackendConfiguration()), seed: 1)
    }

    /// Gives a session's variables values that are neither small nor symmetric.
    static func scatter(_ variables: [StateVariable], in session: Session) throws {
        try session.create(variables)
        for (number, variable) in variables.enumerated() {
            let values = (0..<variable.type.shape.elementCount).map { index -> Float in
                Float(Threefry.block(key: (7, UInt32(number)), counter: (UInt32(index), 0)).0 % 1000) / 500 - 1
            }
            try values.withUnsafeBytes { try session.writeVariable(variable.name, $0) }
        }
    }

    static func values(_ variable: StateVariable, in session: Session) throws -> [Double] {
        try session.readVariable(variable.name).withUnsafeBytes { $0.bindMemory(to: Float.self).map(Double.init) }
    }

    static func bits(_ number: Int, _ width: Int) -> [Double] { (0..<width).map { Double(number >> $0 & 1) } }

    /// Each state of so many bits, one after the other.
    static func allStates(_ width: Int) -> [Float] { (0..<1 << width).flatMap { bits($0, width).map(Float.init) } }

    static func sum(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0.0) { $0 + $1.0 * $1.1 } }

    /// h W v for W [h, v].
    static func product(_ h: [Double], _ w: [Double], _ v: [Double]) -> Double {
        h.indices.reduce(0.0) { sum, j in
            sum + h[j] * v.indices.reduce(0.0) { $0 + w[j * v.count + $1] * v[$1] }
        }
    }

    /// The log of Σ exp(−E) over all hidden states, for each visible state: of a machine with layers 4-3-2.
    static func logWeights(_ model: DeepBoltzmannMachine, _ session: Session) throws -> [Double] {
        let w = try model.layers.map { try values($0.weight, in: session) }
        let b = try model.biases.map { try values($0, in: session) }
        return (0..<16).map { number -> Double in
            let v = bits(number, 4)
            var total = 0.0
            for first in 0..<8 {
                for second in 0..<4 {
                    let (h1, h2) = (bits(first, 3), bits(second, 2))
                    let own = sum(b[0], v) + sum(b[1], h1) + sum(b[2], h2)
                    total += exponential(own + product(h1, w[0], v) + product(h2, w[1], h1))
                }
            }
            return logarithm(total)
        }
    }

    /// The same of a restricted machine.
    static func logWeights(_ model: RestrictedBoltzmannMachine, _ session: Session) throws -> [Double] {
        let w = try values(model.weight, in: session)
        let (b, c) = (try values(model.visibleBias, in: session), try values(model.hiddenBias, in: session))
        return (0..<1 << model.features).map { number -> Double in
            let v = bits(number, model.features)
            return logarithm(
                (0..<1 << model.codeSize).reduce(0.0) { total, state in
                    let h = bits(state, model.codeSize)
                    return total + exponential(sum(b, v) + sum(c, h) + product(h, w, v))
                })
        }
    }
}
