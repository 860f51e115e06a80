import Foundation
import StrataBackend
import StrataData
import Testing

/// Models as files of other programs, and back.
@Suite struct ExportCommandTests {
    let command = Command()

    private func bytes(_ name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(fileURLWithPath: command.path(name))))
    }

    /// An array of 80 rows of 6 numbers between 0 and 1.
    private func data() throws {
        let values = (0..<480).map { (place: Int) -> Float in
            let step = place * 37 + place / 6 * 11
            return Float(step % 101) / 101
        }
        try AtomicFile.write(command.path("x.npy"), NPY.encode(StoredArray(values, shape: [80, 6])))
    }

    @discardableResult private func succeed(_ line: String) throws -> Command.Result {
        let result = try command.shell(line.replacing("strata ", with: "\(Command.binary) "))
        #expect(result.status == 0, "\(line): \(result.error)")
        return result
    }

    /// The attributes that scikit-learn names, and the same codes when they come back.
    @Test(arguments: [
        ("pca --components 3 --whiten true", ["components_", "mean_", "explained_variance_", "whiten"]),
        ("gmm --components 2 --covariance full", ["weights_", "means_", "covariances_", "precisions_cholesky_"]),
        ("gmm --components 2 --covariance shared", ["precisions_", "covariance_type"]),
        ("gmm --components 2", ["means_"]),
        ("rbm --hidden 4 --epochs 1", ["components_", "intercept_hidden_", "intercept_visible_"]),
    ])
    func scikitLearnsAttributesComeBack(settings: String, names: [String]) throws {
        try data()
        let model = String(settings.prefix { $0 != " " })
        try succeed("strata train \(settings) --data x.npy --out run")
        try succeed("strata export run --to sklearn --out a.npz && strata encode run --data x.npy --out a.npy")
        let archive = try NPZ(bytes("a.npz"), path: "")
        for name in names { #expect(archive.names.contains(name), "\(name): \(archive.names)") }
        try succeed("strata train \(model) --from a.npz --steps 0 --data x.npy --out back")
        try succeed("strata encode back --data x.npy --out b.npy && strata export back --to sklearn --out b.npz")
        let (before, after) = (
            try NPY.parse(bytes("a.npy"), path: "").floats, try NPY.parse(bytes("b.npy"), path: "").floats
        )
        #expect(before.count == after.count && zip(before, after).allSatisfy { abs($0 - $1) < 1e-5 })
        // Components far apart leave a mixture's examples no doubt.
        #expect(Set(before).count > 1)
        let again = try NPZ(bytes("b.npz"), path: "")
        for name in names where name != "covariance_type" {
            let (old, new) = (try #require(try archive.array(name)), try #require(try again.array(name)))
            #expect(
                old.shape == new.shape
                    && zip(old.floats, new.floats).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($0)) })
        }
    }

    /// A mixture whose covariances are as many as features is told by its words alone; what is not whole is refused.
    @Test func whatAttributesDoNotSayIsRefused() throws {
        try data()
        func save(_ name: String, _ arrays: [(String, [Float], Shape)]) throws {
            try AtomicFile.write(
                command.path(name), NPZ.encode(arrays.map { ($0.0, try StoredArray($0.1, shape: $0.2)) }))
        }
        let identity = (0..<36).map { Float($0 % 7 == 0 ? 1 : 0) }
        let mixture: [(String, [Float], Shape)] = [
            ("weights_", [Float](repeating: 1 / 6, count: 6), [6]), ("means_", identity, [6, 6]),
            ("precisions_cholesky_", identity, [6, 6]),
        ]
        try save("either.npz", mixture)
        try save(
            "weights.npz",
            [("weights_", [2, 3], [2])] + [
                ("means_", Array(identity.prefix(12)), [2, 6]), ("precisions_cholesky_", [1, 1], [2]),
            ])
        try save(
            "axes.npz",
            [
                ("components_", identity, [6, 6]), ("mean_", [1, 2], [2]),
                ("explained_variance_", [1, 1, 1, 1, 1, 1], [6]),
            ])
        try save(
            "units.npz",
            [
                ("components_", identity, [6, 6]), ("intercept_hidden_", [.nan, 0, 0, 0, 0, 0], [6]),
                ("intercept_visible_", [0, 0, 0, 0, 0, 0], [6]),
            ])
        let cases = [
            ("train gmm --from either.npz --steps 0", "may be of covariances diag or tied; save covariance_type too"),
            ("train gmm --from weights.npz --steps 0", "the weights are no probabilities"),
            ("train pca --from axes.npz --steps 0", "'mean_' is of shape [2], expected [6]"),
            ("train rbm --from units.npz", "'intercept_hidden_' has values that are not finite"),
            ("train pca --from either.npz --steps 0", "is scikit-learn's GaussianMixture, which is gmm here"),
        ]
        for (line, expected) in cases {
            let result = try command.shell("\(Command.binary) \(line) --data x.npy --out none")
            #expect(result.status != 0 && result.complaint.contains(expected), "\(line): \(result.error)")
        }
        try save(
            "pca.npz",
            [
                ("components_", identity, [6, 6]), ("mean_", [0, 0, 0, 0, 0, 0], [6]),
                ("explained_variance_", [1, 1, 1, 1, 1, 1], [6]),
            ])
        let refit = try command.run("train", "pca", "--from", "pca.npz", "--data", "x.npy", "--out", "none")
        #expect(refit.complaint.contains("keep them as they are with --steps 0"))
    }

    /// A folder of Hugging Face's opens as the run that it is of.
    @Test func aFolderOfTheHubIsTheRun() throws {
        try data()
        try succeed("strata train vae --hidden 5 --latent 2 --data x.npy --epochs 1 --out run")
        let result = try command.run("export", "run", "--to", "hf", "--json")
        #expect(result.json["out"] as? String == "run/hf")
        try succeed("strata encode run --data x.npy --out a.npy && strata encode run/hf --data x.npy --out b.npy")
        #expect(try bytes("a.npy") == bytes("b.npy"))
        let more = try succeed("strata train vae --from run/hf --data x.npy --epochs 1 --out more")
        #expect(more.error.contains("as in run/hf: hidden 5, latent 2"))
        let weights = try SafeTensors.read(command.path("run/hf/model.safetensors"))
        #expect(weights.metadata["format"] == "pt" && weights.tensors.keys.allSatisfy { !$0.contains("adam") })
        let fields = try JSONSerialization.jsonObject(with: Data(bytes("run/hf/config.json"))) as? [String: Any]
        #expect(fields?["model_type"] as? String == "strata-vae" && fields?["latent"] as? Int == 2)
        #expect(try String(decoding: bytes("run/hf/README.md"), as: UTF8.self).hasPrefix("---\nlibrary_name: strata\n"))
    }

    @Test func exportsThatCannotBeAreRefused() throws {
        try data()
        try succeed("strata train vae --hidden 5 --latent 2 --data x.npy --epochs 1 --out run")
        let cases = [
            ("export run --to keras", "unknown format 'keras' (known: hf"),
            ("export run --to sklearn", "vae is no estimator of scikit-learn's"),
            ("export run --to hf --out run --force", "run holds a run"),
            ("export run --to hf --out x.npy", "x.npy is there already"),
        ]
        for (line, expected) in cases {
            let result = try command.shell("\(Command.binary) \(line)")
            #expect(result.status != 0 && result.complaint.contains(expected), "\(line): \(result.error)")
        }
    }
}
