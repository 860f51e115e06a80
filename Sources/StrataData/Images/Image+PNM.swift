import StrataBackend

/// The plainest formats of images, which need no library: binary PGM (grayscale, `P5`) and PPM (color, `P6`).
extension Image {
    /// The file: PGM for grayscale, PPM for color.
    public var pnm: [UInt8] { Array("P\(channels == 1 ? 5 : 6)\n\(width) \(height)\n255\n".utf8) + pixels }

    /// Reads a PGM or PPM file of one byte a channel; `path` is for messages. Throws `data` for anything else.
    public init(pnm bytes: [UInt8], path: String) throws {
        self = try StrataError.naming(path) { try Image(pnm: bytes) }
    }

    init(pnm bytes: [UInt8]) throws {
        let kinds: [UInt8: Int] = [UInt8(ascii: "5"): 1, UInt8(ascii: "6"): 3]
        guard bytes.count > 2, bytes[0] == UInt8(ascii: "P"), let channels = kinds[bytes[1]] else {
            throw StrataError(.data, "is not a binary PGM or PPM file: it does not start with P5 or P6")
        }
        var position = 2
        let width = Self.number(bytes, &position)
        let height = Self.number(bytes, &position)
        let largest = Self.number(bytes, &position)
        // One white space ends the header; the pixels follow at once.
        position += 1
        guard let width, let height, let largest, width > 0, height > 0, position <= bytes.count else {
            throw StrataError(.data, "its header is cut short or damaged")
        }
        guard (1...255).contains(largest) else {
            throw StrataError(.unsupported, "has \(largest) for white; save it with one byte a channel")
        }
        guard Shape([height, width]).byteCount(elementBytes: channels) == bytes.count - position else {
            throw StrataError(
                .data,
                "the header promises \(width) × \(height) pixels, but \(bytes.count - position) bytes follow")
        }
        let scaled = bytes[position...].map { UInt8((min(Int($0), largest) * 255 + largest / 2) / largest) }
        try self.init(width: width, height: height, channels: channels, pixels: scaled)
    }

    /// The next number of the header, over white space and comments.
    private static func number(_ bytes: [UInt8], _ position: inout Int) -> Int? {
        let blanks: Set<UInt8> = [9, 10, 11, 12, 13, 32]
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "#") {
                position = bytes[position...].firstIndex(of: 10) ?? bytes.count
            } else if !blanks.contains(bytes[position]) {
                break
            }
            position += 1
        }
        let start = min(position, bytes.count)
        position = bytes[start...].firstIndex { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? bytes.count
        return Int(String(decoding: bytes[start..<position], as: UTF8.self))
    }
}
