import Glibc
import StrataBackend

/// Reads the rows of batches ahead, on a thread of its own, while the last batch is worked with.
///
/// It takes memory for `ahead` batches and no more, whatever the size of the data, and gives exactly the bytes that
/// `DataSplit.subset` would. The thread ends with the last batch, with an error, or when the reader is let go of.
///
/// ```
/// let reader = try BatchReader(split, order: order, batchSize: 128)
/// while try reader.next({ batch in try step(batch["example"], batch["label"], count: batch.count) }) != nil {}
/// ```
public final class BatchReader: Sendable {
    /// A batch while it is worked with: its memory is used anew afterwards.
    public struct Batch {
        /// The number of rows.
        public let count: Int
        /// The rows of each column, [count, shape], in the order of the reader's columns.
        public let columns: [UnsafeRawBufferPointer]
        fileprivate let names: [String]

        /// The rows of the column of that name; `nil` where it is not read.
        public subscript(name: String) -> UnsafeRawBufferPointer? { names.firstIndex(of: name).map { columns[$0] } }
    }

    /// The names of the columns that are read, in the order of `Batch.columns`.
    public let columnNames: [String]
    private let pipeline: Pipeline
    private let thread: pthread_t

    /// Reads batch after batch of the positions that a sequence gives, for as long as it gives some: of one epoch, or of
    /// all. The sequence is walked through once, on the reader's thread.
    ///
    /// - `batches`: positions in `0..<split.count`, at most `batchSize` at a time.
    /// - `batchSize`: the rows for which memory is taken.
    /// - `columns`: the names of the columns to be read; all of them where it is `nil`.
    /// - `ahead`: batches in memory at once: the one that is worked with among them. With 2, one is read while another is
    ///   worked with.
    ///
    /// Throws `usage` for sizes below 1 and columns that there are not. What goes wrong later, `next` throws.
    public init(
        _ split: DataSplit, batches: some Sequence<[Int32]> & Sendable, batchSize: Int, columns: [String]? = nil,
        ahead: Int = 2
    ) throws {
        guard Shape.isExtent(batchSize), (1...1024).contains(ahead) else {
            throw StrataError(
                .usage,
                "batches of \(batchSize), \(ahead) ahead: expected numbers from 1, at most \(Shape.largestExtent) and 1024"
            )
        }
        columnNames = columns ?? split.columns.map(\.name)
        let read = try columnNames.map { name in
            guard let column = split[name] else {
                throw StrataError(
                    .usage,
                    "there is no column '\(name)'; there are \(split.columns.map(\.name).joined(separator: ", "))")
            }
            return column
        }
        pipeline = try Pipeline(read, batchSize: batchSize, buffers: ahead)
        let pipeline = pipeline
        thread = try Self.start {
            do {
                for rows in batches where try !pipeline.read(rows) { return }
                pipeline.finish(nil)
            } catch {
                pipeline.finish(error)
            }
        }
    }

    /// Reads the rows of an order once, `batchSize` at a time; the last batch has what is left.
    public convenience init(
        _ split: DataSplit, order: [Int32], batchSize: Int, columns: [String]? = nil, ahead: Int = 2
    ) throws {
        let size = max(1, batchSize)
        let batches = stride(from: 0, to: order.count, by: size).lazy.map {
            Array(order[$0..<min($0 + size, order.count)])
        }
        try self.init(
            split, batches: Array(batches), batchSize: min(batchSize, max(order.count, 1)), columns: columns,
            ahead: ahead)
    }

    deinit {
        pipeline.stop()
        pthread_join(thread, nil)
    }

    /// Calls `body` with the next batch, waiting for it where it is not there yet; `nil` after the last one.
    ///
    /// Throws what reading threw, again and again, and what `body` throws.
    public func next<Result>(_ body: (Batch) throws -> Result) throws -> Result? {
        guard let buffer = try pipeline.take() else { return nil }
        defer { pipeline.giveBack(buffer) }
        return try body(Batch(count: buffer.count, columns: buffer.filled, names: columnNames))
    }

    /// Runs `body` on a new thread.
    private static func start(_ body: @escaping @Sendable () -> Void) throws -> pthread_t {
        final class Work: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        let work = Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, work.toOpaque())
        guard result == 0 else {
            work.release()
            throw StrataError(.device, "cannot start a thread to read data: \(String(cString: strerror(result)))")
        }
        return thread
    }
}
