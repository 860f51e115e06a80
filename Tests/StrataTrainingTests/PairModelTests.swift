import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataNN
import StrataReference
import StrataSIMD
import StrataTraining
import Testing

@testable import StrataModels

/// Models that make examples out of other images.
@Suite struct PairModelTests {
    private func values(_ tensor: Tensor) throws -> [Float] {
        let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 1)
        let function = try session.prepare(Graph(outputs: [("x", tensor)]))
        try function.run()
        return try function.read("x")
    }

    private func column(_ name: String, _ shape: Shape, _ values: [Float]) throws -> Column {
        try Column(ColumnSpec(name, dtype: .float32, shape: shape, meaning: .image), values)
    }

    /// A number on [0, 1] for each place of a list.
    private func noise(_ count: Int, seed: UInt32) -> [Float] {
        (0..<count).map { Float(Threefry.block(key: (seed, 0), counter: (UInt32($0), 0)).0 >> 8) / Float(1 << 24) }
    }

    private func set(_ columns: Column...) throws -> DataSet {
        let split = try DataSplit(columns: columns)
        return try DataSet(name: "pairs", train: split, test: split)
    }

    private func trained(_ name: String, _ settings: [String: String], _ data: DataSet, epochs: Int) throws
        -> (metrics: [String: Float], predictor: Predictor, first: [String: Float])
    {
        let description = try Zoo.builtIn[name]
        let trainer = try Trainer(
            model: description.build(data.spec, Hyperparameters(description.hyperparameters, settings)),
            optimizer: .adam(1e-2), data: data,
            session: Session(backend: try SIMDBackend(configuration: BackendConfiguration()), seed: 1),
            configuration: TrainingConfiguration(epochs: epochs, batchSize: 16))
        func metrics() throws -> [String: Float] {
            Dictionary(uniqueKeysWithValues: try trainer.evaluate().map { ($0.name, $0.value) })
        }
        let first = try metrics()
        while try trainer.nextEvent() != nil {}
        return (
            try metrics(), try Predictor(trainer.model, features: data.spec.features, session: trainer.session), first
        )
    }

    /// Images whose pixels are values of blocks, square by square: those of the same example, in rows.
    private func repeated(_ blocks: [Float], edge: Int, count: Int) -> [Float] {
        let side = 2 * edge
        return (0..<count).flatMap { example in
            (0..<side * side).map { pixel -> Float in
                let (row, column) = (pixel / side / 2, pixel % side / 2)
                return blocks[example * edge * edge + row * edge + column]
            }
        }
    }

    private func mistake(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch { return "\(error)" }
    }

    // MARK: Sources

    @Test func sourcesAreMadeOfExamples() throws {
        let step: [Float] = [0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1]
        let batch = Batch(examples: .literal(step, [1, 16]))
        let spec = DataSpec(features: 16, shape: [4, 4])
        // Sobel's 4 beside a step of 1, over the root of 20.
        let edges = try values(PairSource(.edges, of: spec)(batch))
        let edge = 4 / Float(20).squareRoot()
        #expect(zip(edges, [0, edge, edge, 0] + [0, edge, edge, 0]).allSatisfy { abs($0 - $1) < 1e-6 }, "\(edges)")
        let half = try PairSource(.half, of: spec)
        #expect(half.factor == 2 && half.shape == [1, 2, 2])
        let ramp = Batch(examples: .literal((0..<16).map(Float.init), [1, 16]))
        #expect(try values(half(ramp)) == [2.5, 4.5, 10.5, 12.5])
        #expect(try values(half.shown(half(ramp))).prefix(8) == [2.5, 2.5, 4.5, 4.5, 2.5, 2.5, 4.5, 4.5])
    }

    /// No gradient is larger than that of a step at the angle of a knight's move.
    @Test func edgesAreNoBrighterThanWhite() throws {
        let step: [Float] = [0, 1, 1, 0, 0.5, 1, 0, 0, 1]
        let edges = try values(
            PairSource(.edges, of: DataSpec(features: 9, shape: [3, 3]))(Batch(examples: .literal(step, [1, 9]))))
        #expect(abs(edges[4] - 1) < 1e-6 && edges.allSatisfy { $0 <= 1 + 1e-6 }, "\(edges)")
    }

    @Test func luminanceWeighsColours() throws {
        let gray = try PairSource(.gray, of: DataSpec(features: 6, shape: [3, 1, 2]))
        let found = try values(gray(Batch(examples: .literal([1, 0, 0, 1, 0, 0.5], [1, 6]))))
        #expect(abs(found[0] - 0.299) < 1e-6 && abs(found[1] - (0.587 + 0.057)) < 1e-6)
        #expect(try values(gray.shown(.literal([0.25, 0.75], [1, 1, 1, 2]))) == [0.25, 0.75, 0.25, 0.75, 0.25, 0.75])
    }

    @Test func whatMakesNoPairsIsTold() throws {
        func told(_ kind: PairSource.Kind, _ shape: [Int], _ source: ColumnSpec? = nil) -> String {
            mistake {
                var spec = DataSpec(features: shape.product, shape: shape)
                if let source { spec.columns.append(source) }
                _ = try PairSource(kind, of: spec)
            }
        }
        func source(_ shape: Shape, _ range: ClosedRange<Float>? = nil) -> ColumnSpec {
            ColumnSpec(ColumnName.source, dtype: .float32, shape: shape, range: range, meaning: .image)
        }
        #expect(told(.edges, [9]).contains("these examples are [9]"))
        #expect(told(.gray, [8, 8]).contains("no colours"))
        #expect(told(.half, [8, 7]).contains("8 × 7 pixels have no halves"))
        #expect(told(.column, [8, 8]).contains("no column 'source'"))
        #expect(told(.column, [8, 8], source([3, 8])).contains("3 × 8 pixels do not fit images of 8 × 8"))
        #expect(told(.column, [8, 8], source([16, 16])).contains("do not fit"))
        #expect(told(.column, [8, 8], source([8, 8], 0...255)).contains("from 0.0 to 255.0"))
        #expect(told(.column, [8, 8], source([3, 4, 4], 0...1)) == "")
        let model = try Zoo.builtIn["super-resolution"]
        let settings = try Hyperparameters(model.hyperparameters, ["source": "edges"])
        let spec = DataSpec(features: 64, shape: [8, 8])
        #expect(mistake { _ = try model.build(spec, settings) }.contains("no fewer pixels"))
    }

    // MARK: Models

    /// Images that follow from their halves by an affine map are found by least squares, whatever the map; a network
    /// that has learned nothing is the bicubic interpolation.
    @Test func superResolutionHasItsBaselinesBesideIt() throws {
        let count = 48
        let (sources, weights) = (noise(count * 4, seed: 1), noise(16 * 4, seed: 2))
        var images: [Float] = []
        for example in 0..<count {
            for pixel in 0..<16 {
                var value: Float = 0.1
                for place in 0..<4 { value += 0.2 * weights[4 * pixel + place] * sources[4 * example + place] }
                images.append(value)
            }
        }
        let data = try set(
            column(ColumnName.example, [4, 4], images), column(ColumnName.source, [2, 2], sources))
        let (metrics, _, first) = try trained(
            "super-resolution", ["channels": "2", "blocks": "0"], data, epochs: 0)
        #expect(first["psnr_least_squares"]! < 40)
        #expect(metrics["psnr_least_squares"]! > 60, "\(metrics)")
        #expect(metrics["psnr"] == metrics["psnr_bicubic"])
        let blocks = try set(column(ColumnName.example, [4, 4], repeated(sources, edge: 2, count: count)))
        let nearest = try trained("super-resolution", ["channels": "2"], blocks, epochs: 0).metrics
        #expect(nearest["psnr_nearest"]! > 99 && nearest["psnr_bicubic"]! < 40, "\(nearest)")
    }

    /// Blocks of one brightness are what bicubic interpolation blurs and a network of a few filters does not.
    @Test func superResolutionLearns() throws {
        let pixels = repeated(noise(64 * 16, seed: 3), edge: 4, count: 64)
        let data = try set(column(ColumnName.example, [8, 8], pixels))
        let (metrics, predictor, _) = try trained(
            "super-resolution", ["channels": "8", "blocks": "1"], data, epochs: 15)
        #expect(metrics["psnr"]! > metrics["psnr_bicubic"]! + 3, "\(metrics)")
        #expect(metrics["ssim"]! > 0.9, "\(metrics)")
        // Sources as they are looked at are the blocks; what comes out is what was evaluated.
        let (sources, outputs) = try predictor.translate(data.test, 0..<64)
        #expect(zip(sources, pixels).allSatisfy { abs($0 - $1) < 1e-6 })
        var error: Float = 0
        for (output, pixel) in zip(outputs, pixels) { error += (output - pixel) * (output - pixel) / 64 }
        #expect(abs(error - metrics["squared_error"]!) < 1e-3 * error)
    }

    /// Colours that follow from brightness: red rises with it, blue falls.
    @Test func pix2pixColours() throws {
        let gray = noise(32 * 4, seed: 4)
        let planes = repeated(repeated(gray, edge: 2, count: 32), edge: 4, count: 32)
        var pixels: [Float] = []
        for example in 0..<32 {
            let plane = planes[64 * example..<64 * (example + 1)]
            pixels += plane
            pixels += [Float](repeating: 0.5, count: 64)
            pixels += plane.map { 1 - $0 / 2 }
        }
        let data = try set(column(ColumnName.example, [3, 8, 8], pixels))
        let (metrics, predictor, first) = try trained(
            "pix2pix", ["source": "gray", "channels": "8", "discriminator": "8", "loss": "least-squares"], data,
            epochs: 30)
        #expect(metrics["l1"]! < 0.25 * first["l1"]! && metrics["l1"]! < 0.08, "\(first) \(metrics)")
        #expect(metrics["psnr"]! > 20 && metrics["discriminator_loss"]!.isFinite)
        let (sources, outputs) = try predictor.translate(data.test, 0..<2)
        #expect(outputs.count == 2 * 192 && outputs.allSatisfy { (0...1).contains($0) })
        #expect(sources.prefix(64) == sources[64..<128])
    }

    /// Pairs of the user's own need their column wherever the model is used.
    @Test func pairsOfTheDataAreRead() throws {
        let data = try set(
            column(ColumnName.example, [4, 4], noise(16 * 16, seed: 5)),
            column(ColumnName.source, [3, 2, 2], noise(16 * 12, seed: 6)))
        let (metrics, predictor, _) = try trained(
            "pix2pix", ["channels": "8", "discriminator": "8", "loss": "wasserstein"], data, epochs: 1)
        #expect(metrics.values.allSatisfy { $0.isFinite } && metrics["wasserstein_estimate"] != nil, "\(metrics)")
        let model = try #require(predictor.model as? Pix2Pix)
        #expect(model.source.kind == .column && model.source.factor == 2)
        #expect(try predictor.translate(data.test, 0..<3).outputs.count == 3 * 16)
        let alone = try DataSplit(columns: [data.test.examples])
        #expect(mistake { _ = try predictor.translate(alone, 0..<1) }.contains("no column 'source' of [3, 2, 2]"))
        #expect(mistake { _ = try predictor.evaluate(alone) }.contains("no column 'source' of [3, 2, 2]"))
        let bright = try set(
            data.test.examples, column(ColumnName.source, [3, 2, 2], noise(16 * 12, seed: 6).map { $0 * 255 }))
        #expect(mistake { _ = try predictor.evaluate(bright.test) }.contains("take brightness"))
        let other = try Predictor(
            Autoencoder(features: 16, hidden: [2], code: 2), features: 16,
            session: Session(backend: ReferenceBackend(configuration: BackendConfiguration())))
        #expect(mistake { _ = try other.translate(data.test, 0..<1) }.contains("cannot translate"))
    }
}
