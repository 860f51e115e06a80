import Foundation
import Testing

@Suite struct ZooCommandTests {
    let command = Command()

    /// Two that are trained, one of them with a setting, and a run that is there.
    @Test func modelsAreComparedInOneTable() throws {
        let data = try command.writeData(count: 300)
        _ = try command.run("train", "made", "--hidden", "8", "--data", data, "--epochs", "1", "--out", "before")
        let found = try command.run(
            "zoo", "vae --latent 3", "gan", "before", "--data", data, "--epochs", "1", "--count", "30", "--out", "zoo",
            "--json")
        let models = try #require(found.json["models"] as? [[String: Any]])
        #expect(models.map { $0["name"] as? String } == ["vae (--latent 3)", "gan", "before"])
        for model in models { #expect((model["frechet_distance"] as? Double ?? -1) >= 0) }
        #expect(models.map { $0["log_likelihood_is"] as? String } == ["lower bound", nil, "exact"])
        let page = try String(contentsOfFile: command.path("zoo/zoo.html"), encoding: .utf8)
        #expect(page.contains("vae (--latent 3)"))
        #if PNG
        #expect(page.contains("data:image/png"))
        #endif

        // Once more: what is there is compared as it is, and nothing is lost where one cannot be trained.
        let again = try command.finish(
            command.start([
                "zoo", "vae --latent 3", "rbm --hiden 3", "--data", data, "--epochs", "1", "--count", "30", "--out",
                "zoo",
            ]))
        #expect(again.error.contains("compared as it is") && again.error.contains("did you mean '--hidden'"))
        #expect(again.status > 0 && again.output.contains("lower bound"))
        #expect(again.complaint == "Error: not compared: rbm (--hiden 3)")
    }

    @Test func whatCannotBeComparedIsRefusedFirst() throws {
        let data = try command.writeData()
        _ = try command.run("train", "vae", "--data", data, "--epochs", "1", "--out", "run")
        for (arguments, part) in [
            ([], "expected"), (["nada"], "did you mean 'nade'"), (["vae", "--count", "0"], "--count 0"),
            (["vae", "--out", "run"], "holds a run already"), (["vae", "--data", "nowhere"], "nowhere"),
        ] {
            let result = try command.finish(command.start(["zoo", "--data", data] + arguments))
            #expect(result.status > 0 && result.error.lowercased().contains(part.lowercased()), "\(result.error)")
        }
    }

    /// Time that is up leaves a run that goes on as if it had never stopped.
    @Test func timeThatIsUpLeavesARun() throws {
        let data = try command.writeData()
        let train = ["train", "vae", "--data", data, "--epochs", "3", "--batch-size", "8"]
        let stopped = try command.finish(command.start(train + ["--minutes", "0.000001", "--out", "stopped"]))
        #expect(stopped.error.contains("the time is up at step"))
        _ = try command.run("train", "--resume", "stopped")
        _ = try command.finish(command.start(train + ["--out", "whole"]))
        let files = try ["stopped", "whole"].map {
            try Data(contentsOf: URL(fileURLWithPath: command.path("\($0)/checkpoint.safetensors")))
        }
        #expect(files[0] == files[1])
        let wrong = try command.finish(command.start(train + ["--minutes", "0"]))
        #expect(wrong.complaint.contains("--minutes 0"))
    }
}
