import Foundation
import Testing

@Suite struct LatentCommandTests {
    let command = Command()

    /// On sprites, whose factors are known.
    @Test func everyToolWorks() throws {
        _ = try command.run(
            "train", "vae", "--data", "sprites", "--hidden", "16", "--latent", "4", "--steps", "40", "--out", "run")
        _ = try command.run(
            "train", "pca", "--data", "sprites", "--components", "6", "--out", "other")
        _ = try command.run(
            "train", "gan", "--data", "sprites", "--noise", "3", "--steps", "5", "--out", "gan")
        for arguments in [
            ["attribute", "run", "--with", "size", "--count", "2"],
            ["arithmetic", "run", "3", "-", "5", "+", "size=1"],
            ["variations", "run", "--count", "2"], ["traversals", "run"], ["neighbours", "run", "--count", "2"],
            ["translate", "run", "other", "--count", "8"], ["neighbours", "gan", "--count", "1"],
        ] {
            let found = try command.finish(command.start(["latent"] + arguments + ["--json"]))
            let file = try #require(found.json["out"] as? String, "\(arguments) \(found.error)")
            #expect(FileManager.default.fileExists(atPath: command.path(file)), "\(file)")
        }
        for along in ["linear", "spherical", "geodesic"] {
            let found = try command.run("interpolate", "run", "--count", "2", "--along", along, "--json")
            #expect(try #require(found.json["length"] as? Double) > 0)
        }
    }

    @Test func whatCannotBeMovedIsRefused() throws {
        let data = try command.writeData()
        _ = try command.run("train", "pca", "--data", data, "--components", "2", "--out", "run")
        _ = try command.run("train", "made", "--data", data, "--hidden", "4", "--epochs", "1", "--out", "made")
        let wide = try command.writeData("wide.npy", side: 9)
        _ = try command.run("train", "pca", "--data", wide, "--components", "2", "--out", "wide")
        for (arguments, part) in [
            (["attribute", "run", "--with", "size"], "unknown attribute 'size'"),
            (["arithmetic", "run", "1", "2"], "expected words with + or -"),
            (["arithmetic", "run", "12"], "example 12: there are 0 to 11"),
            (["variations", "made"], "it has no decoder"), (["traversals", "run", "--steps", "1"], "--steps 1"),
            (["neighbours", "run", "--neighbours", "200"], "--neighbours 200"),
            (["translate", "run", "wide"], "not of the same examples"),
            (["variations", "run", "--deviations", "nan"], "--deviations nan"),
        ] {
            let result = try command.finish(command.start(["latent"] + arguments))
            #expect(result.status > 0 && result.error.contains(part), "\(arguments) \(result.error)")
        }
    }
}
