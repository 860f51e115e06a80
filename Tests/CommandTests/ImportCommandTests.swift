#if ONNX
import Foundation
import StrataBackend
import StrataData
import Testing

/// Models of ONNX as runs, and runs as models of ONNX.
@Suite struct ImportCommandTests {
    let command = Command()

    @discardableResult private func run(_ line: String, fails: Bool = false) throws -> Command.Result {
        let result = try command.shell(line.replacing("strata ", with: "\(Command.binary) "))
        #expect((result.status != 0) == fails, "\(line): \(result.error)")
        return result
    }

    private func numbers(_ name: String) throws -> [Float] {
        try NPY.parse([UInt8](Data(contentsOf: URL(fileURLWithPath: command.path(name)))), path: "").floats
    }

    /// An autoencoder on 80 rows of 6 numbers, and its models of ONNX.
    private func exported() throws {
        let values = (0..<480).map { (place: Int) -> Float in Float((place * 37 + place / 6 * 11) % 101) / 101 }
        try AtomicFile.write(command.path("x.npy"), NPY.encode(StoredArray(values, shape: [80, 6])))
        try run("strata train autoencoder --hidden 8 --code 3 --loss squared --epochs 2 --data x.npy --out run")
        try run("strata export run --to onnx --out files")
    }

    @Test func aNetworkComesBackAndGoesOnLearning() throws {
        try exported()
        try run("strata import files/encode.onnx --decoder files/decode.onnx --data x.npy --out back")
        try run("strata encode run --data x.npy --out a.npy && strata encode back --data x.npy --out b.npy")
        let (before, after) = (try numbers("a.npy"), try numbers("b.npy"))
        #expect(before.count == 240 && zip(before, after).allSatisfy { abs($0 - $1) < 1e-6 })
        let first = try run("strata evaluate back --data x.npy --only codes --json")
        #expect(first.output.contains("reconstruction_error") || first.output.contains("participation_ratio"))
        try run("strata train --resume back --epochs 3")
        try run("strata encode back --data x.npy --out c.npy")
        #expect(try numbers("c.npy") != after)
        let profile = try run("strata profile back --seconds 0.05 --json")
        #expect(profile.output.contains("\"kernels\""))
        // The checkpoint alone says what it is of.
        try run("strata encode back/checkpoint.safetensors --data x.npy --out d.npy")
        #expect(try numbers("d.npy") == numbers("c.npy"))
    }

    @Test func aNetworkWithoutATaskIsUsedOnly() throws {
        try exported()
        try run("strata import files/encode.onnx --data x.npy --out codes")
        #expect(try run("strata train --resume codes --epochs 1", fails: true).error.contains("nothing to learn"))
        #expect(
            try run("strata import files/encode.onnx --outputs features --data x.npy", fails: true).error.contains(
                "labels"))
        #expect(try run("strata import files/encode.onnx --output z", fails: true).error.contains("unknown output"))
        #expect(try run("strata import x.npy", fails: true).error.contains("is not an ONNX model"))
        #expect(
            try run("strata import files/encode.onnx --data x.npy --out codes", fails: true).error.contains(
                "holds a run"))
    }

    @Test func optionsCountForTheirFormat() throws {
        try exported()
        #expect(try run("strata export run --to hf --opset 17 --out h", fails: true).error.contains("--opset"))
        #expect(try run("strata export run --to onnx --opset 23 --out h", fails: true).error.contains("17 to 22"))
        #expect(
            try run("strata export run --to onnx --ability sample --out h", fails: true).error.contains(
                "no such ability"))
        try run("strata export run --to onnx --ability decode --out one.onnx")
        #expect(FileManager.default.fileExists(atPath: command.path("one.onnx")))
    }
}
#endif
