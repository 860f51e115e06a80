import Glibc
import StrataBackend

/// Standard input and output as files of one array, for commands in a pipe.
package enum StandardStreams {
    /// What paths and data sets are called that stand for them.
    package static let name = "-"

    /// All that comes from standard input. It is read once, and kept for whoever asks again.
    ///
    /// Throws `file` where it is a terminal or cannot be read, `data` where nothing comes, or more than this machine's memory
    /// holds.
    package static func input() throws -> [UInt8] { try whole.get() }

    private static let whole = Result<[UInt8], any Error> {
        guard isatty(STDIN_FILENO) == 0 else {
            throw StrataError(
                .file, "standard input is a terminal; pipe an array into it, or redirect a file (< x.npy)")
        }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let got = read(STDIN_FILENO, &part, part.count)
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw StrataError.system("cannot read", "standard input") }
            guard got > 0 else { break }
            guard bytes.count + got <= FileBytes.memory else {
                throw StrataError(.data, "standard input: gives more than the \(FileBytes.memory) bytes of memory here")
            }
            bytes += part[..<got]
        }
        guard !bytes.isEmpty else { throw StrataError(.data, "standard input: is empty; an array was expected (.npy)") }
        return bytes
    }

    /// Writes to standard output. Throws `file` where it is a terminal, or with the system's reason.
    package static func write(_ bytes: [UInt8]) throws {
        guard isatty(STDOUT_FILENO) == 0 else {
            throw StrataError(.file, "standard output is a terminal; pipe the array on, or redirect it (> x.npy)")
        }
        try AtomicFile.Writer(descriptor: STDOUT_FILENO, path: "to standard output").append(bytes)
    }
}
