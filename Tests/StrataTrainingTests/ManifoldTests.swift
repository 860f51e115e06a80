import StrataBackend
import StrataCompiler
import StrataData
import StrataModels
import StrataNN
import StrataSIMD
import StrataTraining
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Curves and clusters whose true coordinates are known.
@Suite struct ManifoldTests {
    private func noise(_ example: Int, _ feature: Int) -> Float {
        Float(Threefry.block(key: (11, 0), counter: (UInt32(example), UInt32(feature))).0) / Float(UInt32.max) - 0.5
    }

    private func data(_ rows: [[Float]]) throws -> DataSet {
        let split = try DataSplit(
            dtype: .float32, exampleShape: [rows[0].count], bytes: rows.joined().withContiguousBytes { Array($0) },
            count: rows.count)
        return try DataSet(name: "points", train: split, test: split)
    }

    private func trained(_ name: String, _ settings: [String: String], _ data: DataSet) throws -> Predictor {
        let description = try Zoo.builtIn[name]
        let typed = try Hyperparameters(description.hyperparameters, settings)
        let domain = DataSpec(features: data.exampleShape.elementCount, examples: data.train.count)
        let session = Session(backend: try SIMDBackend(configuration: BackendConfiguration()), seed: 1)
        let trainer = try Trainer(
            model: description.build(domain, typed), optimizer: description.suitedOptimizer(), data: data,
            session: session, configuration: TrainingConfiguration(epochs: 1, batchSize: 50, seed: 1))
        while try trainer.nextEvent() != nil {}
        return try Predictor(trainer.model, features: domain.features, session: session)
    }

    /// How well one list tells another, 1 at best: the squared correlation.
    private func correlation(_ a: [Float], _ b: [Float]) -> Float {
        let (meanA, meanB) = (a.reduce(0, +) / Float(a.count), b.reduce(0, +) / Float(b.count))
        var (ab, aa, bb): (Float, Float, Float) = (0, 0, 0)
        for (x, y) in zip(a, b) {
            ab += (x - meanA) * (y - meanB)
            aa += (x - meanA) * (x - meanA)
            bb += (y - meanB) * (y - meanB)
        }
        return ab * ab / (aa * bb)
    }

    /// Two turns of a spiral in the plane: straight lines through it say nothing of how far along a point lies.
    private func spiral(_ count: Int) -> (rows: [[Float]], along: [Float]) {
        let turns = (0..<count).map { 3 * Float($0) / Float(count) + 1 }
        // The length of r = θ is nearly θ² / 2.
        return (turns.map { [$0 * cosf($0 * 3), $0 * sinf($0 * 3)] }, turns.map { $0 * $0 })
    }

    @Test(arguments: ["isomap", "lle"]) func aSpiralIsRolledOut(name: String) throws {
        let (rows, along) = spiral(400)
        let settings = ["landmarks": "300", "neighbours": "6", "dimensions": "1"]
        let model = try trained(name, settings, data(rows))
        let codes = try model.encode(rows.flatMap { $0 }).codes
        let found = correlation(codes, name == "isomap" ? along : along.map { $0.squareRoot() })
        #expect(found > (name == "isomap" ? 0.999 : 0.9), "\(found)")
        let plain = correlation(rows.map { $0[0] }, along)
        #expect(plain < 0.5, "\(plain)")
    }

    @Test func aGraphInPartsIsRefused() throws {
        let rows = (0..<60).map { [Float($0 % 2) * 100 + noise($0, 0), noise($0, 1)] }
        let error = try #require(throws: StrataError.self) {
            try trained("isomap", ["landmarks": "60", "neighbours": "4"], data(rows))
        }
        #expect(error.kind == .notFinite && error.message.contains("neighbours"), "\(error.message)")
    }

    @Test func clustersStayTogether() throws {
        let rows = (0..<240).map { example in
            (0..<10).map { feature in (feature == example % 4 ? 3 : 0) + noise(example, feature) }
        }
        let model = try trained("t-sne", ["landmarks": "200", "perplexity": "15", "iterations": "400"], data(rows))
        let codes = try model.encode(rows.flatMap { $0 }).codes
        for example in 0..<240 {
            func distance(_ other: Int) -> Float {
                let (x, y) = (codes[2 * example] - codes[2 * other], codes[2 * example + 1] - codes[2 * other + 1])
                return x * x + y * y
            }
            let nearest = (0..<240).filter { $0 != example }.min { distance($0) < distance($1) }
            #expect(try #require(nearest) % 4 == example % 4, "\(example)")
        }
    }

    @Test(arguments: GaussianMixture.Covariance.allCases) func aMixtureFindsItsGaussians(
        covariance: GaussianMixture.Covariance
    ) throws {
        // Two long clusters, at right angles to the line between them or along it as the covariance allows.
        let rows = (0..<2000).map { example -> [Float] in
            let (a, b) = (noise(example, 0), noise(example, 1))
            return example % 2 == 0 ? [2 * a, 0.2 * b] : [5 + 2 * a, 1 + 0.2 * b]
        }
        let data = try data(rows)
        let settings = ["components": "2", "covariance": covariance.rawValue]
        let description = try Zoo.builtIn["gmm"]
        let typed = try Hyperparameters(description.hyperparameters, settings)
        let session = Session(backend: try SIMDBackend(configuration: BackendConfiguration()), seed: 2)
        let trainer = try Trainer(
            model: description.build(DataSpec(features: 2), typed), optimizer: description.suitedOptimizer(),
            data: data,
            session: session, configuration: TrainingConfiguration(epochs: 20, batchSize: 100, seed: 2))
        var last = -Float.infinity
        while let event = try trainer.nextEvent() {
            guard case .epoch(let report) = event, let now = report.test.first?.value else { continue }
            // EM never lowers the likelihood.
            #expect(now > last - 1e-3)
            last = now
        }
        // Of each Gaussian: variances 4/12 and .04/12, and half a nat log 2 for which one it is.
        let best = -logf(2) - logf(2 * Float.pi) - 1 - 0.5 * logf(4 / 12 * 0.04 / 12)
        #expect(abs(last - best) < 0.02, "\(last) \(best)")
        let model = try Predictor(trainer.model, features: 2, session: session)
        let codes = try model.encode([0, 0, 5, 1]).codes
        #expect(abs(codes[0] - codes[2]) > 0.99)
        // Samples have the moments of the examples.
        let samples = try model.sample(4000, seed: 1)
        let x = stride(from: 0, to: samples.count, by: 2).map { samples[$0] }
        let mean = x.reduce(0, +) / 4000
        let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000
        #expect(abs(mean - 2.5) < 0.15 && abs(variance - (6.25 + 4.0 / 12)) < 0.3, "\(mean) \(variance)")
    }

    @Test func sourcesAreSeparated() throws {
        // A square wave and a uniform one, mixed.
        let sources = (0..<3000).map { [noise($0, 0) > 0 ? Float(1) : -1, 3 * noise($0, 1)] }
        let rows = sources.map { [2 * $0[0] + $0[1], $0[0] - $0[1], 0.5 * $0[0]] }
        let model = try trained("ica", ["components": "2", "iterations": "20"], data(rows))
        let codes = try model.encode(rows.flatMap { $0 }).codes
        let found = (0..<2).map { code in (0..<3000).map { codes[2 * $0 + code] } }
        for source in 0..<2 {
            let truth = sources.map { $0[source] }
            let best = found.map { correlation($0, truth) }.max() ?? 0
            #expect(best > 0.995, "\(best)")
        }
    }
}

extension Sequence where Element == Float {
    fileprivate func withContiguousBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        Array(self).withUnsafeBytes(body)
    }
}
