import Glibc
import StrataBackend
import StrataData

/// The elements of arrays that lie in files beside the model's.
///
/// A model may come from anywhere: a file is opened only beneath the model's own folder, through no link, and no more is
/// read than it has.
struct ExternalData {
    /// The folder of the model; `nil` where it did not come from a file.
    var folder: String?

    /// The bytes that `entries`, the file's own description of them, name. Throws `data` for a description that is not
    /// sound or leads out of the folder, `file` for a file that cannot be read.
    func bytes(_ entries: [String: String], of name: String) throws -> [UInt8] {
        func refusal(_ what: String) -> StrataError { StrataError(.data, "array '\(name)': \(what)") }
        guard let folder else { throw refusal("its elements are in another file, but the model is in none") }
        guard let location = entries["location"] else { throw refusal("its elements are in a file without a name") }
        let parts = location.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard !location.utf8.contains(0), parts.allSatisfy({ !["", ".", ".."].contains($0) }) else {
            throw refusal("its file '\(location)' is not beneath the model's folder")
        }
        func count(_ key: String) throws -> Int? {
            guard let text = entries[key] else { return nil }
            guard let value = Int(text), value >= 0 else { throw refusal("its \(key) '\(text)' is no count of bytes") }
            return value
        }
        let (offset, length) = (try count("offset") ?? 0, try count("length"))
        let descriptor = try open(parts, in: folder, location)
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw refusal("'\(location)' is not a regular file")
        }
        let size = Int(status.st_size)
        guard offset <= size, length ?? 0 <= size - offset else {
            throw refusal("'\(location)' has \(size) bytes, too few for \(length ?? 0) from \(offset)")
        }
        if let checksum = entries["checksum"] {
            let found = SHA1.hexadecimal(of: try read(descriptor, from: 0, count: size, location))
            guard found == checksum.lowercased() else {
                throw refusal("the checksum of '\(location)' is \(found), the model expects \(checksum)")
            }
        }
        return try read(descriptor, from: offset, count: length ?? size - offset, location)
    }

    /// One folder after another, none of them a link.
    private func open(_ parts: [String], in folder: String, _ location: String) throws -> Int32 {
        var current = Glibc.open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard current >= 0 else { throw StrataError.system("cannot open the folder", folder) }
        for (number, part) in parts.enumerated() {
            let kind = number == parts.count - 1 ? O_NONBLOCK : O_DIRECTORY
            let next = openat(current, part, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | kind)
            let isLink = next < 0 && (errno == ELOOP || errno == ENOTDIR)
            let failure = StrataError.system("cannot open", location)
            close(current)
            guard next >= 0 else {
                throw isLink
                    ? StrataError(.data, "'\(location)' goes through a link; put the file itself there") : failure
            }
            current = next
        }
        return current
    }

    private func read(_ descriptor: Int32, from offset: Int, count: Int, _ location: String) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset + filled))
                if got < 0 && errno == EINTR { continue }
                guard got > 0 else { throw StrataError.system("cannot read", location) }
                filled += got
            }
        }
    }
}

/// The Secure Hash Algorithm 1 (FIPS 180-4), by which ONNX tells whether a file of arrays is the one it was.
enum SHA1 {
    static func hexadecimal(of bytes: [UInt8]) -> String {
        var state: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
        let whole = bytes.count / 64 * 64
        for start in stride(from: 0, to: whole, by: 64) { absorb(bytes[start..<start + 64], into: &state) }
        var tail = Array(bytes[whole...]) + [0x80]
        while tail.count % 64 != 56 { tail.append(0) }
        let bits = UInt64(bytes.count) << 3
        tail += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
        for start in stride(from: 0, to: tail.count, by: 64) { absorb(tail[start..<start + 64], into: &state) }
        let digits = Array("0123456789abcdef")
        return String(state.flatMap { word in (0..<8).map { digits[Int(word >> (28 - 4 * UInt32($0)) & 15)] } })
    }

    private static func absorb(_ block: ArraySlice<UInt8>, into state: inout [UInt32]) {
        var words = (0..<16).map { word in
            (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(block[block.startIndex + 4 * word + $1]) }
        }
        for t in 16..<80 {
            let mixed = words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16]
            words.append(mixed << 1 | mixed >> 31)
        }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for t in 0..<80 {
            let mixed: UInt32
            let constant: UInt32
            switch t {
            case 0..<20: (mixed, constant) = ((b & c) | (~b & d), 0x5A82_7999)
            case 20..<40: (mixed, constant) = (b ^ c ^ d, 0x6ED9_EBA1)
            case 40..<60: (mixed, constant) = ((b & c) | (b & d) | (c & d), 0x8F1B_BCDC)
            default: (mixed, constant) = (b ^ c ^ d, 0xCA62_C1D6)
            }
            let next = (a << 5 | a >> 27) &+ mixed &+ e &+ constant &+ words[t]
            (e, d, c, b, a) = (d, c, b << 30 | b >> 2, a, next)
        }
        for (place, value) in [a, b, c, d, e].enumerated() { state[place] &+= value }
    }
}
