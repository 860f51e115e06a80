import Foundation
import StrataBackend
import StrataData
import Testing

/// What a run knows of its data: other data are compared with them, and a run goes on with the same alone.
@Suite struct RunDataTests {
    let command = Command()

    /// Images of 8 × 8 whose values are 0…255, as bytes or as floats divided by a number.
    private func writeImages(_ name: String, count: Int = 120, floats divisor: Float? = nil) throws -> String {
        var bytes: [UInt8] = []
        for image in 0..<count {
            let slope = 1 + image % 4
            for pixel in 0..<64 { bytes.append(UInt8(pixel * slope * 255 / 252)) }
        }
        let shape: Shape = [count, 8, 8]
        let array =
            try divisor.map { divisor in try StoredArray(bytes.map { Float($0) / divisor }, shape: shape) }
            ?? StoredArray(dtype: .uint8, shape: shape, bytes: bytes)
        try AtomicFile.write(command.path(name), NPY.encode(array))
        return name
    }

    private func complaint(_ arguments: String...) throws -> String {
        let result = try command.finish(command.start(arguments))
        #expect(result.status > 0 && result.output.isEmpty, "\(arguments)")
        return result.complaint
    }

    private func configuration(_ run: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(fileURLWithPath: command.path("\(run)/config.json")))
        return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    private func codes(_ arguments: String...) throws -> [Float] {
        let result = try command.finish(command.start(["encode", "run", "--out", "codes.npy"] + arguments))
        #expect(result.status == 0, "\(result.error)")
        return try NPY.parse(FileBytes.read(command.path("codes.npy")), path: "codes.npy").floats
    }

    @Test func valuesOnAnotherScaleAreRefused() throws {
        let bytes = try writeImages("bytes.npy")
        _ = try command.run("train", "autoencoder", "--data", bytes, "--epochs", "1", "--out", "run")
        for arguments in [["encode"], ["reconstruct"], ["evaluate"], ["interpolate"], ["compare"]] {
            let refusal = try command.finish(
                command.start(arguments + ["run", "--data", writeImages("large.npy", floats: 1)]))
            #expect(refusal.status > 0, "\(arguments)")
            #expect(
                refusal.complaint.contains(
                    "float32 values from 0 to 255, the model was trained on uint8 values from 0 to 255, which it sees as 0 to 1;"
                        + " store them as uint8, or divide them by 255"),
                "\(arguments) \(refusal.error)")
        }
        let unit = try writeImages("unit.npy", floats: 255)
        func areAlike(_ a: [Float], _ b: [Float]) -> Bool {
            a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 }
        }
        // Data in one piece are encoded whole, where nobody asks for a split.
        let whole = try codes("--data", bytes)
        #expect(try areAlike(whole, codes("--data", unit)))
        let drawn = try codes()
        #expect(try drawn.count < whole.count && areAlike(drawn, codes("--data", unit, "--split", "test")))
        // The other way round: floats of 0…255, then bytes, which a model sees as 0…1.
        _ = try command.run("train", "pca", "--components", "2", "--data", "large.npy", "--out", "wide")
        #expect(try complaint("encode", "wide", "--data", bytes).contains("store them as float32"))
    }

    @Test func valuesALittleBeyondAreTold() throws {
        let data = try writeImages("unit.npy", floats: 255)
        _ = try command.run("train", "autoencoder", "--data", data, "--epochs", "1", "--out", "run")
        let result = try command.run("encode", "run", "--data", writeImages("wider.npy", floats: 127.5))
        #expect(result.status == 0 && result.error.contains("float32 values from 0 to 2.0") == false)
        #expect(
            result.error.contains("values from 0 to 2, the model was trained on float32 values from 0 to 1"),
            "\(result.error)")
    }

    @Test func aRunGoesOnWithTheSameDataAlone() throws {
        let data = try writeImages("images.npy")
        _ = try command.run("train", "vae", "--data", data, "--epochs", "2", "--out", "run")
        let before = try files("run")
        _ = try writeImages("images.npy", count: 150)
        #expect(
            try complaint("train", "--resume", "run", "--epochs", "4").contains(
                "has 135 training examples, the run was trained on 108; continue with the same data, or train anew"))
        var other = try NPY.parse(FileBytes.read(command.path(writeImages("images.npy"))), path: "").bytes
        other[70] ^= 1
        try AtomicFile.write(
            command.path("images.npy"), NPY.encode(StoredArray(dtype: .uint8, shape: [120, 8, 8], bytes: other)))
        #expect(try complaint("train", "--resume", "run", "--epochs", "4").contains("'example'"))
        _ = try writeImages("images.npy", floats: 255)
        #expect(try complaint("train", "--resume", "run", "--epochs", "4").contains("has float32 values"))
        #expect(try files("run") == before)
        _ = try writeImages("images.npy")
        #expect(try command.run("train", "--resume", "run", "--epochs", "3").status == 0)
    }

    private func files(_ run: String) throws -> [String: Data] {
        let names = ["config.json", "metrics.jsonl", "checkpoint.safetensors"]
        return try Dictionary(
            uniqueKeysWithValues: names.map {
                ($0, try Data(contentsOf: URL(fileURLWithPath: command.path("\(run)/\($0)"))))
            })
    }

    @Test func aRunDoesNotBecomeShorter() throws {
        let data = try writeImages("images.npy")
        _ = try command.run("train", "vae", "--data", data, "--epochs", "4", "--batch-size", "50", "--out", "run")
        let before = try files("run")
        #expect(try complaint("train", "--resume", "run", "--epochs", "2").contains("--epochs 2: the run has done"))
        #expect(try complaint("train", "--resume", "run", "--steps", "3").contains("--steps 3: the run has done 12"))
        #expect(try complaint("train", "--resume", "run", "--epochs", "5", "--threads", "0").contains("--threads 0"))
        #expect(
            try complaint("train", "--resume", "run", "--epochs", "5", "--force").contains("--force cannot be changed"))
        #expect(try files("run") == before)
    }

    @Test func dataMayMove() throws {
        let data = try writeImages("images.npy")
        for (model, out) in [("vae", "run"), ("autoencoder", "plain")] {
            _ = try command.run("train", model, "--data", data, "--epochs", "1", "--out", out)
        }
        #expect(try configuration("run")["data"] as? String == command.path("images.npy"))
        try FileManager.default.moveItem(atPath: command.path("images.npy"), toPath: command.path("moved.npy"))
        // A model with a distribution of its own needs no data.
        #expect(try command.run("sample", "run", "--out", "s.npy").status == 0)
        let missing = "--data \(command.path("images.npy")): no such file or folder, and the run was trained on it"
        #expect(try complaint("sample", "plain", "--out", "s.npy").contains(missing))
        #expect(try complaint("train", "--resume", "run", "--epochs", "2").contains(missing))
        #expect(try complaint("encode", "run").contains(missing))
        #expect(try command.run("sample", "plain", "--out", "s.npy", "--data", "moved.npy").status == 0)
        _ = try writeImages("other.npy", count: 100)
        #expect(try complaint("sample", "plain", "--data", "other.npy").contains("has 90 training examples"))
        #expect(try complaint("train", "--resume", "run", "--data", "other.npy").contains("has 90 training examples"))
        #expect(try complaint("sample", "run", "--data", "moved.npy").contains("draws samples without any data"))
        #expect(try command.run("train", "--resume", "run", "--epochs", "2", "--data", "moved.npy").status == 0)
        #expect(try configuration("run")["data"] as? String == command.path("moved.npy"))
    }

    @Test func runsOfTheFirstFormatOpen() throws {
        _ = try command.run("train", "vae", "--data", writeImages("images.npy"), "--epochs", "1", "--out", "run")
        var fields = try configuration("run")
        #expect(fields["data_facts"] is [String: Any])
        for name in ["format", "data_facts", "optimizer", "validation", "patience"] { fields[name] = nil }
        fields["learning_rate"] = 0.001
        fields["data"] = "images.npy"
        try JSONSerialization.data(withJSONObject: fields).write(
            to: URL(fileURLWithPath: command.path("run/config.json")))
        #expect(try command.run("encode", "run").status == 0)
        #expect(try command.run("train", "--resume", "run", "--epochs", "2").status == 0)
        fields["format"] = 4
        try JSONSerialization.data(withJSONObject: fields).write(
            to: URL(fileURLWithPath: command.path("run/config.json")))
        #expect(try complaint("encode", "run").contains("is of format 4, and this program reads up to 3"))
    }

    @Test func damagedShapesAreTold() throws {
        _ = try command.run("train", "vae", "--data", writeImages("images.npy"), "--epochs", "1", "--out", "run")
        let whole = try configuration("run")
        for shape in [
            [], [0], [-8, 8], [1_000_000, 1_000_000, 1_000_000, 1_000_000], [9_223_372_036_854_775_807, 2],
        ] as [[Int]] {
            var fields = whole
            fields["example_shape"] = shape
            try JSONSerialization.data(withJSONObject: fields).write(
                to: URL(fileURLWithPath: command.path("run/config.json")))
            #expect(try complaint("sample", "run").contains("'example_shape' is missing or malformed"), "\(shape)")
        }
    }

    @Test func codesAreTablesWhenAsked() throws {
        _ = try command.run(
            "train", "vae", "--data", writeImages("images.npy"), "--latent", "3", "--epochs", "1", "--out", "run")
        let expected = try codes()
        for (name, separator) in [("codes.csv", ","), ("codes.tsv", "\t")] {
            #expect(try command.run("encode", "run", "--out", name).status == 0)
            let rows = try String(contentsOfFile: command.path(name), encoding: .utf8).split(separator: "\n")
            #expect(rows.count == 12 && rows.flatMap { $0.split(separator: separator).map { Float($0) } } == expected)
        }
        #expect(
            try complaint("encode", "run", "--out", "codes.txt").contains(
                "--out codes.txt: expected a name that ends in"))
    }
}
