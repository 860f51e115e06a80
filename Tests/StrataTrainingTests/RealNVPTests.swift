import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataNN
import StrataReference
import StrataTraining
import Testing

@testable import StrataModels

@Suite struct RealNVPTests {
    /// A flow of the plane that has learned two bows, and the session with its weights.
    private func trained(features: Int = 2, steps: Int = 80) throws -> (RealNVP, Session) {
        let rows = (0..<64).flatMap { example -> [Float] in
            let x = Float(example) / 32 - 1
            return (0..<features).map { $0.isMultiple(of: 2) ? x * 2 : x * x * (example % 2 == 0 ? 1 : -1) }
        }
        let split = try DataSplit(
            dtype: .float32, exampleShape: [features], bytes: rows.withUnsafeBytes(Array.init), count: 64)
        let model = RealNVP(shape: [features], couplings: 4, hidden: [16])
        let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 1)
        let trainer = try Trainer(
            model: model, optimizer: .adam(1e-2), data: DataSet(name: "bows", train: split, test: split),
            session: session, configuration: TrainingConfiguration(epochs: steps, batchSize: 64))
        for _ in 0..<steps { try trainer.trainStep() }
        return (model, session)
    }

    private func likelihoods(_ model: RealNVP, _ session: Session, _ x: [Float], _ features: Int) throws -> [Float] {
        let key = RandomKey(Tensor.constant(0, [2]).cast(to: .int32))
        let examples = Tensor.literal(x, [x.count / features, features])
        let function = try session.prepare(
            Graph(outputs: [("log p", model.evaluation(Batch(examples: examples), key: key)[0].values)]))
        try function.run()
        return try function.read("log p")
    }

    @Test func codesGoThereAndBack() throws {
        let (model, session) = try trained(features: 5)
        let predictor = try Predictor(model, features: 5, session: session)
        let x = (0..<40).map { Float($0 * 7 % 11) / 5 - 1 }
        let codes = try predictor.encode(x).codes
        #expect(codes != x)
        for (a, b) in zip(x, try predictor.decode(codes)) { #expect(abs(a - b) < 1e-4) }
    }

    /// The determinant of the bijection at a point, by central differences.
    @Test func theDeterminantIsThatOfTheJacobian() throws {
        let (model, session) = try trained(features: 2)
        let h: Float = 1e-2
        let rows: [Float] = [0.3, -0.2, 0.3 + h, -0.2, 0.3 - h, -0.2, 0.3, -0.2 + h, 0.3, -0.2 - h]
        var pass = Pass.evaluation
        var updates: Updates = []
        let (z, logDeterminant) = model.forward(.literal(rows, [5, 2]), &pass, &updates)
        let function = try session.prepare(Graph(outputs: [("z", z), ("d", logDeterminant)]))
        try function.run()
        let codes = try function.read("z")
        func slope(_ plus: Int, _ minus: Int, _ axis: Int) -> Float {
            (codes[plus * 2 + axis] - codes[minus * 2 + axis]) / (2 * h)
        }
        let determinant = slope(1, 2, 0) * slope(3, 4, 1) - slope(3, 4, 0) * slope(1, 2, 1)
        let found = try function.read("d")[0]
        #expect(abs(found - Float(logarithm(Double(abs(determinant))))) < 1e-2, "\(found) \(determinant)")
        #expect(abs(found) > 0.1)
    }

    @Test func theDensityHasAnIntegralOfOne() throws {
        let (model, session) = try trained(steps: 20)
        let (side, low, step): (Int, Float, Float) = (320, -16, 0.1)
        let grid = (0..<side * side).flatMap { [low + Float($0 / side) * step, low + Float($0 % side) * step] }
        let mass = try likelihoods(model, session, grid, 2).reduce(0) { $0 + exponential(Double($1)) } * 0.01
        #expect(abs(mass - 1) < 0.01, "\(mass)")
    }

    /// With no couplings moved yet the density of bytes is that of their logits under a Gaussian, known in closed form:
    /// for a byte of 128 with noise 0.5 the brightness is 128.5/256, and so p is near 1/2.
    @Test func bytesAreOnTheirOwnScale() throws {
        let model = RealNVP(shape: [1, 2], couplings: 1, hidden: [], normalizes: false, resolution: 1 / 255)
        let (y, logDeterminant) = model.logits(
            .constant(128.0 / 255, [1, 2]), noise: .constant(0.5, [1, 2]))
        let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()))
        let function = try session.prepare(Graph(outputs: [("y", y), ("d", logDeterminant)]))
        try function.run()
        let p = 0.05 + 0.9 * 128.5 / 256
        #expect(abs(Double(try function.read("y")[0]) - logarithm(p / (1 - p))) < 1e-6)
        // dy/dx = .9 · 255/256 / (p (1 − p)), twice.
        #expect(abs(Double(try function.read("d")[0]) - 2 * logarithm(0.9 * 255 / 256 / (p * (1 - p)))) < 1e-5)
    }
}
