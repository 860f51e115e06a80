import Foundation
import Testing

/// What a user can get wrong: one line that says what, where and what to do; an exit that is not 0; no trap.
@Suite struct RefusalTests {
    let command = Command()

    private func expect(
        _ arguments: String..., says parts: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let result = try command.finish(command.start(arguments))
        #expect(result.status > 0, "status \(result.status) \(result.error)", sourceLocation: sourceLocation)
        for part in parts {
            #expect(result.error.contains(part), "\(result.error)", sourceLocation: sourceLocation)
        }
        #expect(result.output.isEmpty, "\(result.output)", sourceLocation: sourceLocation)
    }

    private func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: command.path(name)))
        return command.path(name)
    }

    @Test func unknownNamesGetTheNearest() throws {
        try expect("train", "vea", says: "unknown model 'vea': did you mean 'vae'?")
        try expect("train", "vae", "--data", "sprits", says: "unknown data set 'sprits': did you mean 'sprites'?")
        try expect(
            "train", "vae", "--data", "sprites", "--backend", "smid",
            says: "unknown backend 'smid': did you mean 'simd'?")
        try expect("train", "vae", "--latnt", "3", says: "unknown option '--latnt': did you mean '--latent'?")
        try expect("train", "vae", "--epoch", "3", says: "unknown option '--epoch': did you mean '--epochs'?")
        try expect("graph", "rmb", says: "did you mean 'rbm'?")
    }

    @Test func numbersThatMakeNoSense() throws {
        let data = try command.writeData()
        try expect("train", "vae", "--data", data, "--batch-size", "0", says: "--batch-size 0")
        try expect("train", "vae", "--data", data, "--batch-size", "-3", says: "--batch-size -3")
        try expect(
            "train", "vae", "--data", data, "--batch-size", "1000", says: "--batch-size 1000", "108 training examples")
        try expect("train", "vae", "--data", data, "--epochs", "-1", says: "--epochs -1")
        try expect("train", "vae", "--data", data, "--epochs", "many", says: "many")
        try expect("train", "vae", "--data", data, "--learning-rate", "-1", says: "--learning-rate")
        try expect("train", "vae", "--data", data, "--learning-rate", "nan", says: "--learning-rate")
        try expect(
            "train", "vae", "--data", data, "--final-learning-rate", "0",
            says: "--final-learning-rate 0.0: a rate is greater than 0")
        try expect("train", "vae", "--data", data, "--seed", "-1", says: "--seed -1")
        try expect("train", "vae", "--data", data, "--steps", "-1", says: "--steps -1")
        try expect("train", "vae", "--data", data, "--threads", "0", says: "--threads 0")
        try expect("train", "vae", "--data", data, "--latent", "0", says: "--latent 0")
        try expect("train", "vae", "--data", data, "--hidden", "4,x", says: "--hidden 4,x")
        try expect("train", "vae", "--data", data, "--hidden", says: "--hidden")
        try expect("train", "vae", "--data", data, "stray", says: "'stray' is not expected here")
        try expect("train", says: "which model?")
    }

    @Test func dataThatIsNotThereOrBroken() throws {
        try expect("train", "vae", "--data", "./nowhere.npy", says: "nowhere.npy")
        try expect("train", "vae", "--data", try write("empty.npy", []), says: "empty.npy")
        try expect("train", "vae", "--data", try write("noise.npy", [1, 2, 3, 4, 5]), says: "noise.npy")
        try expect("train", "vae", "--data", command.folder.path, says: command.folder.path)
        let whole = try Data(contentsOf: URL(fileURLWithPath: command.writeData()))
        try expect("train", "vae", "--data", try write("cut.npy", Array(whole.prefix(2000))), says: "cut.npy")
        let missing = try command.finish(
            command.start(["train", "vae"], environment: ["STRATA_DATA_DIR": command.folder.path]))
        #expect(missing.status > 0 && missing.complaint.contains("apt-get install dataset-fashion-mnist"))
    }

    @Test func foldersThatCannotBeWritten() throws {
        let data = try command.writeData()
        let file = try write("file", [1])
        try expect("train", "vae", "--data", data, "--out", "\(file)/run", says: "cannot make the folder")
        try expect("train", "vae", "--data", data, "--out", file, says: "cannot make the folder")
        try expect("train", "vae", "--data", data, "--out", "/proc/strata", says: "/proc/strata")
        _ = try command.run("train", "vae", "--data", data, "--epochs", "1", "--out", "run")
        try expect("train", "vae", "--data", data, "--out", "run", says: "run holds a run already", "--force")
        try expect("sample", "run", "--out", "/nowhere/at/all.png", says: "/nowhere/at/all.p")
    }

    @Test func runsThatAreNotThereOrBroken() throws {
        let data = try command.writeData()
        try expect("sample", "nowhere", says: "nowhere holds no run")
        _ = try command.run("train", "vae", "--data", data, "--hidden", "16", "--epochs", "1", "--out", "run")
        _ = try command.run("train", "vae", "--data", data, "--hidden", "17", "--epochs", "1", "--out", "other")
        try expect("sample", "run", "--count", "0", says: "--count 0")
        try expect("encode", "run", "--data", try command.writeData("wide.npy", side: 9), says: "[9, 9]")
        try expect("train", "--resume", "run", "--batch-size", "7", says: "--batch-size cannot be changed")

        let checkpoint = command.path("run/checkpoint.safetensors")
        let whole = try Data(contentsOf: URL(fileURLWithPath: checkpoint))
        for length in [0, 5, 100, whole.count / 2, whole.count - 1] {
            _ = try write("run/checkpoint.safetensors", Array(whole.prefix(length)))
            try expect("sample", "run", says: "checkpoint.safetensors")
            try expect("train", "--resume", "run", "--epochs", "2", says: "checkpoint.safetensors")
        }
        let other = try Data(contentsOf: URL(fileURLWithPath: command.path("other/checkpoint.safetensors")))
        _ = try write("run/checkpoint.safetensors", Array(other))
        try expect("sample", "run", says: "of another model", "encoder.0.weight")
        try FileManager.default.removeItem(atPath: checkpoint)
        try expect("sample", "run", says: "checkpoint.safetensors")
        let configuration = try String(contentsOfFile: command.path("other/config.json"), encoding: .utf8)
        for (name, broken) in [
            ("optimizer", configuration.replacing("\"learningRate\" : 0.001", with: "\"learningRate\" : \"fast\"")),
            ("patience", configuration.replacing("\"patience\" : null", with: "\"patience\" : -1")),
        ] {
            #expect(broken != configuration, "\(configuration)")
            _ = try write("run/config.json", Array(broken.utf8))
            try expect("train", "--resume", "run", says: "the field '\(name)' is missing or malformed")
        }
        _ = try write("run/config.json", Array("{\"model\": 3".utf8))
        try expect("sample", "run", says: "config.json")
        _ = try write("run/config.json", Array("{\"model\": 3}".utf8))
        try expect("sample", "run", says: "config.json", "'model'")
    }

    @Test func aLossThatIsNoNumber() throws {
        let data = try command.writeData()
        try expect(
            "train", "vae", "--data", data, "--learning-rate", "1e25", "--epochs", "50", "--out", "run",
            says:
                "became NaN or infinite", "training step", "checkpoint")
    }

    @Test func dataWithoutWhatIsToBeLearned() throws {
        let data = try command.writeData()
        try expect("train", "classifier", "--data", data, says: "classifier learns from labels, and this data has none")
        try expect("train", "regressor", "--data", data, says: "regressor learns from targets, and this data has none")
        try expect("train", "multi-label", "--data", data, says: "multi-label learns from targets")
    }

    @Test func whatAModelCannotDo() throws {
        _ = try command.run("train", "gan", "--data", try command.writeData(), "--epochs", "1", "--out", "run")
        try expect("encode", "run", says: "cannot encode")
        try expect("reconstruct", "run", says: "cannot reconstruct")
    }

    @Test func numbersBeyondAllMeasure() throws {
        let data = try command.writeData()
        let huge = "9223372036854775807"
        try expect(
            "train", "vae", "--data", data, "--epochs", huge,
            says: "--epochs \(huge): that is more training steps than can be counted")
        try expect("train", "vae", "--data", data, "--batch-size", huge, says: "--batch-size \(huge)")
        try expect(
            "train", "vae", "--data", data, "--threads", huge, says: "--threads \(huge): expected a number from 1 to")
        try expect("train", "vae", "--data", data, "--latent", huge, says: "--latent \(huge)")
        try expect("train", "classifier", "--data", "sprites", "--labels", huge, says: "--labels \(huge)")
        try expect("train", "vae", "--data", data, "--hidden", "", says: "--hidden")
        try expect("train", "vae", "--data", data, "--hidden", ",", says: "--hidden")
        try expect("words", data, "--epochs", huge, says: "--epochs \(huge)")
        _ = try command.run("train", "vae", "--data", data, "--epochs", "1", "--out", "run")
        try expect("sample", "run", "--count", huge, says: "--count \(huge)")
        try expect("sample", "run", "--seed", huge, says: "--seed \(huge)")
        try expect("evaluate", "run", "--neighbours", "0", says: "--neighbours 0: expected a number")
        try expect("evaluate", "run", "--neighbours", huge, says: "--neighbours \(huge)")
        try expect("interpolate", "run", "--count", "7", says: "--count 7: that takes 14 examples, there are 12")
    }

    @Test func wordsThatOthersUseAreUnderstood() throws {
        let data = try command.writeData()
        try expect("trian", "vae", says: "unknown command 'trian': did you mean 'train'?")
        try expect("experiment", "pretrainig", says: "did you mean 'pretraining'?")
        try expect(
            "train", "vae", "--data", data, "--lr", "0.1",
            says: "unknown option '--lr': did you mean '--learning-rate'?")
        try expect("train", "vae", "--data", data, "--batch", "3", says: "did you mean '--batch-size'?")
        try expect("train", "vae", "--data", data, "--output", "x", says: "did you mean '--out'?")
        try expect("train", "--model", "vae", "--data", data, says: "the model's name stands alone")
        try expect("words", data, "--lr", "0.1", says: "unknown option '--lr': did you mean '--learning-rate'?")
        try expect("encode", "run", "--dataset", data, says: "did you mean '--data'?")
        try expect("train", "GAN2", says: "did you mean 'gan'?")
        #expect(
            try command.run("train", "VAE", "--data", data, "--epochs", "1", "--json").json["model"] as? String == "vae"
        )
    }

    /// What a command or a model has no use for is refused, not swallowed.
    @Test func optionsWithoutUseAreRefused() throws {
        let data = try command.writeData()
        try expect(
            "train", "pca", "--components", "2", "--data", data, "--epochs", "3",
            says: "--epochs 3: pca knows by itself")
        try expect(
            "train", "pca", "--components", "2", "--data", data, "--learning-rate", "0.1",
            says: "--learning-rate: pca is fitted, not descended")
        try expect(
            "train", "pca", "--components", "2", "--data", data, "--final-learning-rate", "0.1",
            says: "--final-learning-rate: pca is fitted")
        try expect("train", "vae", "--data", data, "--labels", "10", says: "--labels 10: vae learns without labels")
        try expect("train", "vae", "--data", data, "--device", "1", says: "--device 1")
        try expect("bench", "softmax", "--hidden", "3", says: "--hidden")
        try expect("bench", "softmax", "--batch-size", "3", says: "--batch-size 3")
        #expect(!FileManager.default.fileExists(atPath: command.path("runs")))
        for model in ["vae", "gan"] {
            _ = try command.run("train", model, "--data", data, "--epochs", "1", "--out", model)
        }
        try expect("interpolate", "vae", "--seed", "1", says: "--seed 1: is for a model without an encoder")
        try expect("interpolate", "gan", "--split", "train", says: "--split train: gan has no encoder")
        try expect("evaluate", "vae", "--bits", says: "has no energy")
        try expect(
            "evaluate", "vae", "--only", "codes", "--labels", "10", says: "--labels 10: is for the section 'probes'")
        try expect("sample", "vae", "--data", data, says: "draws samples without any data")
        try expect("encode", "vae", "--out", "codes.png", says: "--out codes.png")
    }
}
