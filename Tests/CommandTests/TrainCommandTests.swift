import Foundation
import Testing

/// The backends that this machine can run.
private let backends: [String] = {
    let listed = (try? Command().run("backends", "--json").json["backends"] as? [[String: Any]]) ?? []
    return listed.compactMap { $0["available"] as? Bool == true ? $0["name"] as? String : nil }
}()

@Suite struct TrainCommandTests {
    let command = Command()

    @Test(arguments: backends, ["vae", "deep-autoencoder", "rbm", "gan"])
    func everyModelTrainsOnEveryBackend(backend: String, model: String) throws {
        let sizes = [
            "vae": ["--hidden", "16"], "deep-autoencoder": ["--hidden", "16", "--code", "4"],
            "rbm": ["--hidden", "12"], "gan": ["--generator", "16", "--discriminator", "16"],
        ]
        let result = try command.finish(
            command.start(
                [
                    "train", model, "--data", try command.writeData(), "--backend", backend, "--epochs", "2", "--out",
                    "run",
                    "--batch-size", "50", "--json",
                ] + (sizes[model] ?? [])))
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.split(separator: "\n").count == 1)
        let metric = [
            "vae": "elbo", "deep-autoencoder": "reconstruction_error", "rbm": "free_energy", "gan": "generator_loss",
        ]
        #expect(result.json[metric[model]!] is Double)
        #expect(result.json["step_ms_median"] is Double && result.json["backend"] as? String == backend)

        let lines = try String(contentsOfFile: command.path("run/metrics.jsonl"), encoding: .utf8).split(
            separator: "\n")
        #expect(lines.count == 2)
        let made = try FileManager.default.contentsOfDirectory(atPath: command.path("run"))
        let images = model == "gan" ? ["samples"] : ["samples", "reconstructions"]
        for name in images { #expect(made.contains { $0.hasPrefix(name + ".p") }, "\(name) of \(made)") }
        for name in ["config.json", "checkpoint.safetensors", "loss.svg"] { #expect(made.contains(name)) }
    }

    @Test func aTrainedRunIsUsed() throws {
        _ = try command.run(
            "train", "vae", "--data", try command.writeData(), "--hidden", "16", "--epochs", "1", "--out", "run")
        let codes = try command.run("encode", "run", "--split", "train", "--json")
        #expect(codes.json["count"] as? Int == 108 && codes.json["code_size"] as? Int == 20, "\(codes.error)")
        #expect(FileManager.default.fileExists(atPath: command.path("run/codes.npy")))
        let samples = try command.run("sample", "run", "--count", "5", "--out", "s.npy", "--json")
        #expect(samples.status == 0 && FileManager.default.fileExists(atPath: command.path("s.npy")))
        #expect(try command.run("reconstruct", "run", "--json").json["reconstruction_error"] is Double)
        #expect(try command.run("interpolate", "run", "--count", "2").status == 0)
        #expect(try command.run("evaluate", "run", "--json").json["elbo"] is Double)
    }

    @Test func theSameSeedIsTheSameRunWhateverTheThreads() throws {
        let data = try command.writeData()
        for (name, threads) in [("a", "1"), ("b", "2")] {
            let result = try command.run(
                "train", "vae", "--data", data, "--seed", "3", "--threads", threads, "--out", name, "--quiet")
            #expect(result.status == 0 && result.error.isEmpty)
        }
        let files = try ["a", "b"].map {
            try Data(contentsOf: URL(fileURLWithPath: command.path("\($0)/checkpoint.safetensors")))
        }
        #expect(files[0] == files[1])
    }

    @Test func stoppingAndResumingGivesTheSameBytes() throws {
        let data = try command.writeData()
        let settings = ["--data", data, "--epochs", "3", "--batch-size", "25", "--final-learning-rate", "0.0001"]
        for arguments in [["--out", "whole"], ["--out", "parts", "--steps", "7"]] {
            _ = try command.finish(command.start(["train", "vae"] + arguments + settings))
        }
        let rest = try command.run("train", "--resume", "parts")
        #expect(rest.status == 0, "\(rest.error)")
        for file in ["checkpoint.safetensors"] {
            let (a, b) = (
                try Data(contentsOf: URL(fileURLWithPath: command.path("whole/\(file)"))),
                try Data(contentsOf: URL(fileURLWithPath: command.path("parts/\(file)")))
            )
            #expect(a == b)
        }
    }

    /// A run that takes another's place is not shown with its images; what a user has put there stays.
    @Test func replacingARunLeavesNothingOfIt() throws {
        let data = try command.writeData()
        _ = try command.run("train", "pca", "--components", "2", "--data", data, "--out", "run")
        _ = try command.run("evaluate", "run", "--only", "images")
        try Data("mine".utf8).write(to: URL(fileURLWithPath: command.path("run/notes.txt")))
        #expect(try command.run("train", "rbm", "--data", data, "--epochs", "1", "--out", "run", "--force").status == 0)
        let files = try FileManager.default.contentsOfDirectory(atPath: command.path("run")).sorted()
        let images = files.filter { $0.hasPrefix("samples.") || $0.hasPrefix("reconstructions.") }
        #expect(
            files.filter { !images.contains($0) } == [
                "checkpoint.safetensors", "config.json", "loss.svg", "metrics.jsonl", "notes.txt",
            ],
            "\(files)")
    }

    @Test func interruptingSavesAndSaysHowToGoOn() throws {
        let running = try command.start(
            ["train", "vae", "--data", try command.writeData(), "--epochs", "100000", "--out", "run"])
        for _ in 0..<200 where !FileManager.default.fileExists(atPath: command.path("run/metrics.jsonl")) {
            Thread.sleep(forTimeInterval: 0.05)
        }
        kill(running.process.processIdentifier, SIGINT)
        let result = try command.finish(running)
        #expect(result.status == 130)
        #expect(result.error.contains("continue with: strata train --resume run"))
        #expect(try command.run("sample", "run", "--count", "4").status == 0)
    }

    @Test func aFullDiskLeavesTheOldCheckpoint() throws {
        let data = try command.writeData()
        let train = "\(Command.binary) train vae --data \(data) --backend simd"
        _ = try command.shell("\(train) --epochs 1 --out run")
        let before = try Data(contentsOf: URL(fileURLWithPath: command.path("run/checkpoint.safetensors")))
        // No file may grow beyond 64 blocks of 512 bytes, and the signal for trying is ignored.
        let full = try command.shell("trap '' XFSZ; ulimit -f 64; \(Command.binary) train --resume run --epochs 2")
        #expect(full.status == 1 && full.complaint.contains("cannot write"), "\(full.error)")
        let after = try Data(contentsOf: URL(fileURLWithPath: command.path("run/checkpoint.safetensors")))
        #expect(before == after)
        let left = try FileManager.default.contentsOfDirectory(atPath: command.path("run"))
        #expect(!left.contains { $0.hasSuffix(".tmp") })
    }
}
