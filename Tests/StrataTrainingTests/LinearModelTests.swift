import Foundation
import StrataBackend
import StrataCompiler
import StrataData
import StrataEvaluation
import StrataModels
import StrataNN
import StrataReference
import StrataTraining
import Testing

/// PCA and its kin against what is known of data drawn from them.
@Suite struct LinearModelTests {
    /// Points of a plane in six dimensions, three times as wide one way as the other, with noise of deviation 0.01
    /// scaled by `noise` for each feature, round a point with all coordinates `centre`.
    private static func plane(
        _ count: Int, noise: [Double] = Array(repeating: 1, count: 6), centre: Double = 0.5
    ) throws -> DataSplit {
        var values: [Float] = []
        func normal(_ i: Int, _ j: Int) -> Double {
            let (a, b) = Threefry.block(key: (7, UInt32(j)), counter: (UInt32(i), 0))
            return sqrt(-2 * log((Double(a) + 0.5) / 4294967296)) * cos(2 * .pi * Double(b) / 4294967296)
        }
        let (u, v) = ([0.5, 0.5, 0.5, 0.5, 0, 0], [0.5, -0.5, 0, 0, 0.5, -0.5])
        for i in 0..<count {
            let (a, b) = (0.3 * normal(i, 0), 0.1 * normal(i, 1))
            for j in 0..<6 { values.append(Float(centre + a * u[j] + b * v[j] + 0.01 * noise[j] * normal(i, 2 + j))) }
        }
        return try DataSplit(
            dtype: .float32, exampleShape: [6], bytes: values.withUnsafeBytes { Array($0) }, count: count)
    }

    private func fitted(_ name: String, _ settings: [String: String], _ split: DataSplit, batchSize: Int = 64) throws
        -> (predictor: Predictor, metrics: [String: Float], checkpoint: Checkpoint)
    {
        let description = try Zoo.builtIn[name]
        let typed = try Hyperparameters(description.hyperparameters, settings)
        let trainer = try Trainer(
            model: description.build(DataSpec(features: 6), typed), optimizer: description.suitedOptimizer(),
            data: DataSet(name: "plane", train: split, test: split),
            session: Session(backend: ReferenceBackend(configuration: BackendConfiguration())),
            configuration: TrainingConfiguration(batchSize: batchSize))
        while try trainer.nextEvent() != nil {}
        let metrics = try trainer.evaluate().map { ($0.name, $0.value) }
        return (
            try Predictor(trainer.model, features: 6, session: trainer.session),
            Dictionary(uniqueKeysWithValues: metrics), try trainer.checkpoint()
        )
    }

    /// Squares of such numbers have no digit left for the variances, but sums of squared differences have.
    @Test func nothingCancelsFarFromZero() throws {
        func variances(centre: Double) throws -> [Float] {
            let found = try fitted("pca", ["components": "2"], try Self.plane(500, centre: centre))
            return try #require(found.checkpoint.variables["variances"]).floats
        }
        for (near, far) in zip(try variances(centre: 0.5), try variances(centre: 4096)) {
            #expect(abs(near / far - 1) < 1e-3, "\(near), \(far)")
        }
    }

    /// With as many axes as there are features nothing is forgotten between batches, and the result is that of the
    /// covariance; with two the plane is found but for the noise.
    @Test(arguments: [6, 2]) func singularValuesBatchByBatchGiveTheSameAxes(components: Int) throws {
        let split = try Self.plane(500)
        let (a, b) = (
            try fitted("pca", ["components": "\(components)"], split),
            try fitted("pca", ["components": "\(components)", "solver": "svd"], split)
        )
        let tolerance: Float = components == 6 ? 1e-4 : 1e-2
        for name in ["components", "variances", "mean"] {
            let (x, y) = (
                try #require(a.checkpoint.variables[name]).floats, try #require(b.checkpoint.variables[name]).floats
            )
            // The noise is alike in all directions, so that only the plane's are well known.
            let count = name == "components" ? 12 : x.count
            let scale = x.prefix(count).reduce(0) { max($0, abs($1)) }
            #expect(zip(x, y).prefix(count).allSatisfy { abs($0 - $1) < tolerance * scale }, "\(name) \(x) \(y)")
        }
        #expect(abs((a.metrics["explained_variance_ratio"] ?? 0) - (b.metrics["explained_variance_ratio"] ?? 1)) < 1e-4)
    }

    /// The gradient of a principal component is its direction; its traversal walks along it, two deviations each way.
    @Test func filtersAndUnitsOfComponentsAreTheirDirections() throws {
        let split = try Self.plane(500)
        let pca = try fitted("pca", ["components": "2"], split)
        let directions = try #require(pca.checkpoint.variables["components"]).floats
        let mean = try #require(pca.checkpoint.variables["mean"]).floats
        let variances = try #require(pca.checkpoint.variables["variances"]).floats
        let fields = try pca.predictor.receptiveFields(at: mean, count: 5)
        #expect(
            fields.count == 12 && zip(fields, directions).allSatisfy { abs($0 - $1) < 1e-5 }, "\(fields) \(directions)")
        let space = try LatentSpace(pca.predictor)
        let path = try space.decode(
            LatentSpace.traversals(of: space.encode(split.values(0..<500)), units: 2, steps: 3, deviations: 2))
        #expect(path.count == 2 * 3 * 6)
        for unit in 0..<2 {
            for (step, way) in [-2, 0, 2].enumerated() {
                for j in 0..<6 {
                    let expected = mean[j] + Float(way) * variances[unit].squareRoot() * directions[unit * 6 + j]
                    #expect(abs(path[(unit * 3 + step) * 6 + j] - expected) < 1e-3)
                }
            }
        }
    }

    @Test func principalComponentsSpanThePlane() throws {
        let split = try Self.plane(1000)
        let pca = try fitted("pca", ["components": "2"], split)
        let directions = try #require(pca.checkpoint.variables["components"]).floats
        for (row, expected) in [[0.5, 0.5, 0.5, 0.5, 0, 0], [0.5, -0.5, 0, 0, 0.5, -0.5]].enumerated() {
            let cosine = (0..<6).reduce(0.0) { $0 + Double(directions[row * 6 + $1]) * expected[$1] }
            #expect(abs(cosine) > 0.999, "\(directions)")
        }
        // What is left is the noise of four directions.
        #expect(abs((pca.metrics["squared_error"] ?? 0) / 4e-4 - 1) < 0.1)
        #expect((pca.metrics["explained_variance_ratio"] ?? 0) > 0.995)
    }

    @Test func batchesDoNotMatter() throws {
        let split = try Self.plane(1000)
        let (many, one) = try (
            fitted("pca", ["components": "2"], split), fitted("pca", ["components": "2"], split, batchSize: 1000)
        )
        let (a, b) = try (
            #require(many.checkpoint.variables["moments.scatter"]),
            #require(one.checkpoint.variables["moments.scatter"])
        )
        let largest = a.floats.map(abs).max() ?? 0
        #expect(zip(a.floats, b.floats).allSatisfy { abs($0 - $1) < 1e-5 * largest })
    }

    @Test func whitenedCodesHaveVarianceOne() throws {
        let split = try Self.plane(500)
        let pca = try fitted("pca", ["components": "3", "whiten": "true"], split)
        let (codes, size) = try pca.predictor.encode(split.values(0..<500))
        for i in 0..<size {
            for j in 0..<size {
                let product = (0..<500).reduce(0.0) { $0 + Double(codes[$1 * size + i] * codes[$1 * size + j]) } / 500
                #expect(abs(product - (i == j ? 1 : 0)) < 1e-3)
            }
        }
        #expect(
            abs(
                pca.metrics["squared_error"]! - (try fitted("pca", ["components": "3"], split)).metrics[
                    "squared_error"]!) < 1e-6)
    }

    @Test func allComponentsLoseNothing() throws {
        let pca = try fitted("pca", ["components": "6"], try Self.plane(200))
        #expect((pca.metrics["squared_error"] ?? 1) < 1e-9)
        #expect(abs((pca.metrics["explained_variance_ratio"] ?? 0) - 1) < 1e-6)
    }

    @Test func probabilisticPCAFindsTheNoise() throws {
        let ppca = try fitted("ppca", ["components": "2"], try Self.plane(2000))
        let noise = try #require(ppca.checkpoint.variables["remaining_variance"]).floats[0] / 4
        #expect(abs(noise / 1e-4 - 1) < 0.05)
        // At the maximum the mean likelihood of the training data depends on the eigenvalues alone.
        let variances = try #require(ppca.checkpoint.variables["variances"]).floats
        let determinant = variances.reduce(0.0) { $0 + log(Double($1)) } + 4 * log(Double(noise))
        let expected = -0.5 * (6 * log(2 * .pi) + determinant + 6)
        #expect(abs(Double(ppca.metrics["log_likelihood"] ?? 0) - expected) < 1e-3)
    }

    @Test func factorAnalysisFindsTheNoiseOfEachFeature() throws {
        let noise = [1, 2, 3, 4, 5, 6].map(Double.init)
        let split = try Self.plane(4000, noise: noise)
        let factors = try fitted("factor-analysis", ["components": "2", "iterations": "500"], split)
        let uniquenesses = try #require(factors.checkpoint.variables["uniquenesses"]).floats
        for (found, scale) in zip(uniquenesses, noise) {
            #expect(abs(Double(found).squareRoot() / (0.01 * scale) - 1) < 0.15, "\(uniquenesses)")
        }
        let ppca = try fitted("ppca", ["components": "2"], split)
        #expect(factors.metrics["log_likelihood"]! > ppca.metrics["log_likelihood"]! + 0.3)
        let few = try fitted("factor-analysis", ["components": "2", "iterations": "5"], split)
        #expect(factors.metrics["log_likelihood"]! > few.metrics["log_likelihood"]!)
    }

    @Test(arguments: [("pca", "7"), ("ppca", "6"), ("factor-analysis", "6")])
    func moreComponentsThanRoomAreRefused(name: String, components: String) throws {
        let error = try #require(throws: StrataError.self) {
            try fitted(name, ["components": components], try Self.plane(50))
        }
        #expect(error.kind == .usage && error.message.contains("components \(components)"), "\(error.message)")
    }

    @Test func constantDataHaveNoLikelihood() throws {
        let flat = try DataSplit(
            dtype: .uint8, exampleShape: [6], bytes: [UInt8](repeating: 51, count: 6 * 40), count: 40)
        let error = try #require(throws: StrataError.self) {
            try fitted("ppca", ["components": "2"], flat, batchSize: 8)
        }
        #expect(error.kind == .notFinite && error.message.contains("singular"), "\(error.message)")
    }
}
