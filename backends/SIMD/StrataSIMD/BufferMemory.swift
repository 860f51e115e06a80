import StrataBackend

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where a backend's buffers lie: side by side in slabs of 2 MiB pages, so that a step that goes through fifty arrays does
/// not walk through the page tables for each row of each.
///
/// A buffer holds on to its slab, which goes when the last of them does.
final class BufferMemory: Sendable {
    /// The slab that is being filled, and how far it is.
    private let current = Locked<(slab: Slab, used: Int)?>(nil)

    /// The pages that the kernel is asked for (`madvise`; where it has none to give, all works with small ones).
    private static let hugePage = 2 << 20
    private static let slabBytes = 8 * hugePage
    /// Larger buffers come and go on their own.
    private static let mostShared = slabBytes / 4
    /// Between buffers, so that arrays whose size is a multiple of a page do not compete for the same sets of the caches
    /// (without it the least step of a network with a weight of 512 × 784 and its moments took 1.4 times as long).
    private static let gap = 17 * 64

    /// Zeroed memory, aligned to a cache line and readable two lines beyond its end. Throws `device` where there is none.
    func take(_ byteCount: Int) throws -> (slab: Slab, base: UnsafeMutableRawPointer) {
        let size = (byteCount + 2 * 64) / 64 * 64
        guard size <= Self.mostShared else {
            let slab = try Slab(byteCount: size)
            return (slab, slab.base)
        }
        return try current.withLock { current in
            var (slab, used) = try current ?? (Slab(byteCount: Self.slabBytes), 0)
            if used + size > Self.slabBytes { (slab, used) = (try Slab(byteCount: Self.slabBytes), 0) }
            current = (slab, used + size + Self.gap)
            return (slab, slab.base + used)
        }
    }

    /// Memory of whole pages, zeroed.
    final class Slab: @unchecked Sendable {
        let base: UnsafeMutableRawPointer
        private let mapping: UnsafeMutableRawBufferPointer

        fileprivate init(byteCount: Int) throws {
            let isLarge = byteCount >= hugePage
            let page = isLarge ? hugePage : 4096
            // The kernel zeroes a page when it is first touched; one page more, to begin at a whole one.
            let size = (byteCount + page - 1) / page * page
            guard let memory = mmap(nil, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                memory != MAP_FAILED
            else { throw StrataError(.device, "out of memory: the host has no \(byteCount) bytes left for a buffer") }
            mapping = UnsafeMutableRawBufferPointer(start: memory, count: size + page)
            base =
                UnsafeMutableRawPointer(
                    bitPattern: (UInt(bitPattern: memory) + UInt(page) - 1) / UInt(page) * UInt(page))
                ?? memory
            if isLarge { madvise(base, size, MADV_HUGEPAGE) }
        }

        deinit { munmap(mapping.baseAddress, mapping.count) }
    }
}
