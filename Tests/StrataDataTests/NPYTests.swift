import StrataBackend
import StrataData
import Testing

@Suite struct NPYTests {
    @Test func readsWhatNumPyWrites() throws {
        let float = try NPY.parse(Fixture.npyFloat, path: "a.npy")
        #expect(float.dtype == .float32 && float.shape == [2, 3] && float.floats == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5])
        let double = try NPY.parse(Fixture.npyDoubleFortran, path: "a.npy")
        #expect(double.dtype == .float32 && double.shape == [2, 3] && double.floats == [0, 0.25, 0.5, 0.75, 1, 1.25])
        let long = try NPY.parse(Fixture.npyBigLong, path: "a.npy")
        #expect(try long.dtype == .int32 && long.shape == [2, 3] && long.int32s() == [-2, -1, 0, 1, 2, 3])
        let truth = try NPY.parse(Fixture.npyTruth, path: "a.npy")
        #expect(truth.dtype == .float32 && truth.floats == [1, 0, 1, 0, 1, 0])
        let half = try NPY.parse(Fixture.npyHalf, path: "a.npy")
        #expect(half.dtype == .float32 && half.floats == [0, 0.125, 0.25, 0.375, 0.5, 0.625])
        let bytes = try NPY.parse(Fixture.npyBytes2, path: "a.npy")
        #expect(bytes.dtype == .uint8 && bytes.shape == [2, 3] && bytes.bytes == [0, 1, 2, 3, 4, 5])
        let deep = try NPY.parse(Fixture.npyBigFortran3, path: "a.npy")
        #expect(deep.shape == [2, 3, 4] && deep.floats == (0..<24).map(Float.init))
        let scalar = try NPY.parse(Fixture.npyScalar, path: "a.npy")
        #expect(try scalar.shape == [] && scalar.int32s() == [7])
    }

    @Test func comesBackFromWriting() throws {
        let arrays = [
            try StoredArray([1, -.infinity, .leastNonzeroMagnitude, 4, 5, 6] as [Float], shape: [1, 2, 3]),
            try StoredArray([Int32.min, .max], shape: [2]),
            try StoredArray(dtype: .uint8, shape: [], bytes: [255]),
            try StoredArray([] as [Float], shape: [0, 5]),
        ]
        for array in arrays {
            let file = NPY.encode(array)
            #expect(try NPY.parse(file, path: "a.npy") == array)
            #expect((file.count - array.bytes.count).isMultiple(of: 64))
        }
    }

    @Test func refusesDamage() {
        checkDamage(of: Fixture.npyFloat) { try NPY.parse($0, path: "a.npy") }
        checkDamage(of: Fixture.npyBigFortran3) { try NPY.parse($0, path: "a.npy") }
        #expect(message { try NPY.parse([], path: "a.npy") }.hasPrefix("a.npy: ends inside the NPY header"))
        #expect(message { try NPY.parse(IDXTests.images, path: "a.npy") }.contains("does not start with"))
        #expect(message { try NPY.parse(Fixture.npyFloat + [0], path: "a.npy") }.contains("but 25 bytes follow"))
    }

    static func file(_ header: String, version: UInt8 = 1, _ payload: [UInt8] = []) -> [UInt8] {
        let text = Array(header.utf8)
        return [0x93] + Array("NUMPY".utf8) + [version, 0, UInt8(text.count & 0xFF), UInt8(text.count >> 8)] + text
            + payload
    }

    @Test(arguments: [
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 4), }", "but 0 bytes follow"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "for an extent"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "for an extent"),
        ("{'descr': '<c8', 'fortran_order': False, 'shape': (0,), }", "elements of type '<c8'"),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (0,), }", "elements of type '|O'"),
        ("{'descr': '', 'fortran_order': False, 'shape': (0,), }", "elements of type ''"),
        ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (0,), }", "records with fields"),
        ("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (0,), }", "neither True nor False"),
        ("{'descr': '<f4', 'shape': (0,), }", "lacks descr"),
        ("{'descr': '<f4', 'colour': 'red'}", "unknown key 'colour'"),
        ("{'descr': '<f4", "string without end"),
        ("", "lacks a '{'"),
        ("{", "lacks a '''"),
    ])
    func refusesHeader(_ header: String, _ expected: String) {
        let said = message { try NPY.parse(Self.file(header), path: "a.npy") }
        #expect(said.contains(expected), "\(said)")
    }

    @Test func refusesOtherVersionsTextAndNumbers() {
        #expect(message { try NPY.parse(Self.file("{}", version: 9), path: "a.npy") }.contains("version 9"))
        var file = Self.file("{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }")
        file[12] = 0xFF
        #expect(message { try NPY.parse(file, path: "a.npy") }.contains("is not text"))
        let big = Self.file(
            "{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", [0, 0, 0, 0, 1, 0, 0, 0])
        #expect(message { try NPY.parse(big, path: "a.npy") }.contains("4294967296 does not fit int32"))
    }

    @Test func acceptsOtherSpellingsOfTheHeader() throws {
        let file = Self.file("{\"shape\":(2),\"fortran_order\":False,\"descr\":\"|u1\"}", [3, 4])
        #expect(try NPY.parse(file, path: "a.npy").shape == [2])
    }
}
