import Foundation
import StrataBackend
import StrataData
import Testing

/// Classes that are unseen in training, as a user has them.
@Suite struct ZeroShotCommandTests {
    let command = Command()

    /// Nine classes of a row and a column, each example a bit for both and noise. Those of `training` have training examples.
    private func data(_ name: String, training: [Int], unseen: [Int]?, rows: Int = 9) throws -> String {
        var table = [Float](repeating: 0, count: 54)
        for number in 0..<9 { for place in [number / 3, 3 + number % 3] { table[number * 6 + place] = 1 } }
        func examples(_ classes: [Int]) -> (x: [Float], y: [Float]) {
            let labels = (0..<10).flatMap { _ in classes }
            var values: [Float] = []
            for (example, label) in labels.enumerated() {
                for place in 0..<6 {
                    let noise = Float((example * 7 + place * 3) % 11) / 50
                    values.append(table[label * 6 + place] + noise)
                }
            }
            return (values, labels.map { Float($0) })
        }
        let (train, test) = (examples(training), examples(Array(0..<9)))
        try FileManager.default.createDirectory(atPath: command.path(name), withIntermediateDirectories: true)
        var arrays: [(String, StoredArray)] = [
            ("x_train", try StoredArray(train.x, shape: [train.y.count, 6])),
            ("y_train", try StoredArray(train.y, shape: [train.y.count])),
            ("x_test", try StoredArray(test.x, shape: [test.y.count, 6])),
            ("y_test", try StoredArray(test.y, shape: [test.y.count])),
            ("attributes", try StoredArray(Array(table.prefix(rows * 6)), shape: [rows, 6])),
        ]
        if let unseen {
            arrays.append(("unseen", try StoredArray(unseen.map { Float($0) }, shape: [unseen.count])))
        }
        for (array, stored) in arrays {
            try AtomicFile.write("\(command.path(name))/\(array).npy", NPY.encode(stored))
        }
        return command.path(name)
    }

    private let seen = [1, 2, 3, 5, 6, 7]

    /// The report has S, U and H beside chance and the linear model; the run opens without being told anything again.
    @Test func unseenClassesAreReported() throws {
        let all = try data("all", training: Array(0..<9), unseen: nil)
        let result = try command.run(
            "train", "eszsl", "--random-features", "0", "--data", all, "--unseen", "0,4,8", "--out", "run", "--json")
        #expect(result.status == 0, "\(result.error)")
        #expect(result.error.contains("30 training examples of 3 unseen classes are left out"))
        #expect(result.json["zero_shot_accuracy"] as? Double == 1)
        let report = try command.run("evaluate", "run", "--only", "zero-shot", "--json").json
        #expect(report["zero_shot_accuracy"] as? Double == 1 && report["chance"] as? Double == 1.0 / 3)
        for name in ["harmonic_mean", "seen_unseen_area", "linear_zero_shot_accuracy", "linear_harmonic_mean"] {
            #expect(report[name] is Double, "\(name)")
        }
        #expect(FileManager.default.fileExists(atPath: command.path("run/zero-shot.svg")))
        // The same data without the examples of unseen classes, which they name themselves.
        let own = try data("own", training: seen, unseen: [0, 4, 8])
        let other = try command.run(
            "train", "eszsl", "--random-features", "0", "--data", own, "--out", "own-run", "--json")
        #expect(other.json["harmonic_mean"] as? Double == result.json["harmonic_mean"] as? Double)
    }

    @Test func anExperimentIsATable() throws {
        let own = try data("own", training: seen, unseen: [0, 4, 8])
        let result = try command.run(
            "experiment", "zero-shot", "bilinear --random-features 0", "--data", own, "--seeds", "1", "--steps", "60",
            "--json")
        #expect(result.status == 0, "\(result.error)")
        let models = try #require(result.json["summary"] as? [[String: Any]])
        #expect(models.map { $0["model"] as? String } == ["linear", "bilinear --random-features 0"])
        #expect(models.allSatisfy { $0["calibrated_harmonic_mean"] is Double })
    }

    @Test func whatDoesNotFitIsOneLine() throws {
        func complaint(_ arguments: String...) throws -> String {
            let result = try command.finish(command.start(["train", "eszsl", "--out", "no"] + arguments))
            #expect(result.status > 0 && result.output.isEmpty)
            return result.complaint
        }
        let all = try data("all", training: Array(0..<9), unseen: nil)
        #expect(try complaint("--data", all).contains("no class of this data is unseen"))
        #expect(try complaint("--data", all, "--unseen", "9").contains("unknown class '9'"))
        #expect(try complaint("--data", all, "--unseen", "0,1,2,3,4,5,6,7,8").contains("all 9 classes are unseen"))
        #expect(try complaint("--data", all, "--unseen", "1", "--attributes", "no.csv").contains("no.csv"))
        let strict = try data("strict", training: Array(0..<9), unseen: [4])
        #expect(try complaint("--data", strict).contains("training example 4 is of the class '4', which is unseen"))
        let few = try data("few", training: seen, unseen: [0], rows: 8)
        #expect(try complaint("--data", few).contains("attributes describe 8 classes"))
        #expect(try complaint("--data", try command.writeData(), "--unseen", "1").contains("has no labels"))
    }
}
