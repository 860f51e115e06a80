import StrataBackend
import StrataCompiler
import StrataGraph
import StrataModels
import StrataReference
import Testing

@testable import StrataModels

@Suite struct AutoencoderTests {
    private func run(_ outputs: [Tensor], _ inputs: [String: [Float]], key: [Int32] = [1, 2]) throws -> [[Float]] {
        let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 1)
        let function = try session.prepare(Graph(outputs: outputs.enumerated().map { ("\($0)", $1) }))
        for (name, values) in inputs where function.inputNames.contains(name) { try function.write(name, values) }
        if function.inputNames.contains(Session.keyName) { try function.write(Session.keyName, key) }
        try function.run()
        return try outputs.indices.map { try function.read("\($0)") }
    }

    private let key = RandomKey(.input(Session.keyName, [2], dtype: .int32))

    @Test func corruptionPutsOutAsMuchAsItSays() throws {
        let x = Tensor.constant(0.5, [100, 200])
        let kinds: [Corruption.Kind] = [.masking, .saltAndPepper, .gaussian, .none]
        let results = try run(kinds.map { Corruption($0, 0.3)(x, key) }, [:])
        func share(_ values: [Float], _ value: Float) -> Float {
            Float(values.count { $0 == value }) / Float(values.count)
        }
        #expect(abs(share(results[0], 0) - 0.3) < 0.015 && abs(share(results[0], 0.5) - 0.7) < 0.015)
        #expect(abs(share(results[1], 0) - 0.15) < 0.015 && abs(share(results[1], 1) - 0.15) < 0.015)
        #expect(abs(share(results[1], 0.5) - 0.7) < 0.015)
        let mean = results[2].reduce(0, +) / 20_000
        let deviation = (results[2].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000).squareRoot()
        #expect(abs(mean - 0.5) < 0.01 && abs(deviation - 0.3) < 0.01)
        #expect(results[3].allSatisfy { $0 == 0.5 })
    }

    /// For a linear code the Jacobian is the weight itself.
    @Test func theContractivePenaltyIsTheJacobiansNorm() throws {
        let rows = 20_000
        let x = Tensor.input("x", [rows, 3]), weight = Tensor.input("w", [2, 3])
        let penalty = try #require(CodePenalty(.contractive).value(x.dotTransposed(weight), of: x, key))
        let value = try run([penalty], ["x": [Float](repeating: 1, count: rows * 3), "w": [1, 2, 3, -1, 0, 0.5]])[0][0]
        #expect(abs(value - 15.25) < 0.4, "\(value)")
    }

    @Test func theDivergencePenaltyIsLeastAtItsTarget() throws {
        func penalty(_ activity: Float) throws -> Float {
            let code = Tensor.constant(activity, [4, 10])
            return try run([CodePenalty(.kl, activity: 0.2).value(code, of: code, key)!], [:])[0][0]
        }
        let atTarget = try penalty(0.2)
        #expect(try penalty(0.1) > atTarget && penalty(0.3) > atTarget)
        // The entropy of the target, ten times.
        #expect(abs(atTarget - 5.004) < 0.001)
    }

    /// Against the trapezium rule on softplus.
    @Test func rectifiedUnitsFreeEnergy() throws {
        let points: [Float] = [-8, -1, -0.2, 0, 0.3, 2, 9]
        let values = try run([UnitKind.rectified.logPartition(.input("x", [points.count]))], ["x": points])[0]
        for (x, value) in zip(points, values) {
            let steps = 200_000
            let width = (Double(x) + 40) / Double(steps)
            let sum = (0...steps).reduce(0.0) { sum, step in
                let t = -40 + width * Double(step)
                return sum + logarithm(1 + exponential(t)) * (step == 0 || step == steps ? 0.5 : 1)
            }
            #expect(abs(sum * width - Double(value)) < 1e-5 * max(1, sum * width), "\(x)")
        }
    }
}
