public import StrataBackend

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Memory of the host: zeroed, aligned to cache lines, and readable a little beyond its end, so that a kernel's last
/// vector may reach over it.
public final class SIMDBuffer: Buffer, @unchecked Sendable {
    /// The bytes that were asked for, beyond which `read` and `write` throw `device`.
    public let byteCount: Int
    /// Where the bytes lie, for as long as the buffer lives.
    package let base: UnsafeMutableRawPointer

    private let slab: BufferMemory.Slab

    init(byteCount: Int, in memory: BufferMemory) throws {
        guard byteCount >= 0, byteCount <= Int.max / 2 else {
            throw StrataError(.device, "a buffer of \(byteCount) bytes is not possible")
        }
        self.byteCount = byteCount
        (slab, base) = try memory.take(byteCount)
    }

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
