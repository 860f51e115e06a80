import FoundationEssentials
import StrataBackend
import StrataData
import Testing

@Suite struct SafeTensorsTests {
    static func file(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8) + data
    }

    static func sample() throws -> SafeTensors {
        SafeTensors(
            tensors: [
                "encoder.0.weight": try StoredArray((0..<6).map { Float($0) / 3 }, shape: [2, 3]),
                "pixels": try StoredArray(dtype: .uint8, shape: [3], bytes: [1, 2, 3]),
                "step/\"ä\"": try StoredArray([41 as Int32], shape: []),
                "empty": try StoredArray([] as [Float], shape: [0, 4]),
            ],
            metadata: ["model": "vae", "note": "line\nbreak"])
    }

    @Test func readsWhatTheReferenceWrites() throws {
        let file = try SafeTensors(parsing: Fixture.safetensors, path: "a")
        #expect(file.metadata == ["model": "vae", "note": "ä"])
        #expect(file.tensors.count == 9)
        #expect(file.tensors["w"] == (try StoredArray([0.5, 1.5, 2.5, 3.5, 4.5, 5.5] as [Float], shape: [2, 3])))
        #expect(file.tensors["steps"] == (try StoredArray([7 as Int32], shape: [1])))
        #expect(file.tensors["pixels"] == (try StoredArray(dtype: .uint8, shape: [3], bytes: [0, 128, 255])))
        #expect(file.tensors["half"]?.floats == [1.5, -2] && file.tensors["half"]?.dtype == .float32)
        #expect(file.tensors["brain"]?.floats == [1.5, -2])
        #expect(file.tensors["double"]?.floats == [0.25])
        #expect(try file.tensors["long"]?.int32s() == [-3])
        #expect(file.tensors["truth"]?.floats == [1, 0])
        #expect(file.tensors["scalar"] == (try StoredArray([3 as Float], shape: [])))
    }

    @Test func comesBackFromWriting() throws {
        let sample = try Self.sample()
        let bytes = try sample.encoded()
        #expect(try SafeTensors(parsing: bytes, path: "a") == sample)
        #expect(try SafeTensors(parsing: SafeTensors().encoded(), path: "a") == SafeTensors())
        #expect(bytes == (try Self.sample().encoded()), "equal values, equal bytes")
        let header = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        #expect((8 + header).isMultiple(of: 8))

        let folder = try TemporaryFolder()
        try sample.write(folder.file("w.safetensors"))
        #expect(try SafeTensors.read(folder.file("w.safetensors")) == sample)
        #expect(folder.names == ["w.safetensors"])
    }

    @Test func refusesDamage() throws {
        checkDamage(of: Fixture.safetensors) { try SafeTensors(parsing: $0, path: "a") }
        checkDamage(of: try Self.sample().encoded()) { try SafeTensors(parsing: $0, path: "a") }
    }

    static let a = #""a": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}"#

    @Test(
        arguments: [
            (
                file(
                    "{\(a), \"b\": {\"dtype\": \"U8\", \"shape\": [4], \"data_offsets\": [2, 6]}}", [1, 2, 3, 4, 5, 6]),
                "tensor 'b' starts at byte 2, but the one before ends at 4"
            ),
            (
                file("{\(a), \"b\": {\"dtype\": \"U8\", \"shape\": [4], \"data_offsets\": [0, 4]}}", [1, 2, 3, 4]),
                "starts at byte 0, but the one before ends at 4"
            ),
            (
                file(
                    "{\(a), \"b\": {\"dtype\": \"U8\", \"shape\": [1], \"data_offsets\": [5, 6]}}", [1, 2, 3, 4, 5, 6]),
                "tensor 'b' starts at byte 5"
            ),
            (file("{\(a)}", [1, 2, 3]), "ends at byte 4 of the data, which have 3"),
            (file("{\(a)}", [1, 2, 3, 4, 5]), "1 bytes at its end belong to no tensor"),
            (
                file(#"{"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 4]}}"#, [1, 2, 3, 4]),
                "F32 [4] has 4 bytes"
            ),
            (
                file(#"{"a": {"dtype": "U8", "shape": [-4], "data_offsets": [0, 4]}}"#, [1, 2, 3, 4]),
                "[-4] has 4 bytes"
            ),
            (
                file(#"{"a": {"dtype": "U8", "shape": [4294967296, 4294967296], "data_offsets": [0, 0]}}"#),
                "has 0 bytes"
            ),
            (file(#"{"a": {"dtype": "U8", "shape": [4], "data_offsets": [4, 0]}}"#, [1, 2, 3, 4]), "offsets [4, 0]"),
            (file(#"{"a": {"dtype": "U8", "shape": [4], "data_offsets": [-4, 0]}}"#, [1, 2, 3, 4]), "offsets [-4, 0]"),
            (file(#"{"a": {"dtype": "U8", "shape": [4], "data_offsets": [0]}}"#, [1, 2, 3, 4]), "offsets [0]"),
            (
                file(#"{"a": {"dtype": "U8", "shape": [4], "data_offsets": [0, 9223372036854775807]}}"#),
                "ends at byte 9223372036854775807"
            ),
            (file(#"{"a": {"dtype": "U8", "shape": [1e30], "data_offsets": [0, 0]}}"#), "not the JSON of safetensors"),
            (file(#"{"a": {"dtype": "F8_E4M3", "shape": [0], "data_offsets": [0, 0]}}"#), "has dtype F8_E4M3"),
            (file(#"{"a": {"some": "text"}}"#), "no proper entry for 'a'"),
            (
                file(#"{"__metadata__": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}}"#),
                "no proper entry for '__metadata__'"
            ),
            (file("{\(a)", [1, 2, 3, 4]), "not the JSON of safetensors"),
            (file(String(repeating: "[", count: 100_000)), "not the JSON of safetensors"),
            (file("[]"), "not the JSON of safetensors"),
            (file(""), "not the JSON of safetensors"),
            ([2, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFE], "not the JSON of safetensors"),
            ([], "it has 0 bytes"),
            (Array(repeating: 0xFF, count: 16), "18446744073709551615 bytes, but only 8 follow"),
            ([9, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], "9 bytes, but only 2 follow"),
        ] as [([UInt8], String)])
    func refuses(_ bytes: [UInt8], _ expected: String) {
        let said = message { try SafeTensors(parsing: bytes, path: "w.safetensors") }
        #expect(said.hasPrefix("w.safetensors: ") && said.contains(expected), "\(said)")
    }

    @Test func refusesItsOwnKey() {
        #expect(
            message {
                try SafeTensors(tensors: ["__metadata__": StoredArray([1 as Float], shape: [1])]).encoded()
            }.contains("keeps for itself"))
    }

    @Test func namesTheFileThatIsNotThere() throws {
        let folder = try TemporaryFolder()
        #expect(message { try SafeTensors.read(folder.file("no")) }.contains("No such file"))
        #expect(message { try SafeTensors.read(folder.path) }.contains("is a folder"))
        #expect(message { try SafeTensors.read("/dev/null") }.contains("not a regular file"))
    }
}
