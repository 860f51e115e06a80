import Glibc
import StrataBackend

/// Files that are replaced whole or not at all.
///
/// The bytes go to a temporary file in the same folder, are flushed to the disk, and take the name in one rename.
/// Where anything fails (a full disk, a thrown error) the temporary file is removed and what stood under the name
/// stays as it was. A crash leaves at worst a hidden file `.strata-….tmp`.
///
/// ```
/// try AtomicFile.write("runs/a/config.json", Array(json.utf8))
/// ```
public enum AtomicFile {
    /// Appends bytes to the file that is being written.
    public struct Writer {
        let descriptor: Int32
        let path: String

        /// Appends bytes; those that do not lie in one piece are copied first. Throws `file` with the system's reason.
        public func append(_ bytes: some Sequence<UInt8>) throws {
            if try bytes.withContiguousStorageIfAvailable({ try append(UnsafeRawBufferPointer($0)) }) == nil {
                try Array(bytes).withUnsafeBytes { try append($0) }
            }
        }

        /// Appends the bytes of a buffer without copying them. Throws `file` with the system's reason.
        public func append(_ bytes: UnsafeRawBufferPointer) throws {
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = UnsafeRawBufferPointer(rebasing: rest).withMemoryRebound(to: UInt8.self) {
                    Glibc.write(descriptor, $0.baseAddress, $0.count)
                }
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else { throw StrataError.system("cannot write", path) }
                rest = rest.dropFirst(written)
            }
        }
    }

    /// Throws `file` where `write` would at once, for those who have long to go until they write.
    public static func check(_ path: String) throws {
        guard try access(folder(of: path), W_OK | X_OK) == 0 else { throw StrataError.system("cannot write", path) }
    }

    /// With a slash at its end.
    private static func folder(of path: String) throws -> String {
        let slash = path.lastIndex(of: "/")
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        guard !name.isEmpty, FileBytes.kind(path) != .folder else {
            throw StrataError(.file, "cannot write \(path): it names a folder")
        }
        return slash.map { String(path[...$0]) } ?? "./"
    }

    /// Writes the bytes. Throws `file` with the system's reason.
    public static func write(_ path: String, _ bytes: some Sequence<UInt8>) throws {
        try write(path) { try $0.append(bytes) }
    }

    /// Writes what `body` appends, so that a large file need not stand in memory. Rethrows what `body` throws.
    public static func write(_ path: String, _ body: (Writer) throws -> Void) throws {
        let folder = try folder(of: path)

        var random = SystemRandomNumberGenerator()
        let temporary = "\(folder).strata-\(String(random.next() as UInt64, radix: 36)).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw StrataError.system("cannot write", path) }
        var isOpen = true
        do {
            try body(Writer(descriptor: descriptor, path: path))
            guard fsync(descriptor) == 0 else { throw StrataError.system("cannot flush", path) }
            isOpen = false
            // Some file systems report a full disk only here.
            guard close(descriptor) == 0 else { throw StrataError.system("cannot close", path) }
            guard rename(temporary, path) == 0 else { throw StrataError.system("cannot replace", path) }
        } catch {
            if isOpen { close(descriptor) }
            unlink(temporary)
            throw error
        }
        // Makes the rename itself last; a file system that cannot flush a folder has done all it can.
        let parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if parent >= 0 {
            fsync(parent)
            close(parent)
        }
    }
}
