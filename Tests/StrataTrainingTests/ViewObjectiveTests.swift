import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataNN
import StrataTraining
import Testing

@testable import StrataModels

/// Losses of two views, where they are known in closed form.
@Suite struct ViewObjectiveTests {
    private let key = SmallMachine.key

    private func read(_ tensors: [Tensor]) throws -> [[Double]] {
        let session = try SmallMachine.session()
        let function = try session.prepare(Graph(outputs: tensors.enumerated().map { ("\($0)", $1) }))
        if function.inputNames.contains(Session.keyName) { try function.write(Session.keyName, [7, 1] as [Int32]) }
        try function.run()
        return try tensors.indices.map { try function.read("\($0)").map(Double.init) }
    }

    private func value(_ objective: ViewObjective, _ first: Tensor, _ second: Tensor) throws -> Double {
        try read([objective.loss(first, second, key).value])[0][0]
    }

    /// Embeddings that are all the same.
    @Test func collapsesCost() throws {
        let same = Tensor.constant(0.7, [16, 12])
        #expect(abs(try value(.moments(), same, same) - 24.75) < 1e-4)
        #expect(abs(try value(.correlation(), same, same) - 12) < 1e-4)
        // To a test of normality all of them at 0 are ∫ (1 − φ)² φ dt for each example.
        let zero = Tensor.constant(0, [16, 12])
        #expect(abs(try value(.isotropy(weight: 1), zero, zero) - 16 * 0.40892) < 1e-3)
        #expect(abs(try value(.prediction, same, same)) < 1e-5)
    }

    /// Two dimensions that agree between views, and are correlated by ½ or not at all.
    @Test func correlationsByHand() throws {
        let a: [Float] = [1, 1, -1, -1, 1, 1, -1, -1]
        let b: [Float] = [1, -1, 1, -1, 1, -1, 1, -1]
        let c: [Float] = [1, 1, 1, -1, 1, -1, -1, -1]
        func table(_ x: [Float], _ y: [Float]) -> Tensor { .literal(zip(x, y).flatMap { [$0, $1] }, [8, 2]) }
        #expect(abs(try value(.correlation(), table(a, b), table(a, b))) < 1e-6)
        // Of a and c the correlation is ½: twice λ/4.
        #expect(abs(try value(.correlation(redundancy: 0.1), table(a, c), table(a, c)) - 2 * 0.1 / 4) < 1e-5)
        // Deviations above 1, so only the covariance 4/7 of two dimensions counts, for both views: 2 · 2 (4/7)² / 2.
        #expect(abs(try value(.moments(), table(a, c), table(a, c)) - 2 * 16.0 / 49) < 1e-4)
        // A distance of 2 in one of two dimensions of all: invariance 25 · 2.
        let shifted = table(a.map { $0 + 2 }, b)
        #expect(abs(try value(.moments(variance: 0, covariance: 0), table(a, b), shifted) - 50) < 1e-4)
    }

    /// N times the mean of |φ̂ − φ|² has an expectation of √2π (1 − 1/√3) for standard normal numbers, whatever N.
    @Test func normalNumbersPassTheirTest() throws {
        let rows = key.named("rows").normal([2000, 16])
        let found = try read([
            ViewObjective.gaussianity(rows, slices: 256, key: key),
            ViewObjective.gaussianity(rows * 1.3, slices: 256, key: key),
            ViewObjective.gaussianity(rows + 0.3, slices: 256, key: key),
        ]).map { $0[0] }
        #expect(abs(found[0] - 1.0594) < 0.5, "\(found)")
        #expect(found[1] > 10 && found[2] > 5, "\(found)")
    }

    // MARK: Health

    /// The optimum on the sphere of two and of 64 dimensions, and dimensions whose deviations are 1/√d.
    @Test func evenEmbeddingsAreUniform() throws {
        for (width, exact) in [(2, -1.57503), (64, -3.87524)] {
            let rows = key.named("rows").normal([2000, width])
            let found = try read([EmbeddingHealth.uniformity(rows).mean, EmbeddingHealth.spread(rows).mean]).map {
                $0[0]
            }
            #expect(abs(found[0] - exact) < 0.01, "\(found)")
            #expect(abs(found[1] - 1) < 0.02, "\(found)")
        }
        let collapsed = EmbeddingHealth.spread(.constant(2, [9, 4]))
        let spread = try read([collapsed.mean])[0][0]
        #expect(spread < 1e-4 && collapsed.warning?(Float(spread)) != nil && collapsed.warning?(0.5) == nil)
    }

    @Test func ranksAreCounted() throws {
        let a: [Float] = [1, 1, -1, -1]
        let b: [Float] = [1, -1, 1, -1]
        func table(_ factor: Float, _ constant: Float) -> Tensor {
            var values: [Float] = []
            for row in 0..<4 { values += [a[row], factor * b[row], constant, 0] }
            return .literal(values, [4, 4])
        }
        let (rows, thin) = (table(1, 5), table(0.5, 0))
        let found = try read([EmbeddingHealth.effectiveRank(rows).mean, EmbeddingHealth.effectiveRank(thin).mean])
        #expect(abs(found[0][0] - 2) < 1e-5)
        // Eigenvalues 1 and ¼: (5/4)² / (17/16).
        #expect(abs(found[1][0] - 25.0 / 17) < 1e-5)
    }

    // MARK: Views

    private let ramp: [Float] = (0..<20).map { place in
        let (row, column) = (Float(place / 5), Float(place % 5))
        return row / 4 + column / 10
    }

    @Test func flipsAreMirrorImages() throws {
        let rows = Tensor.literal((0..<40).flatMap { _ in ramp }, [40, 20])
        let found = try read([ExampleViews([.flip], shape: [4, 5])(rows, key)])[0]
        var mirrored: [Float] = []
        for row in 0..<4 { mirrored += ramp[5 * row..<5 * row + 5].reversed() }
        var flipped = 0
        for row in 0..<40 {
            let image = found[row * 20..<(row + 1) * 20].map(Float.init)
            let isFlipped = zip(image, mirrored).allSatisfy { abs($0 - $1) < 1e-6 }
            #expect(isFlipped || zip(image, ramp).allSatisfy { abs($0 - $1) < 1e-6 })
            flipped += isFlipped ? 1 : 0
        }
        #expect(flipped > 8 && flipped < 32)
    }

    /// A part of a ramp is a ramp, less steep by the share that it shows; the whole is the image.
    @Test func cropsAreEnlargedParts() throws {
        let rows = Tensor.literal((0..<30).flatMap { _ in ramp }, [30, 20])
        #expect(
            try zip(
                read([ExampleViews([.crop(least: 1)], shape: [4, 5])(rows, key)])[0], (0..<30).flatMap { _ in ramp }
            )
            .allSatisfy { abs($0 - Double($1)) < 1e-5 })
        let found = try read([ExampleViews([.crop(least: 0.5)], shape: [1, 4, 5])(rows, key)])[0]
        for row in 0..<30 {
            let image = Array(found[row * 20..<(row + 1) * 20])
            // Inside, where nothing lies beyond the edge.
            let (down, right) = (image[11] - image[6], image[8] - image[7])
            #expect(down > 0.12 && down < 0.2501 && right > 0.049 && right < 0.1001, "\(image)")
            #expect(image.allSatisfy { $0 >= -1e-6 && $0 <= 1.15 + 1e-5 })
        }
        #expect(Set(found.map { ($0 * 1e4).rounded() }).count > 100)
    }

    @Test func brightnessIsOneFactorAnExample() throws {
        let rows = Tensor.literal((0..<30).flatMap { _ in ramp }, [30, 20])
        let found = try read([ExampleViews([.brightness(0.4)], shape: [20])(rows, key)])[0]
        let factors = (0..<30).map { found[$0 * 20 + 19] / Double(ramp[19]) }
        for row in 0..<30 {
            #expect(factors[row] > 0.599 && factors[row] < 1.401)
            for place in 0..<20 { #expect(abs(found[row * 20 + place] - factors[row] * Double(ramp[place])) < 1e-5) }
        }
        #expect((factors.max() ?? 0) - (factors.min() ?? 0) > 0.5)
    }

    @Test func viewsThatAreNoneAreRefused() throws {
        let description = JointEmbedding.contrastive
        let flat = DataSpec(features: 12)
        for views in ["none", "what", "crop", "flip,masking"] {
            let settings = try Hyperparameters(description.hyperparameters, ["views": views])
            #expect(throws: StrataError.self) { try description.build(flat, settings) }
        }
        let whole = try Hyperparameters(description.hyperparameters, ["view-level": "1"])
        #expect(throws: StrataError.self) { try description.build(flat, whole) }
    }
}

/// Encoders that learn from views.
@Suite struct JointEmbeddingTests {
    private func trained(
        _ description: ModelDescription, epochs: Int = 40
    ) throws -> (last: [String: Float], codes: [Float], width: Int, checkpoint: Checkpoint) {
        let data = try Stripes.dataSet()
        let model = try description.build(
            data.spec,
            Hyperparameters(
                description.hyperparameters,
                ["hidden": "24,8", "projection": "16,8", "view-level": "0.1", "views": "brightness,masking"]))
        let session = try SmallMachine.session()
        let trainer = try Trainer(
            model: model, optimizer: .adam(0.003), data: data, session: session,
            configuration: TrainingConfiguration(epochs: epochs, batchSize: 30, seed: 1))
        var last: [MetricValue] = []
        while let event = try trainer.nextEvent() { if case .epoch(let report) = event { last = report.test } }
        let predictor = try Predictor(model, features: 36, session: session)
        let (codes, width) = try predictor.encode(data.test.values(0..<40))
        return (
            Dictionary(uniqueKeysWithValues: last.map { ($0.name, $0.value) }), codes, width, try trainer.checkpoint()
        )
    }

    /// Stripes of one kind are nearest to stripes of the same, and nothing has collapsed.
    @Test(arguments: ["simclr", "barlow-twins", "vicreg", "lejepa", "byol"])
    func kindsPart(_ name: String) throws {
        let (last, codes, width, _) = try trained(Zoo.builtIn[name])
        #expect(try #require(last["spread"]) > 0.1, "\(last)")
        #expect(last["uniformity"] != nil && last["effective_rank"] != nil && last["alignment"] != nil)
        func distance(_ a: Int, _ b: Int) -> Float {
            (0..<width).reduce(0) { sum, unit in
                let difference = codes[a * width + unit] - codes[b * width + unit]
                return sum + difference * difference
            }
        }
        let right = (0..<40).count { row in
            let nearest = (0..<40).filter { $0 != row }.min { distance(row, $0) < distance(row, $1) }
            return nearest.map { $0 % 2 == row % 2 } ?? false
        }
        #expect(right >= 38, "\(name): \(right) \(last)")
    }

    /// The slow copy is the network after its first step, and follows it then.
    @Test func theSlowCopyFollows() throws {
        let description = JointEmbedding.bootstrap
        let data = try Stripes.dataSet()
        let model = try description.build(
            data.spec, Hyperparameters(description.hyperparameters, ["hidden": "5", "projection": "4", "decay": "0.9"]))
        let session = try SmallMachine.session()
        let trainer = try Trainer(
            model: model, optimizer: .adam(0.01), data: data, session: session,
            configuration: TrainingConfiguration(epochs: 3, batchSize: 30, seed: 1))
        func weights(_ name: String) throws -> [Float] {
            try #require(trainer.checkpoint().variables[name]).floats
        }
        let before = try weights("encoder.0.weight")
        try trainer.trainStep()
        // What the first step started from.
        #expect(try weights("target.encoder.0.weight") == before)
        let now = try weights("encoder.0.weight")
        #expect(now != before)
        try trainer.trainStep()
        let followed = try weights("target.encoder.0.weight")
        for (place, value) in followed.enumerated() {
            #expect(abs(value - (0.9 * before[place] + 0.1 * now[place])) < 1e-6)
        }
    }
}
