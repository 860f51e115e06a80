import Glibc
import StrataBackend

/// The bytes of a file, in memory or read where they are asked for. Several threads may read at once.
final class FileRegion: Sendable {
    /// What messages call it.
    let path: String
    /// The number of bytes that there are.
    let count: Int
    private let content: Content

    private enum Content {
        case resident([UInt8])
        case descriptor(Int32)
    }

    /// Bytes in memory.
    init(_ bytes: [UInt8], path: String) {
        (self.path, count, content) = (path, bytes.count, .resident(bytes))
    }

    /// A regular file, which stays open. Throws `file` where it cannot be read.
    init(path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw StrataError.system("cannot open", path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw StrataError(.file, "\(path): is not a regular file")
        }
        (self.path, count, content) = (path, Int(status.st_size), .descriptor(descriptor))
    }

    deinit { if case .descriptor(let descriptor) = content { close(descriptor) } }

    /// So many bytes from a place on. Throws `data` where there are fewer.
    func read(_ count: Int, at offset: Int) throws -> [UInt8] {
        guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else {
            throw StrataError(
                .data, "\(path): ends after \(self.count) bytes, where more should be; it is cut short or damaged")
        }
        switch content {
        case .resident(let bytes): return Array(bytes[offset..<offset + count])
        case .descriptor(let descriptor):
            return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                while filled < count {
                    let got = pread(descriptor, buffer.baseAddress! + filled, count - filled, offset + filled)
                    if got < 0, errno == EINTR { continue }
                    guard got >= 0 else { throw StrataError.system("cannot read", path) }
                    guard got > 0 else { throw StrataError(.file, "\(path): became shorter while it was read") }
                    filled += got
                }
            }
        }
    }
}
