import Testing

@Suite struct DistanceCommandTests {
    let command = Command()

    @Test func samplesAreComparedWithData() throws {
        let data = try command.writeData()
        _ = try command.run("train", "vae", "--data", data, "--latent", "4", "--epochs", "1", "--out", "run")
        let itself = try command.run("distance", data, data, "--json")
        // The same examples: no distance, and each within a neighbourhood of its own.
        #expect(try #require(itself.json["frechet_distance"] as? Double) < 1e-4, "\(itself.error)")
        for name in ["precision", "recall", "coverage"] { #expect(itself.json[name] as? Double == 1) }
        #expect(itself.json["real_count"] as? Int == itself.json["sample_count"] as? Int)

        let codes = try command.run("distance", data, "run", "--features", "run", "--count", "30", "--json")
        #expect(codes.json["width"] as? Int == 4 && codes.json["sample_count"] as? Int == 30, "\(codes.error)")
        #expect(try command.run("distance", data, "run").output.contains("frechet_distance"))
    }

    /// Samples are counted by modes where the data know theirs, not by those of codes.
    @Test func modesAreCounted() throws {
        let ring = try command.run("distance", "ring", "ring", "--count", "40", "--json")
        #expect(ring.json["modes_covered"] as? Double == 8, "\(ring.error)")
        // Forty drawn at random are not five of each.
        #expect(try #require(ring.json["mode_divergence"] as? Double) < 0.3)
        #expect(try #require(ring.json["high_quality_samples"] as? Double) > 0.8)
        let other = try command.run("distance", "spirals", "ring", "--count", "40", "--json")
        #expect(other.json["modes_covered"] == nil && other.json["precision"] != nil, "\(other.error)")
    }

    @Test func whatCannotBeComparedIsRefused() throws {
        let (data, wide) = (try command.writeData(), try command.writeData("wide.npy", side: 9))
        _ = try command.run("train", "rbm", "--data", wide, "--hidden", "4", "--epochs", "1", "--out", "wide")
        for (arguments, part) in [
            ([data, wide], "cannot be compared"), ([data, "nowhere"], "nowhere"),
            ([data, data, "--features", "wide"], "the codes of wide: examples of 81 numbers"),
            ([data, data, "--count", "0"], "--count 0"),
            ([data, data, "--count", "20"], "at least 21 examples"),
            ([data, data, "--features", "no"], "holds no run"),
        ] {
            let result = try command.finish(command.start(["distance"] + arguments))
            #expect(result.status > 0 && result.output.isEmpty, "\(arguments)")
            #expect(result.error.contains(part), "\(arguments) \(result.error)")
        }
    }
}
