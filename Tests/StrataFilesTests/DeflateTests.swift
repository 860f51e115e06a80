#if PNG
import StrataBackend
import StrataData
@testable import StrataFiles
import Testing

@Suite struct DeflateTests {
    static let text = Array((String(repeating: "strata ", count: 50) + "layer on layer").utf8)

    @Test func gunzipsEveryMember() throws {
        #expect(try Deflate.gunzip(Fixture.gzip) == Self.text)
    }

    @Test func refusesDamage() throws {
        // The end of the first member is a sound file of its own.
        let first = try #require(
            Fixture.gzip.indices.dropFirst().first { Fixture.gzip[$0...].starts(with: [0x1F, 0x8B]) })
        for length in 0..<Fixture.gzip.count where length != first {
            #expect(throws: StrataError.self, "cut to \(length) bytes") {
                try Deflate.gunzip(Array(Fixture.gzip.prefix(length)))
            }
        }
        for position in Fixture.gzip.indices {
            var damaged = Fixture.gzip
            damaged[position] ^= 0x55
            do {
                // Only the header's time, flags and system may change without harm.
                let content = try Deflate.gunzip(damaged)
                #expect(content == Self.text || content == Self.text.dropLast(14), "byte \(position)")
            } catch { #expect(error is StrataError) }
        }
        #expect(throws: StrataError.self) { try Deflate.gunzip([]) }
        #expect(throws: StrataError.self) { try Deflate.gunzip(Array(repeating: 7, count: 100)) }
    }

    /// Without header and checksum, what is left of a gzip member is raw deflate.
    static func deflated() throws -> [UInt8] {
        let first = try #require(
            Fixture.gzip.indices.dropFirst().first { Fixture.gzip[$0...].starts(with: [0x1F, 0x8B]) })
        return Array(Fixture.gzip[10..<first - 8])
    }

    @Test func inflatesExactly() throws {
        let deflated = try Self.deflated()
        #expect(try Deflate.inflate(deflated, count: 350) == Array(Self.text.prefix(350)))
        for count in [0, 1, 349, 351, 100_000] {
            #expect(throws: StrataError.self, "\(count)") { try Deflate.inflate(deflated, count: count) }
        }
        for length in deflated.indices {
            #expect(throws: StrataError.self) { try Deflate.inflate(Array(deflated.prefix(length)), count: 350) }
        }
    }

    @Test func readsCompressedNPZ() throws {
        let archive = try NPZ(Fixture.npz, path: "a.npz")
        #expect(archive.names == ["x_test", "x_train", "y_test", "y_train"])
        let x = try #require(try archive.array("x_train", codecs: .system))
        #expect(x.shape == [20, 3] && x.bytes == Array(0..<60))
        #expect(try archive.array("y_train", codecs: .system)?.int32s() == (0..<20).map { $0 % 3 })
        for position in Fixture.npz.indices {
            var damaged = Fixture.npz
            damaged[position] ^= 0xFF
            do {
                let archive = try NPZ(damaged, path: "a.npz")
                for name in archive.names { _ = try archive.array(name, codecs: .system) }
                if archive.names.contains("x_train") {
                    #expect(
                        try archive.array("x_train", codecs: .system)?.bytes == Array(0..<60), "byte \(position)")
                }
            } catch { #expect(error is StrataError, "byte \(position): \(error)") }
        }
    }

    @Test func compressedVariablesAreRead() throws {
        let folder = try TemporaryFolder()
        let (path, other) = ("\(folder.path)/tunes.mat", "\(folder.path)/damaged.mat")
        try AtomicFile.write(path, Fixture.compressedMAT)
        let data = try DataPath.load(path, codecs: .system)
        #expect(data.exampleShape == [2, 3])
        #expect(try data.train.values(0..<2) == [1, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0])
        #expect(throws: StrataError.self) { try DataPath.load(path) }
        for position in 128..<Fixture.compressedMAT.count {
            var damaged = Fixture.compressedMAT
            damaged[position] ^= 0x55
            try AtomicFile.write(other, damaged)
            do { _ = try DataPath.load(other, codecs: .system) } catch {
                #expect(error is StrataError, "\(position)")
            }
        }
    }
}
#endif
