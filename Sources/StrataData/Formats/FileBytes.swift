import Glibc
package import StrataBackend

/// Whole files into memory, with errors that name the file and the reason.
package enum FileBytes {
    /// The bytes of a regular file. Memory is taken only for what the file system says is there.
    ///
    /// Throws `file` where the file is missing, is a folder or a device, or cannot be read.
    package static func read(_ path: String) throws -> [UInt8] { try start(path, .max) }

    /// The first `limit` bytes of a regular file, or all where there are fewer. Throws as `read` does.
    package static func start(_ path: String, _ limit: Int) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw StrataError.system("cannot open", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw StrataError.system("cannot look at", path) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw StrataError(.file, "\(path): is a folder, but a file is needed here")
        default: throw StrataError(.file, "\(path): is not a regular file; copy what it gives into one")
        }
        let size = min(Int(status.st_size), limit)
        guard size <= memory else {
            throw StrataError(.file, "\(path): has \(size) bytes, more than the \(memory) of this machine's memory")
        }
        return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = Glibc.read(descriptor, buffer.baseAddress! + count, size - count)
                if got < 0 && errno == EINTR { continue }
                guard got >= 0 else { throw StrataError.system("cannot read", path) }
                // The file shrank while it was read: what is left is for the parser to judge.
                if got == 0 { break }
                count += got
            }
        }
    }

    /// Bytes that a file has; 0 where there is none.
    package static func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Bytes of memory that this machine has.
    package static let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))

    package enum Kind { case file, folder, missing }

    package static func kind(_ path: String) -> Kind {
        var status = stat()
        guard stat(path, &status) == 0 else { return .missing }
        return status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
    }

    /// Names in a folder, hidden ones left out, in the order of their bytes: the same on every file system.
    package static func names(inFolder path: String) throws -> [String] {
        guard let folder = opendir(path) else { throw StrataError.system("cannot open the folder", path) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

extension StrataError {
    /// Puts the name of a file before what `body` throws, for code that knows bytes only.
    static func naming<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as StrataError {
            throw StrataError(error.kind, "\(path): \(error.message)")
        }
    }

    /// `cannot open weights.npz: No such file or directory`, from the thread's `errno`.
    package static func system(_ action: String, _ path: String) -> StrataError {
        let reason = String(cString: strerror(errno))
        return StrataError(.file, "\(action) \(path): \(reason)")
    }
}
