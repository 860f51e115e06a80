import Foundation
import StrataBackend
import StrataData
import Testing

/// Arrays from standard input and to standard output.
@Suite struct PipeCommandTests {
    let command = Command()

    /// A run trained on 60 rows of 4 numbers, and the array.
    private func trained() throws -> String {
        let values = (0..<240).map { Float($0 * 37 % 101) / 101 }
        try AtomicFile.write(command.path("x.npy"), NPY.encode(StoredArray(values, shape: [60, 4])))
        let result = try command.run(
            "train", "vae", "--hidden", "5", "--latent", "2", "--data", "x.npy", "--epochs", "1", "--out", "run")
        #expect(result.status == 0, "\(result.error)")
        return Command.binary
    }

    @Test func arraysGoThroughAPipe() throws {
        let strata = try trained()
        let piped = try command.shell(
            "\(strata) encode run --data - --out - < x.npy > piped.npy && \(strata) encode run --data x.npy --out file.npy"
        )
        #expect(piped.status == 0, "\(piped.error)")
        #expect(piped.error.contains("60 codes of 2 numbers are in -"))
        let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: command.path("piped.npy"))))
        #expect(try NPY.parse(bytes, path: "").shape == [60, 2])
        // All rows in their order, in a pipe and from a file.
        #expect(try bytes == [UInt8](Data(contentsOf: URL(fileURLWithPath: command.path("file.npy")))))

        let chain = try command.shell(
            "\(strata) sample run --count 3 --out - --quiet | \(strata) reconstruct run --data - --count 3 --out - --quiet > y.npy"
        )
        #expect(chain.status == 0 && chain.error == "" && chain.output == "", "\(chain.error)")
        let result = try [UInt8](Data(contentsOf: URL(fileURLWithPath: command.path("y.npy"))))
        #expect(try NPY.parse(result, path: "").shape == [3, 4])
    }

    @Test func aPipeThatGivesNoArrayIsRefused() throws {
        let strata = try trained()
        let cases = [
            ("printf '' | \(strata) encode run --data -", "standard input: is empty"),
            ("echo 1,2,3,4 | \(strata) encode run --data -", "standard input: is no array"),
            ("head -c 200 x.npy | \(strata) encode run --data -", "standard input: "),
            ("\(strata) encode run --data - --out - --json < x.npy", "not both"),
        ]
        for (script, expected) in cases {
            let result = try command.shell(script)
            #expect(result.status != 0 && result.complaint.contains(expected), "\(script): \(result.error)")
            #expect(result.output == "")
        }
    }
}
