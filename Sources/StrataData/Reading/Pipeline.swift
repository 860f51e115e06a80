import Glibc
import StrataBackend

/// Buffers that go round between one thread that fills them and others that use them.
final class Pipeline: @unchecked Sendable {
    /// Memory for the rows of one batch, column after column.
    final class Buffer: @unchecked Sendable {
        private let memory: UnsafeMutableRawBufferPointer
        private let rowBytes: [Int]
        /// Where each column starts.
        private let offsets: [Int]
        fileprivate(set) var count = 0

        fileprivate init(_ columns: [Column], rows: Int) throws {
            rowBytes = columns.map(\.spec.bytesPerRow)
            var (offsets, size) = ([Int](), 0)
            for bytes in rowBytes {
                offsets.append(size)
                // Columns start where vectors like to.
                guard let column = Shape([rows]).byteCount(elementBytes: bytes), column <= Int.max - 64 - size else {
                    throw StrataError(.usage, "batches of \(rows) take more memory than there is; take smaller ones")
                }
                size += (column + 63) & ~63
            }
            guard size <= FileBytes.memory else {
                throw StrataError(
                    .usage, "batches of \(rows) take \(size) bytes, more than this machine has; take smaller ones")
            }
            self.offsets = offsets
            memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(size, 1), alignment: 64)
        }

        deinit { memory.deallocate() }

        fileprivate func room(_ column: Int) -> UnsafeMutableRawBufferPointer {
            UnsafeMutableRawBufferPointer(
                rebasing: memory[offsets[column]..<offsets[column] + count * rowBytes[column]])
        }

        var filled: [UnsafeRawBufferPointer] { offsets.indices.map { UnsafeRawBufferPointer(room($0)) } }
    }

    private let columns: [Column]
    private let batchSize: Int
    private let changed = Condition()
    // Everything below is guarded by `changed`.
    private var free: [Buffer]
    private var filled: [Buffer] = []
    private var isStopped = false
    private var isFinished = false
    private var failure: (any Error)?

    init(_ columns: [Column], batchSize: Int, buffers: Int) throws {
        self.columns = columns
        self.batchSize = batchSize
        free = try (0..<buffers).map { _ in try Buffer(columns, rows: batchSize) }
        filled.reserveCapacity(buffers)
    }

    /// Waits for a free buffer and fills it. Returns whether to go on. Called by the reading thread only.
    func read(_ rows: [Int32]) throws -> Bool {
        guard rows.count <= batchSize else {
            throw StrataError(.usage, "a batch of \(rows.count) rows does not fit batches of \(batchSize)")
        }
        let buffer: Buffer? = changed.locked {
            while free.isEmpty, !isStopped { changed.wait() }
            return isStopped ? nil : free.popLast()
        }
        guard let buffer else { return false }
        buffer.count = rows.count
        for (number, column) in columns.enumerated() { try column.read(rows, into: buffer.room(number)) }
        changed.locked {
            filled.append(buffer)
            changed.tellAll()
        }
        return true
    }

    /// No more batches come: all are read, or reading failed.
    func finish(_ error: (any Error)?) {
        changed.locked {
            isFinished = true
            failure = error
            changed.tellAll()
        }
    }

    /// Makes the reading thread end as soon as it has read the batch that it is at.
    func stop() {
        changed.locked {
            isStopped = true
            changed.tellAll()
        }
    }

    /// The next filled buffer, in the order of the batches; `nil` after the last one.
    func take() throws -> Buffer? {
        try changed.locked {
            while filled.isEmpty, !isFinished { changed.wait() }
            if !filled.isEmpty { return filled.removeFirst() }
            if let failure { throw failure }
            return nil
        }
    }

    func giveBack(_ buffer: Buffer) {
        changed.locked {
            free.append(buffer)
            changed.tellAll()
        }
    }
}

/// A lock, and a way to wait for changes under it. POSIX's own, which the thread sanitizer knows.
private final class Condition: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func locked<Result>(_ body: () throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Lets go of the lock until somebody tells of a change.
    func wait() { pthread_cond_wait(condition, mutex) }

    func tellAll() { pthread_cond_broadcast(condition) }
}
