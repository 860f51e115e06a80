import StrataBackend
import StrataData

extension WordVectors {
    /// What `write` writes and `init(path:)` reads: see there.
    public enum Format: Sendable, Hashable {
        /// word2vec text; each number with the fewest digits that give back the same float.
        case text
        /// word2vec binary.
        case binary
    }

    /// Writes a file that reads back bit for bit, whole or not at all.
    ///
    /// Throws `file` where it cannot be written, and `data` for a word that a reader would take for something else.
    public func write(_ path: String, as format: Format) throws {
        if let word = words.first(where: { $0.isEmpty || $0.utf8.contains { $0 == 32 || 9...13 ~= $0 } }) {
            throw StrataError(.data, "cannot write \(path): the word '\(word)' holds blanks")
        }
        try AtomicFile.write(path) { file in
            var bytes = Array("\(words.count) \(width)\n".utf8)
            for (position, word) in words.enumerated() {
                bytes += word.utf8
                switch format {
                case .text:
                    for value in vector(position) {
                        bytes.append(UInt8(ascii: " "))
                        bytes += value.description.utf8
                    }
                case .binary:
                    bytes.append(UInt8(ascii: " "))
                    for value in vector(position) {
                        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
                    }
                }
                bytes.append(UInt8(ascii: "\n"))
                // Some words at a time: a system call each would take longer than the digits.
                if bytes.count >= 1 << 20 {
                    try file.append(bytes)
                    bytes.removeAll(keepingCapacity: true)
                }
            }
            try file.append(bytes)
        }
    }
}
