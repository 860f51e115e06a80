import Foundation
import Testing

@Suite struct CompareCommandTests {
    let command = Command()

    @Test func layersOfTwoRunsAreCompared() throws {
        let data = try command.writeData()
        _ = try command.run(
            "train", "deep-autoencoder", "--data", data, "--hidden", "16", "--code", "4", "--epochs", "1", "--out", "a")
        _ = try command.run("train", "rbm", "--data", data, "--hidden", "12", "--epochs", "1", "--out", "b")
        let itself = try command.run("compare", "a", "--json")
        #expect(itself.json["rows"] as? [String] == ["encoder.0", "encoder.1"], "\(itself.error)")
        let table = try #require(itself.json["cka"] as? [[Double]])
        #expect(abs(table[0][0] - 1) < 1e-4 && abs(table[1][1] - 1) < 1e-4 && abs(table[0][1] - table[1][0]) < 1e-4)
        #expect(table[0][1] > 0 && table[0][1] < 1)

        let both = try command.run("compare", "a", "b", "--count", "10", "--out", "cka.svg", "--json")
        #expect(both.json["columns"] as? [String] == ["code"] && both.json["count"] as? Int == 10, "\(both.error)")
        #expect((both.json["cka"] as? [[Double]])?.map(\.count) == [1, 1])
        #expect(try String(contentsOfFile: command.path("cka.svg"), encoding: .utf8).contains(">encoder.1</text>"))
        let relative = try command.run("compare", "a", "b", "--count", "10", "--anchors", "5", "--json")
        let found = try #require(relative.json["relative"] as? [String: Any], "\(relative.error)")
        #expect(found["anchors"] as? Int == 5 && (0...1).contains(found["jaccard"] as? Double ?? -1))
        // The data have no labels.
        #expect(found["relative_heads"] is NSNull && relative.json["cka"] != nil)
        let text = try command.run("compare", "a", "b").output.split(separator: "\n")
        #expect(text.count == 3 && text[0].hasSuffix("code") && text[2].hasPrefix("encoder.1"))
    }

    @Test func whatCannotBeComparedIsRefused() throws {
        let (data, wide) = (try command.writeData(), try command.writeData("wide.npy", side: 9))
        for (model, data, out) in [("rbm", data, "a"), ("rbm", wide, "b"), ("gan", data, "c")] {
            _ = try command.run("train", model, "--data", data, "--epochs", "1", "--out", out)
        }
        for (arguments, part) in [
            (["a", "b"], "[9, 9]"), (["a", "nowhere"], "nowhere holds no run"), (["a", "--count", "1"], "--count 1"),
            (["a", "--count", "0"], "--count 0"), (["a", "c"], "cannot encode"),
            (["a", "--anchors", "5"], "another run"),
            (["a", "a", "--anchors", "0"], "--anchors 0"),
        ] {
            let result = try command.finish(command.start(["compare"] + arguments))
            #expect(result.status > 0 && result.output.isEmpty, "\(arguments)")
            #expect(result.error.contains(part), "\(arguments) \(result.error)")
        }
    }
}
