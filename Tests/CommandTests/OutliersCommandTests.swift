import Foundation
import StrataBackend
import StrataData
import Testing

@Suite struct OutliersCommandTests {
    let command = Command()

    @Test func outliersAreToldAndLookedFor() throws {
        let data = try command.writeData()
        let noise = (0..<40 * 64).map { Threefry.uniform(Threefry.block(key: (1, 2), counter: (UInt32($0), 0)).0) }
        try AtomicFile.write(
            command.path("noise.npy"), NPY.encode(StoredArray(noise, shape: [40, 8, 8])))
        _ = try command.run(
            "train", "vae", "--data", data, "--hidden", "16", "--latent", "2", "--epochs", "3", "--out", "a")
        let found = try command.run(
            "outliers", "a", "--against", command.path("noise.npy"), "--regret-steps", "5", "--background", "a",
            "--json")
        let scores = try #require(found.json["scores"] as? [[String: Any]], "\(found.error)")
        let areas = Dictionary(
            uniqueKeysWithValues: scores.compactMap { score in
                (score["score"] as? String).flatMap { name in (score["auroc"] as? Double).map { (name, $0) } }
            })
        #expect(areas.count == scores.count && areas["likelihood_regret"] != nil && areas["energy"] == nil)
        #expect(areas["nearest_neighbours"] ?? 0 > 0.9, "\(areas)")
        // The same model twice tells nothing.
        #expect(areas["likelihood_ratio"] == 0.5)
        #expect(found.json["outlier_count"] as? Int == 40)
        #expect(try String(contentsOfFile: command.path("a/outliers.svg"), encoding: .utf8).contains("typicality"))

        let ranked = try command.run("outliers", "a", "--score", "brightness", "--json")
        #expect((ranked.json["files"] as? [String])?.count == 2, "\(ranked.error)")
        let table = try String(contentsOfFile: command.path("a/outliers.csv"), encoding: .utf8).split(separator: "\n")
        #expect(table[0] == "example,brightness" && table.count == (ranked.json["count"] as? Int ?? 0) + 1)
    }

    @Test func whatCannotBeIsRefused() throws {
        let data = try command.writeData()
        let wide = try command.writeData("wide.npy", side: 9)
        _ = try command.run("train", "pca", "--data", data, "--components", "3", "--out", "a")
        for (arguments, part) in [
            (["--against", wide], "[9, 9]"), (["--scores", "energy", "--against", data], "takes a classifier"),
            (["--scores", "enrgy", "--against", data], "energy"), (["--held-out", "x"], "no labels"),
            (["--count", "0"], "--count 0"), (["--regret-steps", "0"], "--regret-steps 0"),
            (["--seed", "-1"], "--seed -1"),
            (["--score", "likelihood_ratio"], "background"), (["--background", "nowhere"], "nowhere holds no run"),
            (["--score", "brightness", "--against", data], "--scores"),
        ] {
            let result = try command.finish(command.start(["outliers", "a"] + arguments))
            #expect(result.status > 0 && result.output.isEmpty, "\(arguments)")
            #expect(result.error.contains(part), "\(arguments) \(result.error)")
        }
    }
}
