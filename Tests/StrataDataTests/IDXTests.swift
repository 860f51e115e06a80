import StrataBackend
import StrataData
import Testing

@Suite struct IDXTests {
    /// Two images of 2 × 3.
    static let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3] + (0..<12)

    @Test func readsBytes() throws {
        let array = try IDX.parse(Self.images, path: "a.idx")
        #expect(array.dtype == .uint8 && array.shape == [2, 2, 3] && array.bytes == Array(0..<12))
    }

    @Test func widensOtherTypes() throws {
        let short = try IDX.parse([0, 0, 0x0B, 1, 0, 0, 0, 2, 0xFF, 0xFE, 1, 0], path: "a")
        #expect(try short.dtype == .int32 && short.int32s() == [-2, 256])
        let signed = try IDX.parse([0, 0, 0x09, 1, 0, 0, 0, 1, 0xFF], path: "a")
        #expect(try signed.int32s() == [-1])
        let whole = try IDX.parse([0, 0, 0x0C, 1, 0, 0, 0, 1, 0, 1, 0, 2], path: "a")
        #expect(try whole.int32s() == [0x10002])
        let float = try IDX.parse([0, 0, 0x0D, 1, 0, 0, 0, 1, 0x3F, 0xC0, 0, 0], path: "a")
        #expect(float.dtype == .float32 && float.floats == [1.5])
        let double = try IDX.parse([0, 0, 0x0E, 1, 0, 0, 0, 1, 0xC0, 0, 0, 0, 0, 0, 0, 0], path: "a")
        #expect(double.dtype == .float32 && double.floats == [-2])
    }

    @Test func refusesDamage() {
        checkDamage(of: Self.images) { try IDX.parse($0, path: "a.idx") }
        #expect(message { try IDX.parse([], path: "a.idx") }.hasPrefix("a.idx: ends inside the IDX header"))
        #expect(message { try IDX.parse([1, 2, 3, 4, 5], path: "a.idx") }.contains("is not an IDX file"))
        #expect(message { try IDX.parse(Self.images + [0], path: "a.idx") }.contains("[2, 2, 3], but 13 bytes follow"))
    }

    @Test func refusesCountsThatNoMemoryHolds() {
        let huge: [UInt8] = [0, 0, 8, 4] + Array(repeating: 0xFF, count: 16) + [1, 2, 3]
        #expect(message { try IDX.parse(huge, path: "a.idx") }.contains("but 3 bytes follow"))
        let deep: [UInt8] = [0, 0, 8, 255] + Array(repeating: 0xFF, count: 1020)
        #expect(message { try IDX.parse(deep, path: "a.idx") }.contains("but 0 bytes follow"))
    }
}
