import Glibc
import StrataBackend

/// Rows that lie one after the other in a file, and are read when they are asked for.
///
/// Several threads may read at once. The file must not change meanwhile; one that became shorter is told.
public final class FileRows: ColumnStorage {
    /// The number of rows that are read from the file, which may hold more.
    public let count: Int
    public let bytesPerRow: Int
    private let path: String
    private let offset: Int
    private let descriptor: Int32
    private let storedBytesPerRow: Int
    private let format: ElementFormat?
    private let isBigEndian: Bool

    /// Rows of `bytesPerRow` bytes that are as a column keeps them, from byte `offset` of the file on.
    ///
    /// Throws `file` where the file cannot be read, and `data` where it has fewer bytes.
    public convenience init(path: String, offset: Int = 0, count: Int, bytesPerRow: Int) throws {
        try self.init(
            path: path, offset: offset, count: count, storedBytesPerRow: bytesPerRow, bytesPerRow: bytesPerRow,
            format: nil)
    }

    /// Rows of so many elements, which are converted while they are read where they are not as a column keeps them.
    convenience init(
        path: String, offset: Int, count: Int, elements: Int, format: ElementFormat, isBigEndian: Bool
    ) throws {
        try self.init(
            path: path, offset: offset, count: count, storedBytesPerRow: elements * format.byteCount,
            bytesPerRow: elements * format.dtype.byteCount,
            format: format.isKept(bigEndian: isBigEndian) ? nil : format, isBigEndian: isBigEndian)
    }

    private init(
        path: String, offset: Int, count: Int, storedBytesPerRow: Int, bytesPerRow: Int, format: ElementFormat?,
        isBigEndian: Bool = false
    ) throws {
        guard offset >= 0, storedBytesPerRow > 0,
            let size = Shape([count]).byteCount(elementBytes: storedBytesPerRow), size <= Int.max - offset
        else {
            throw StrataError(
                .shape, "\(path): \(count) rows of \(storedBytesPerRow) bytes cannot be read from byte \(offset)")
        }
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StrataError.system("cannot open", path) }
        self.path = path
        self.offset = offset
        self.count = count
        self.storedBytesPerRow = storedBytesPerRow
        self.bytesPerRow = bytesPerRow
        self.format = format
        self.isBigEndian = isBigEndian
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw StrataError.system("cannot look at", path) }
        guard Int(status.st_size) >= offset + size else {
            throw StrataError(
                .data,
                "\(path): ends inside the values, after \(status.st_size) bytes; the file is cut short or damaged")
        }
    }

    deinit { close(descriptor) }

    public func read(_ rows: Range<Int>, into target: UnsafeMutableRawBufferPointer) throws {
        let start = offset + rows.lowerBound * storedBytesPerRow
        guard let format else { return try fill(target, from: start) }
        let stored = try [UInt8](unsafeUninitializedCapacity: rows.count * storedBytesPerRow) { buffer, filled in
            try fill(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[...]), from: start)
            filled = buffer.count
        }
        try format.decode(stored, bigEndian: isBigEndian, path: path).withUnsafeBytes { target.copyMemory(from: $0) }
    }

    private func fill(_ target: UnsafeMutableRawBufferPointer, from start: Int) throws {
        var done = 0
        while done < target.count {
            let got = pread(descriptor, target.baseAddress! + done, target.count - done, start + done)
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw StrataError.system("cannot read", path) }
            guard got > 0 else {
                throw StrataError(.file, "\(path): became shorter while it was read; restore it and begin anew")
            }
            done += got
        }
    }
}
