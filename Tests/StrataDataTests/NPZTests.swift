import StrataBackend
import StrataData
import Testing

@Suite struct NPZTests {
    @Test func readsWhatNumPyWrites() throws {
        let archive = try NPZ(Fixture.npz, path: "a.npz")
        #expect(archive.names == ["x", "y"])
        let x = try #require(try archive.array("x"))
        #expect(x.dtype == .uint8 && x.shape == [3, 2, 2] && x.bytes == Array(0..<12))
        #expect(try archive.array("y")?.int32s() == [0, 2, 1])
        #expect(try archive.array("z") == nil)
    }

    @Test func refusesDamage() {
        // Everything is read: a damaged member must not pass as sound.
        checkDamage(of: Fixture.npz) { bytes in
            let archive = try NPZ(bytes, path: "a.npz")
            let arrays = try archive.names.compactMap { try archive.array($0) }
            if archive.names == ["x", "y"] {
                #expect(arrays.first?.bytes == Array(0..<12), "a change in the values went unseen")
            }
        }
        #expect(message { try NPZ([], path: "a.npz") }.contains("is not a ZIP file"))
        #expect(message { try NPZ(Fixture.npyFloat, path: "a.npz") }.contains("is not a ZIP file"))
    }

    /// The fixture with its first member marked as deflated, in the directory.
    static func deflated() throws -> [UInt8] {
        var bytes = Fixture.npz
        let entry = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
        bytes[entry + 10] = 8
        return bytes
    }

    @Test func passesCompressedMembersToTheCodec() throws {
        let archive = try NPZ(Self.deflated(), path: "a.npz")
        #expect(message { try archive.array("x") }.contains("savez"))
        // A codec that finds the data stored after all.
        let array = try archive.array("x", codecs: Codecs(inflate: { bytes, _ in bytes }))
        #expect(array?.bytes == Array(0..<12))
        let wrong = Codecs(inflate: { bytes, _ in bytes.reversed() })
        #expect(message { try archive.array("x", codecs: wrong) }.contains("fails its checksum"))
    }

    @Test func refusesALengthThatDeflateCannotReach() throws {
        var bytes = try Self.deflated()
        let entry = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
        bytes[entry + 24..<entry + 28] = [0, 0, 0, 0x7F]
        let archive = try NPZ(bytes, path: "a.npz")
        let codec = Codecs(inflate: { _, count in
            Issue.record("asked for \(count) bytes")
            return []
        })
        #expect(message { try archive.array("x", codecs: codec) }.contains("impossible length"))
    }
}
