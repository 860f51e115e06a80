public import StrataBackend

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Memory of the host: zeroed, aligned to cache lines, and readable a little beyond its end, so that a kernel's last
/// vector may reach over it.
public final class SIMDBuffer: Buffer, @unchecked Sendable {
    public let byteCount: Int
    /// Where the bytes lie, for as long as the buffer lives.
    package let base: UnsafeMutableRawPointer

    /// From this size on a buffer is worth whole pages of 2 MiB: a product over it misses the TLB less.
    private static let hugePage = 2 << 20

    init(byteCount: Int) throws {
        guard byteCount >= 0, byteCount <= Int.max / 2 else {
            throw StrataError(.device, "a buffer of \(byteCount) bytes is not possible")
        }
        self.byteCount = byteCount
        let alignment = byteCount >= Self.hugePage ? Self.hugePage : 64
        let size = (byteCount + 2 * 64) / 64 * 64
        var memory: UnsafeMutableRawPointer?
        guard posix_memalign(&memory, alignment, size) == 0, let memory else {
            throw StrataError(.device, "out of memory: the host has no \(byteCount) bytes left for a buffer")
        }
        if byteCount >= Self.hugePage { madvise(memory, size, MADV_HUGEPAGE) }
        memset(memory, 0, size)
        base = memory
    }

    deinit { free(base) }

    public func write(_ bytes: UnsafeRawBufferPointer, at byteOffset: Int) throws {
        try check(byteOffset, bytes.count, "write")
        if let source = bytes.baseAddress { memcpy(base + byteOffset, source, bytes.count) }
    }

    public func read(into bytes: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws {
        try check(byteOffset, bytes.count, "read")
        if let target = bytes.baseAddress { memcpy(target, base + byteOffset, bytes.count) }
    }

    private func check(_ offset: Int, _ count: Int, _ action: String) throws {
        guard offset >= 0, count <= byteCount - offset else {
            throw StrataError(
                .device, "\(action) of \(count) bytes at \(offset): the buffer holds \(byteCount) bytes")
        }
    }
}
