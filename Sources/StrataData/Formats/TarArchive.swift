import StrataBackend

/// The regular files of a tar archive (POSIX.1-1988 `ustar`, POSIX.1-2001 `pax`, GNU's long names and old tars), and where in
/// the archive their content lies: nothing is unpacked. Folders are passed over; so are links and devices, whose number is told.
///
/// An archive ends with two blocks of zeros. One without them is refused, since it was cut short, perhaps between two members.
struct TarArchive {
    struct Member {
        var name: String
        var offset: Int
        var count: Int
    }

    let file: FileRegion
    private(set) var members: [Member] = []
    /// Members that are neither files nor folders.
    private(set) var otherCount = 0

    private static let block = 512
    /// Bytes of a name or of extended headers that are read; real ones have a few hundred.
    private static let longestHeader = 1 << 20

    /// Whether the first bytes of a file are a header: only that of 512 bytes can tell.
    static func recognizes(_ start: [UInt8]) -> Bool { start.count >= block && checksumFits(start[..<block]) }

    /// Walks through the headers. Throws `data`, with the place, for what is no sound archive.
    init(_ file: FileRegion) throws {
        self.file = file
        var place = 0
        // What extended headers say of the next member.
        var (longName, longCount): (String?, Int?) = (nil, nil)
        while true {
            guard file.count - place >= Self.block else {
                throw StrataError(
                    .data, "\(file.path): ends without an end mark, after \(members.count) files; it is cut short")
            }
            let header = try file.read(Self.block, at: place)
            if header.allSatisfy({ $0 == 0 }) { break }
            guard Self.checksumFits(header[...]) else { throw damaged(place, "its checksum does not fit") }
            guard let size = Self.number(header[124..<136]) else { throw damaged(place, "its size is no number") }
            let kind = header[156]
            let isSpecial = "xgLK".utf8.contains(kind)
            let count = isSpecial ? size : longCount ?? size
            let start = place + Self.block
            guard count >= 0, count <= file.count - start else {
                throw damaged(place, "it promises \(count) bytes, and \(file.count - start) follow")
            }
            // The last member is filled up too.
            let end = start + (count + Self.block - 1) / Self.block * Self.block
            if isSpecial {
                guard count <= Self.longestHeader else { throw damaged(place, "its extended header is too long") }
                let content = try file.read(count, at: start)
                if kind == UInt8(ascii: "L") { longName = Self.text(content[...]) }
                if kind == UInt8(ascii: "x") {
                    guard let records = Self.records(content) else { throw damaged(place, "its records are damaged") }
                    guard !records.keys.contains(where: { $0.hasPrefix("GNU.sparse") }) else { throw sparse(place) }
                    longName = records["path"] ?? longName
                    if let size = records["size"] {
                        guard let size = Int(size) else { throw damaged(place, "its size is no number") }
                        longCount = size
                    }
                }
                place = end
                continue
            }
            switch kind {
            case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
                let name = longName ?? Self.name(header)
                // Old tars tell a folder by its name.
                if !name.hasSuffix("/") { members.append(Member(name: name, offset: start, count: count)) }
            case UInt8(ascii: "5"): break
            case UInt8(ascii: "S"): throw sparse(place)
            default: otherCount += 1
            }
            (longName, longCount) = (nil, nil)
            place = end
        }
        try checkEnd(place)
    }

    /// Behind the end mark there is filling at most: what follows an archive there belongs to another, which would be lost.
    private func checkEnd(_ place: Int) throws {
        guard file.count - place >= 2 * Self.block else {
            throw StrataError(
                .data, "\(file.path): ends without an end mark, after \(members.count) files; it is cut short")
        }
        for start in stride(from: place, to: file.count, by: 1 << 20) {
            guard try file.read(min(1 << 20, file.count - start), at: start).allSatisfy({ $0 == 0 }) else {
                throw StrataError(
                    .data, "\(file.path): goes on behind its end mark; give archives that were joined one by one")
            }
        }
    }

    private func damaged(_ place: Int, _ why: String) -> StrataError {
        StrataError(.data, "\(file.path): is no sound tar archive: the header at byte \(place) is damaged, \(why)")
    }

    private func sparse(_ place: Int) -> StrataError {
        StrataError(.unsupported, "\(file.path): the member at byte \(place) is a sparse file; pack it as a plain one")
    }

    // MARK: Headers

    /// The sum of the header's bytes, with its own field as spaces.
    private static func checksumFits(_ header: ArraySlice<UInt8>) -> Bool {
        guard let promised = number(header.dropFirst(148).prefix(8)), promised > 0 else { return false }
        let sum = header.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
        return sum == promised
    }

    /// Octal digits between spaces and zeros or, with the first bit set, a number to the base of 256. `nil` for neither, and
    /// for what no `Int` holds.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        guard let first = field.first, first & 0x80 == 0 else {
            guard field.first == 0x80, field.dropFirst().dropLast(8).allSatisfy({ $0 == 0 }) else { return nil }
            let value = field.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Int(exactly: value)
        }
        let digits = field.drop { $0 == 32 }.prefix { $0 != 32 && $0 != 0 }
        guard digits.allSatisfy({ (48..<56).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 << 3 | Int($1 - 48) }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func name(_ header: [UInt8]) -> String {
        let name = text(header[0..<100])
        // Only POSIX's headers have a prefix; GNU's have times in its place.
        guard header[257..<263].elementsEqual("ustar\0".utf8) else { return name }
        let prefix = text(header[345..<500])
        return prefix.isEmpty ? name : "\(prefix)/\(name)"
    }

    /// Records `length key=value\n`; `nil` where their lengths do not fit.
    private static func records(_ content: [UInt8]) -> [String: String]? {
        var records: [String: String] = [:]
        var place = 0
        while place < content.count {
            let digits = content[place...].prefix { (48..<58).contains($0) }
            guard digits.count < 8, let length = Int(String(decoding: digits, as: UTF8.self)),
                length > digits.count + 2,
                length <= content.count - place, content[place + length - 1] == 10
            else { return nil }
            let record = content[place + digits.count + 1..<place + length - 1]
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            records[String(decoding: record[..<equals], as: UTF8.self)] = String(
                decoding: record[(equals + 1)...], as: UTF8.self)
            place += length
        }
        return records
    }
}
