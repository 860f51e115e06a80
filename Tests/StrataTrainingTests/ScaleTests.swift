import StrataBackend
import StrataCompiler
import StrataData
import StrataEvaluation
import StrataGraph
import StrataModels
import StrataNN
import StrataReference
import StrataSIMD
import StrataTraining
import Testing

/// What data are offset by or measured in does not change what is found in them.
@Suite struct ScaleTests {
    /// Points about `places` corners in some dimensions, with an offset and a unit.
    private func split(_ count: Int, width: Int, offset: Float = 0, unit: Float = 1, seed: UInt32 = 1) throws
        -> DataSplit
    {
        let values = (0..<count).flatMap { i in
            (0..<width).map { j -> Float in
                let noise = Threefry.uniform(Threefry.block(key: (seed, 7), counter: (UInt32(i), UInt32(j))).0)
                return offset + unit * (Float((i % 3) * 10 * ((j + i) % 3)) + noise.rounded(toPlaces: 64))
            }
        }
        return try DataSplit(
            dtype: .float32, exampleShape: [width], bytes: values.withUnsafeBytes { Array($0) }, count: count)
    }

    private func trained(_ name: String, _ settings: [String: String], _ split: DataSplit, epochs: Int = 10) throws
        -> (model: Predictor, metrics: [String: Float])
    {
        let description = try Zoo.builtIn[name]
        let data = try DataSet(name: "points", train: split, test: split)
        let trainer = try Trainer(
            model: description.build(data.spec, Hyperparameters(description.hyperparameters, settings)),
            optimizer: description.suitedOptimizer(), data: data,
            session: Session(backend: SIMDBackend(configuration: BackendConfiguration()), seed: 1),
            configuration: TrainingConfiguration(epochs: epochs, batchSize: 50, seed: 1))
        while try trainer.nextEvent() != nil {}
        let predictor = try Predictor(
            trainer.model, features: split.exampleShape.elementCount, session: trainer.session)
        return (predictor, Dictionary(uniqueKeysWithValues: try trainer.evaluate().map { ($0.name, $0.value) }))
    }

    /// Of few features by differences, of many by a product about one of the rows.
    @Test(arguments: [2, 40]) func clustersDoNotDependOnAnOffset(width: Int) throws {
        let plain = try split(300, width: width)
        let moved = try split(300, width: width, offset: 16_384)
        let a = try trained("k-means", ["clusters": "3"], plain), b = try trained("k-means", ["clusters": "3"], moved)
        #expect(try a.model.encode(plain.values(0..<300)).codes == b.model.encode(moved.values(0..<300)).codes)
        #expect(abs(a.metrics["squared_error"]! / b.metrics["squared_error"]! - 1) < 1e-3)
    }

    @Test func neighboursDoNotDependOnAnOffset() throws {
        func accuracy(_ offset: Float) throws -> Double {
            let codes = try split(200, width: 40, offset: offset)
            let labels = Labels(values: (0..<200).map { Int32($0 % 3) }, classNames: ["a", "b", "c"])
            let labelled = try LabelledCodes(Codes(codes.values(0..<200), width: 40), labels)
            let other = try LabelledCodes(
                Codes(split(60, width: 40, offset: offset, seed: 2).values(0..<60), width: 40),
                Labels(values: (0..<60).map { Int32($0 % 3) }, classNames: ["a", "b", "c"]))
            return try NearestNeighbours.accuracies(
                of: other, among: labelled, neighbours: [5], backend: SIMDBackend(configuration: BackendConfiguration())
            )[0]
        }
        let (near, far) = (try accuracy(0), try accuracy(65_536))
        #expect(near == far)
    }

    /// log N(0, 10⁻⁸) of numbers with that variance, about 7.79: a floor must not hide it.
    @Test(arguments: [1e-4, 1, 1e4] as [Float]) func densitiesFollowTheUnit(unit: Float) throws {
        let values = (0..<2000).map { i -> Float in
            let words = Threefry.block(key: (3, 3), counter: (UInt32(i), 0))
            let (u, v) = (Double(Threefry.uniform(words.0)), Double(Threefry.uniform(words.1)))
            let radius = (-2 * logarithm(1 - u)).squareRoot()
            return unit * Float(radius * cosineOf(2 * Double.pi * v))
        }
        let split = try DataSplit(
            dtype: .float32, exampleShape: [1], bytes: values.withUnsafeBytes { Array($0) }, count: 2000)
        let found = try trained("gmm", ["components": "1"], split, epochs: 3).metrics["log_likelihood"]!
        let numbers = values.map(Double.init)
        let mean = numbers.reduce(0, +) / 2000
        let variance = numbers.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 2000
        let exact = -0.5 * (logarithm(2 * Double.pi * variance) + 1)
        #expect(abs(Double(found) - exact) < 1e-3, "\(found) \(exact)")
    }

    @Test(arguments: ["rbm", "vae", "autoencoder", "dbn", "dbm"]) func modelsOfBitsRefuseOtherValues(
        name: String
    ) throws {
        let error = #expect(throws: StrataError.self) { try trained(name, [:], split(60, width: 4), epochs: 1) }
        #expect(error?.kind == .data, "\(name)")
        #expect(error?.message.contains("'points' has values from ") == true, "\(String(describing: error))")
        #expect(error?.message.contains("scale them, or ") == true, "\(String(describing: error))")
    }
}

extension Float {
    /// Rounded to a multiple of 1/places, which an offset that is a power of two leaves as it is.
    fileprivate func rounded(toPlaces places: Float) -> Float { (self * places).rounded() / places }
}
