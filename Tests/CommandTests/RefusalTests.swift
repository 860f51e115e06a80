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
            "train", "vae", "--data", "sprites", "--backend", "smid", says: "unknown backend 'smid': did you mean 'simd'?")
        try expect("train", "vae", "--latnt", "3", says: "unknown option '--latnt': did you mean '--latent'?")
        try expect("train", "vae", "--epoch", "3", says: "unknown option '--epoch': did you mean '--epochs'?")
        try expect("graph", "rmb", says: "did you mean 'rbm'?")
    }

    @Test func numbersThatMakeNoSense() throws {
        let data = try command.writeData()
        try expect("train", "vae", "--data", data, "--batch-size", "0", says: "--batch-size 0")
        try expect("train", "vae", "--data", data, "--batch-size", "-3", says: "--batch-size -3")
        try expect("train", "vae", "--data", data, "--batch-size", "1000", says: "--batch-size 1000", "108 training examples")
        try expect("train", "vae", "--data", data, "--epochs", "-1", says: "--epochs -1")
        try expect("train", "vae", "--data", data, "--epochs", "many", says: "many")
        try expect("train", "vae", "--data", data, "--learning-rate", "-1", says: "--learning-rate")
        try expect("train", "vae", "--data", data, "--learning-rate", "nan", says: "--learning-rate")
        try expect("train", "vae", "--data", data, "--final-learning-rate", "0", says: "--final-learning-rate 0.0: a rate is greater than 0")
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
            ("learning_rate", configuration.replacing("\"learning_rate\" : 0.001", with: "\"learning_rate\" : 0")),
            ("final_learning_rate", configuration.replacing("\"final_learning_rate\" : null", with: "\"final_learning_rate\" : -1")),
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
            "train", "vae", "--data", data, "--learning-rate", "1e25", "--epochs", "50", "--out", "run", says:
            "stopped being a number", "training step", "checkpoint")
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
}
