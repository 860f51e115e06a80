import Foundation
import StrataBackend
import StrataData
import StrataModels
import StrataRuns
import StrataSIMD
import StrataTraining
import Testing

/// Runs that the command has trained, opened by a program.
@Suite struct RunTests {
    let folder = Folder()

    @Test func aFolderIsOpenedWithItsModelDataAndMetrics() throws {
        let data = try folder.writeRamps()
        try folder.strata(
            "train", "vae", "--data", data, "--hidden", "16", "--latent", "3", "--epochs", "2", "--out", "run")
        try folder.strata("encode", "run", "--out", "codes.npy")

        let run = try Run(folder.path("run"))
        #expect(run.configuration.model == "vae" && run.configuration.settings["latent"] == "3")
        #expect(run.configuration.spec.shape == [8, 8] && run.configuration.data == data)
        #expect(run.model is VariationalAutoencoder)
        #expect(try run.metrics().map { $0["epoch"]?.integer } == [1, 2])
        let test = try run.data().test
        let (codes, size) = try run.predictor().encode(test.values(0..<test.count))
        let written = try NPY.parse(FileBytes.read(folder.path("codes.npy")), path: "codes.npy")
        #expect(size == 3 && written.shape == [12, 3] && written.floats == codes)
    }

    /// Of a model of pairs, rows of sources lie above what was made of them and above the examples.
    @Test func pairsAreDrawn() throws {
        let data = try folder.writeRamps()
        try folder.strata(
            "train", "super-resolution", "--data", data, "--channels", "2", "--blocks", "0", "--epochs", "1", "--out",
            "run")
        #if PNG
        #expect(FileManager.default.fileExists(atPath: folder.path("run/pairs.png")))
        #endif
        #expect(!FileManager.default.fileExists(atPath: folder.path("run/reconstructions.png")))
        try folder.strata("reconstruct", "run", "--count", "3", "--out", "outputs.npy")
        let run = try Run(folder.path("run"))
        let restored = try Restorations(run.predictor(), of: run.data().test, 0..<3)
        let outputs = try NPY.parse(FileBytes.read(folder.path("outputs.npy")), path: "outputs.npy")
        #expect(outputs.shape == [3, 8, 8] && outputs.floats == restored.results)
        let rows = try restored.rows(width: 64, columns: 2)
        // Two rows of three kinds, the last filled up.
        #expect(rows.count == 2 * 3 * 2 * 64)
        #expect(Array(rows[128..<256]) == Array(restored.results.prefix(128)))
        #expect(Array(rows[256..<384]) == Array(restored.originals.prefix(128)))
        #expect(rows[0] == rows[1] && rows[0] == rows[8])
    }

    @Test func aCheckpointDescribesItself() throws {
        try folder.strata("train", "autoencoder", "--data", folder.writeRamps(), "--epochs", "1", "--out", "run")
        let alone = folder.path("alone.safetensors")
        try FileManager.default.moveItem(atPath: folder.path("run/checkpoint.safetensors"), toPath: alone)
        try FileManager.default.removeItem(atPath: folder.path("run"))

        let run = try Run(alone)
        #expect(run.configuration.model == "autoencoder" && run.configuration.features == 64)
        #expect(run.configuration.facts?.dtype == .float32 && run.configuration.data == nil)
        let reconstruction = try run.predictor().reconstruct([Float](repeating: 0.5, count: 64))
        #expect(reconstruction.count == 64 && reconstruction.allSatisfy { (0...1).contains($0) })
        #expect(try run.metrics().isEmpty)
        let error = #expect(throws: StrataError.self) { try run.data() }
        #expect(error?.message.contains("does not say where the data of its run is") == true)
        let kept = #expect(throws: StrataError.self) { try run.predictor(weights: .best) }
        #expect(kept?.message.contains("open its folder") == true)
        // The command takes it too, and leaves results beside it.
        try folder.strata("sample", "alone.safetensors", "--out", "samples.npy", "--data", folder.path("ramps.npy"))
    }

    @Test func rowsThatDoNotPairAreRefused() throws {
        try folder.strata("train", "autoencoder", "--data", folder.writeRamps(), "--epochs", "1", "--out", "run")
        let predictor = try Run(folder.path("run")).predictor()
        let rows = [Float](repeating: 0.5, count: 128)
        #expect(try predictor.interpolate(from: rows, to: rows, steps: 3).count == 2 * 3 * 64)
        for (from, to, steps) in [
            (rows, Array(rows.dropLast(64)), 3), (Array(rows.dropLast(64)), rows, 3), (rows, rows, 0),
        ] {
            let error = #expect(throws: StrataError.self) {
                try predictor.interpolate(from: from, to: to, steps: steps)
            }
            #expect(error?.kind == .shape)
        }
    }

    @Test func aRunIsOfTheZooThatItIsOpenedWith() throws {
        try folder.strata("train", "pca", "--data", folder.writeRamps(), "--components", "2", "--out", "run")
        let error = #expect(throws: StrataError.self) { try Run(folder.path("run"), zoo: Zoo([])) }
        #expect(error?.message.contains("unknown model 'pca'") == true)
        #expect(throws: StrataError.self) { try Run(folder.path("nowhere")) }
        #expect(throws: StrataError.self) { try Run(folder.path("ramps.npy")) }
    }

    /// What counts in sampling alone is changed with the weights as they are.
    @Test func aRunIsSampledWithOtherSettings() throws {
        try folder.strata(
            "train", "flow-matching", "--data", folder.writeRamps(), "--network", "mlp", "--hidden", "8", "--epochs",
            "1", "--integrator", "euler", "--integration-steps", "1", "--out", "run")
        let run = try Run(folder.path("run"))
        let first = try run.predictor().sample(3, seed: 1)
        let more = try run.sampled(with: ["integration-steps": "20"])
        #expect(more.configuration.settings["integrator"] == "euler")
        #expect(try more.predictor().sample(3, seed: 1) != first)
        #expect(try run.sampled(with: [:]).predictor().sample(3, seed: 1) == first)
        for (settings, message) in [
            (["hidden": "9"], "is a setting of training"), (["integrator": "best"], "unknown integrator"),
            (["step": "1"], "unknown setting of sampling"),
            (["guidance": "2"], "counts only where conditional is true"),
        ] {
            let error = #expect(throws: StrataError.self) { try run.sampled(with: settings) }
            #expect(error?.message.contains(message) == true, "\(String(describing: error))")
        }
        try folder.strata("sample", "run", "--integration-steps", "3", "--count", "4")
    }

    /// Gray images of 28 × 28 have features that come with the library, the same for as long as their name is.
    @Test func imagesHaveFeatures() throws {
        let backend = try SIMDBackend(configuration: BackendConfiguration())
        let image = (0..<784).map { Float($0 % 28 * ($0 / 28)) / 729 }
        let features = try Features.standard(for: [28, 28], image, on: backend)
        #expect(features.name == "the 64 features of images-28-v1")
        let codes = try features.codes(image + image, width: 784)
        #expect(codes.count == 2 && codes.width == 64)
        #expect(codes.values[..<64] == codes.values[64...])
        for (value, expected) in zip(codes.values, [-0.012683, 0.672985, -0.009429, 0.260942] as [Float]) {
            #expect(abs(value - expected) < 1e-3)
        }
        #expect(throws: StrataError.self) { try features.codes(image, width: 392) }
        for (shape, values) in [([28, 28], image.map { $0 * 2 }), ([784], image), ([8, 8], [0.5])] {
            let own = try Features.standard(for: shape, values, on: backend)
            #expect(try own.name == "their own numbers" && own.codes(values, width: values.count).values == values)
        }
    }

    @Test func listsAreJoinedByName() throws {
        let mine = DataCatalog.Entry("sprites", "my own") { _ in throw StrataError(.data, "mine") }
        let catalog: DataCatalog = .builtIn + [mine]
        #expect(catalog.entries.filter { $0.name == "sprites" }.map(\.summary) == ["my own"])
        #expect(catalog.entries.count == DataCatalog.builtIn.entries.count)
        var bare = catalog
        bare.formats = []
        #expect((bare + [mine]).formats.isEmpty && (catalog + [mine]).formats.count == DataFormat.standard.count)
        var other = try Zoo.builtIn["VAE"]
        #expect(other.name == "vae")
        other.name = "mine"
        let zoo: Zoo = .builtIn + [other]
        #expect(try zoo["mine"].summary == other.summary && zoo.models.count == Zoo.builtIn.models.count + 1)
        let registry: BackendRegistry = .builtIn + BackendRegistry.builtIn.backends
        #expect(registry.backends.map { $0.identifier } == BackendRegistry.builtIn.backends.map { $0.identifier })
    }
}
