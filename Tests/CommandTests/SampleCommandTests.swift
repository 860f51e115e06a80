import Foundation
import StrataData
import Testing

@Suite struct SampleCommandTests {
    let command = Command()

    private func complaint(_ arguments: String...) throws -> String {
        let result = try command.finish(command.start(arguments))
        #expect(result.status > 0)
        return result.complaint
    }

    @Test func halvesOfImagesAreCompleted() throws {
        let data = try command.writeData()
        _ = try command.run("train", "rbm", "--data", data, "--hidden", "8", "--epochs", "1", "--out", "run")
        let made = try command.run("sample", "run", "--keep", "left", "--count", "5", "--out", "c.npy", "--json")
        #expect(made.status == 0 && made.json["count"] as? Int == 5, "\(made.error)")
        let found = try NPY.parse(FileBytes.read(command.path("c.npy")), path: "c.npy")
        #expect(found.shape == [5, 8, 8])
        let originals = try DataPath.load(data).test.values(0..<5)
        let isHeld = originals.indices.map { found.floats[$0] == originals[$0] }
        #expect(originals.indices.allSatisfy { $0 % 8 >= 4 || isHeld[$0] } && isHeld.contains(false))
        #expect(try command.run("sample", "run", "--keep", "top").status == 0)
        let images = try FileManager.default.contentsOfDirectory(atPath: command.path("run"))
        #expect(images.contains { $0.hasPrefix("completions.p") }, "\(images)")

        #expect(try complaint("sample", "run", "--class", "1").contains("it was trained without"))
        #expect(try complaint("sample", "run", "--keep", "middle").contains("unknown half 'middle'"))
    }

    @Test func whatCannotBeHeldIsRefused() throws {
        _ = try command.run(
            "train", "vae", "--data", command.writeData(), "--hidden", "8", "--epochs", "1", "--out", "vae")
        #expect(try complaint("sample", "vae", "--keep", "top").contains("cannot sample with units held"))
        let rows = try StoredArray((0..<240).map { Float($0 % 7) / 7 }, shape: [40, 6])
        try AtomicFile.write(command.path("rows.npy"), NPY.encode(rows))
        _ = try command.run("train", "rbm", "--data", "rows.npy", "--hidden", "8", "--epochs", "1", "--out", "rows")
        #expect(try complaint("sample", "rows", "--keep", "top").contains("examples of [6] are no images"))
    }

    @Test func aClassIsSampledByItsNameOrNumber() throws {
        let trained = try command.run(
            "train", "discriminative-rbm", "--data", "sprites", "--hidden", "8", "--steps", "2", "--out", "run",
            "--json")
        #expect(trained.status == 0 && trained.json["cross_entropy"] is Double, "\(trained.error)")
        let both = try ["heart", "2"].map { name in
            let made = try command.run("sample", "run", "--class", name, "--count", "2", "--out", "\(name).npy")
            #expect(made.status == 0, "\(made.error)")
            return try Data(contentsOf: URL(fileURLWithPath: command.path("\(name).npy")))
        }
        #expect(both[0] == both[1])
        let nearest = try complaint("sample", "run", "--class", "hart")
        #expect(nearest.contains("unknown class 'hart': did you mean 'heart'?"))
        #expect(try complaint("sample", "run", "--class", "3").contains("unknown class '3'"))
        #expect(try complaint("sample", "run", "--class", "-1").contains("unknown class '-1'"))
    }
}
