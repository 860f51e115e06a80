import StrataBackend

/// Zeroed memory of the process, aligned to 64 bytes.
final class HostBuffer: Buffer, @unchecked Sendable {
    let byteCount: Int
    let base: UnsafeMutableRawPointer

    init(byteCount: Int) throws {
        guard byteCount >= 0 else {
            throw StrataError(.usage, "a buffer of \(byteCount) bytes: the size cannot be negative")
        }
        self.byteCount = byteCount
        base = .allocate(byteCount: max(byteCount, 1), alignment: 64)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: max(byteCount, 1))
    }

    deinit { base.deallocate() }

    func write(_ bytes: UnsafeRawBufferPointer, at byteOffset: Int) throws {
        try checkRange(byteOffset, bytes.count)
        UnsafeMutableRawBufferPointer(start: base + byteOffset, count: bytes.count).copyMemory(from: bytes)
    }

    func read(into bytes: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws {
        try checkRange(byteOffset, bytes.count)
        bytes.copyMemory(from: UnsafeRawBufferPointer(start: base + byteOffset, count: bytes.count))
    }
}

extension Buffer {
    /// Throws unless the bytes lie inside the buffer.
    func checkRange(_ byteOffset: Int, _ count: Int) throws {
        guard byteOffset >= 0, count <= byteCount, byteOffset <= byteCount - count else {
            throw StrataError(
                .usage,
                "\(count) bytes at offset \(byteOffset) do not lie inside a buffer of \(byteCount) bytes")
        }
    }
}

extension Program {
    /// Throws unless there is a buffer for every slot, and large enough.
    func checkBuffers(_ buffers: [any Buffer]) throws {
        guard buffers.count == slots.count else {
            throw StrataError(.usage, "a program of \(slots.count) slots was given \(buffers.count) buffers")
        }
        for (slot, buffer) in zip(slots, buffers) where buffer.byteCount < slot.byteCount {
            throw StrataError(
                .usage,
                "slot '\(slot.name)' needs \(slot.byteCount) bytes and its buffer has \(buffer.byteCount)")
        }
    }
}
