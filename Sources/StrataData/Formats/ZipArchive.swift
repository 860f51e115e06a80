import StrataBackend

/// The members of a ZIP file (PKWARE's APPNOTE 6.3), as far as NPZ needs it: stored or deflated, with or without the
/// 64-bit extension, in one part, not encrypted.
struct ZipArchive {
    struct Member {
        var name: String
        var isEncrypted: Bool
        var method: UInt16
        var checksum: UInt32
        var compressedCount: Int
        var count: Int
        var headerOffset: Int
    }

    let bytes: [UInt8]
    let path: String
    private(set) var members: [Member] = []

    private static let endSignature: UInt32 = 0x0605_4B50
    private static let directorySignature: UInt32 = 0x0201_4B50
    private static let localSignature: UInt32 = 0x0403_4B50
    private static let wideEndSignature: UInt32 = 0x0606_4B50
    private static let wideLocatorSignature: UInt32 = 0x0706_4B50

    init(_ bytes: [UInt8], path: String) throws {
        self.bytes = bytes
        self.path = path
        let directory = try findDirectory()
        var cursor = ByteCursor(bytes, path: path, at: directory.offset)
        // An entry takes 46 bytes at least, so a lying count ends at the end of the file.
        for _ in 0..<directory.count { members.append(try member(&cursor)) }
    }

    /// The content of a member, checked against its length and its CRC-32.
    func content(_ member: Member, codecs: Codecs) throws -> [UInt8] {
        let what = "\(path)(\(member.name))"
        guard !member.isEncrypted else {
            throw StrataError(.unsupported, "\(what): is encrypted; save it without a password")
        }
        var cursor = ByteCursor(bytes, path: what, at: member.headerOffset)
        guard try cursor.integer("the header") == Self.localSignature else {
            throw damaged("'\(member.name)' is not where the directory says")
        }
        _ = try cursor.take(22, "the header")
        let nameCount: UInt16 = try cursor.integer("the header")
        let extraCount: UInt16 = try cursor.integer("the header")
        _ = try cursor.take(Int(nameCount) + Int(extraCount), "the header")
        let packed = bytes[try cursor.take(member.compressedCount, "the compressed data")]

        let content: [UInt8]
        switch member.method {
        case 0:
            guard member.count == member.compressedCount else {
                throw damaged("'\(member.name)' has two different lengths")
            }
            content = Array(packed)
        case 8:
            guard let inflate = codecs.inflate else {
                throw StrataError(
                    .unsupported,
                    "\(what): is compressed, and this build reads plain files only; save it with numpy.savez instead of"
                        + " savez_compressed, or build with the trait PNG")
            }
            // Deflate packs at most 1032 to 1; a header that promises more lies, and would have us take the memory.
            guard member.count / 1032 <= member.compressedCount else {
                throw damaged("'\(member.name)' has an impossible length")
            }
            content = try StrataError.naming(what) { try inflate(Array(packed), member.count) }
        default:
            throw StrataError(
                .unsupported, "\(what): is packed by method \(member.method); use numpy.savez or savez_compressed")
        }
        guard content.count == member.count, CRC32.checksum(content) == member.checksum else {
            throw damaged("'\(member.name)' fails its checksum")
        }
        return content
    }

    private func damaged(_ why: String) -> StrataError { StrataError(.data, "\(path): is a damaged ZIP file: \(why)") }

    /// The end record is the last thing in the file but for a comment of up to 65,535 bytes.
    private func findDirectory() throws -> (offset: Int, count: Int) {
        let candidates = stride(from: bytes.count - 22, through: max(0, bytes.count - 22 - 65_535), by: -1)
        guard bytes.count >= 22, let end = candidates.first(where: { word(at: $0) == Self.endSignature }) else {
            throw StrataError(.data, "\(path): is not a ZIP file, or is cut short: it has no end record")
        }
        var cursor = ByteCursor(bytes, path: path, at: end + 10)
        let count: UInt16 = try cursor.integer("the end record")
        _ = try cursor.take(4, "the end record")
        let offset: UInt32 = try cursor.integer("the end record")
        guard count == .max || offset == .max, end >= 20, word(at: end - 20) == Self.wideLocatorSignature else {
            return (Int(offset), Int(count))
        }
        cursor.offset = end - 12
        cursor.offset = try whole(cursor.integer("the locator", as: UInt64.self))
        guard try cursor.integer("the wide end record") == Self.wideEndSignature else {
            throw damaged("has no wide end record")
        }
        _ = try cursor.take(28, "the wide end record")
        let wideCount = try whole(cursor.integer("the wide end record", as: UInt64.self))
        _ = try cursor.take(8, "the wide end record")
        return (try whole(cursor.integer("the wide end record", as: UInt64.self)), wideCount)
    }

    private func member(_ cursor: inout ByteCursor) throws -> Member {
        guard try cursor.integer("the directory") == Self.directorySignature else {
            throw damaged("has a broken directory")
        }
        _ = try cursor.take(4, "the directory")
        let flags: UInt16 = try cursor.integer("the directory")
        let method: UInt16 = try cursor.integer("the directory")
        _ = try cursor.take(4, "the directory")
        let checksum: UInt32 = try cursor.integer("the directory")
        let compressed: UInt32 = try cursor.integer("the directory")
        let plain: UInt32 = try cursor.integer("the directory")
        let nameCount: UInt16 = try cursor.integer("the directory")
        let extraCount: UInt16 = try cursor.integer("the directory")
        let commentCount: UInt16 = try cursor.integer("the directory")
        _ = try cursor.take(8, "the directory")
        let offset: UInt32 = try cursor.integer("the directory")
        let letters = bytes[try cursor.take(Int(nameCount), "the directory")]
        guard let name = String(validating: letters, as: UTF8.self) else {
            throw damaged("has a name that is not UTF-8")
        }
        var wide = try wideNumbers(in: cursor.take(Int(extraCount), "the directory"))
        _ = try cursor.take(Int(commentCount), "the directory")
        // A field of all ones stands for the next number of the extension, in this order.
        func resolve(_ field: UInt32) throws -> Int {
            guard field == .max else { return Int(field) }
            guard !wide.isEmpty else { throw damaged("'\(name)' lacks its 64-bit length") }
            return try whole(wide.removeFirst())
        }
        let count = try resolve(plain)
        let compressedCount = try resolve(compressed)
        return Member(
            name: name, isEncrypted: flags & 1 == 1, method: method, checksum: checksum,
            compressedCount: compressedCount, count: count, headerOffset: try resolve(offset))
    }

    /// The numbers of the 64-bit extension (field 1) among the extra fields.
    private func wideNumbers(in range: Range<Int>) throws -> [UInt64] {
        var cursor = ByteCursor(bytes, path: path, at: range.lowerBound)
        while cursor.offset + 4 <= range.upperBound {
            let tag: UInt16 = try cursor.integer("an extra field")
            let count = Int(try cursor.integer("an extra field", as: UInt16.self))
            if tag == 1, cursor.offset + count <= range.upperBound {
                return try (0..<count / 8).map { _ in try cursor.integer("an extra field") }
            }
            _ = try cursor.take(count, "an extra field")
        }
        return []
    }

    private func word(at offset: Int) -> UInt32 {
        UInt32(littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) })
    }

    private func whole(_ number: UInt64) throws -> Int {
        guard let number = Int(exactly: number), number <= bytes.count * 1032 + 1032 else {
            throw damaged("names an impossible length or place")
        }
        return number
    }
}

/// The checksum of ZIP and gzip: the polynomial 0xEDB88320, reflected, a byte at a time.
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }

    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~table.withUnsafeBufferPointer { table in
            bytes.withUnsafeBufferPointer { bytes in
                bytes.reduce(UInt32.max) { crc, byte in crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] }
            }
        }
    }
}
