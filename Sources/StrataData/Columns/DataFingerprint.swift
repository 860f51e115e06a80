import StrataBackend

/// What tells data from other data: counts, descriptions and a hash of the bytes of every column.
///
/// A run keeps it, so that going on with other data, or with the same file after it changed, is noticed.
///
/// ```
/// if let difference = try DataFingerprint(data).difference(from: run.fingerprint) {
///     throw StrataError(.data, "\(data.name) \(difference)")
/// }
/// ```
public struct DataFingerprint: Hashable, Sendable, Codable {
    /// What tells one split from another: how many examples it has, and each of its columns.
    public struct Split: Hashable, Sendable, Codable {
        /// The name of the split: `training`, `test` or `validation`.
        public var name: String
        /// The number of examples.
        public var count: Int
        /// What tells the columns from others, one for each column of the split, in its order.
        public var columns: [Column]
    }

    /// What tells one column from another: its description and a hash of its rows.
    public struct Column: Hashable, Sendable, Codable {
        /// The name of the column, such as `example` or `label`.
        public var name: String
        /// The name of the type of a stored element, such as `uint8`.
        public var dtype: String
        /// The shape of one example's value; [] for a single number.
        public var shape: [Int]
        /// The factor that turns a stored number into the one that a model sees.
        public var scale: Float
        /// 64 bits of the stored bytes, in hexadecimal. It is the same wherever the bytes lie.
        public var hash: String
    }

    /// The training and the test split, then the validation split where there is one.
    public var splits: [Split]
    /// The names of the classes in the order of their indices; empty where there are no labels.
    public var classNames: [String]
    /// The names of the targets in their order; empty where there are none.
    public var targetNames: [String]
    /// A hash of what describes the classes, in hexadecimal; `nil` where nothing does.
    public var attributes: String?

    /// Reads all columns through, whatever memory there is. Throws what reading throws.
    public init(_ data: DataSet) throws {
        let parts =
            [("training", data.train), ("test", data.test)] + (data.validation.map { [("validation", $0)] } ?? [])
        splits = try parts.map { name, split in
            Split(
                name: name, count: split.count,
                columns: try split.columns.map {
                    Column(
                        name: $0.name, dtype: $0.spec.dtype.name, shape: $0.spec.shape.extents, scale: $0.spec.scale,
                        hash: String(try ContentHash.of($0), radix: 16))
                })
        }
        classNames = data.classNames ?? []
        targetNames = data.targetNames ?? []
        attributes = data.attributes.map { String(ContentHash.of($0), radix: 16) }
    }

    /// The first thing in which these data differ from those that a run was trained on, in words that follow the name
    /// of the data; `nil` where they are the same.
    public func difference(from trained: DataFingerprint) -> String? {
        let run = "the run was trained"
        for split in splits {
            guard let other = trained.splits.first(where: { $0.name == split.name }) else {
                return "has a \(split.name) split, \(run) without one"
            }
            if split.count != other.count {
                return "has \(split.count) \(split.name) examples, \(run) on \(other.count)"
            }
            for column in split.columns {
                guard let known = other.columns.first(where: { $0.name == column.name }) else {
                    return "has a column '\(column.name)', \(run) without one"
                }
                if let difference = column.difference(from: known, in: split.name) { return difference }
            }
            if let lost = other.columns.first(where: { known in !split.columns.contains { $0.name == known.name } }) {
                return "has no column '\(lost.name)', \(run) with one"
            }
        }
        if let lost = trained.splits.first(where: { known in !splits.contains { $0.name == known.name } }) {
            return "has no \(lost.name) split, \(run) with one"
        }
        if classNames != trained.classNames { return "has other names of classes than \(run) on" }
        if targetNames != trained.targetNames { return "has other names of targets than \(run) on" }
        if attributes != trained.attributes { return "has other attributes of its classes than \(run) on" }
        return nil
    }
}

extension DataFingerprint.Column {
    fileprivate func difference(from known: Self, in split: String) -> String? {
        let run = "the run was trained on"
        if dtype != known.dtype || shape != known.shape {
            return "has '\(name)' as \(dtype) \(Shape(shape)), \(run) \(known.dtype) \(Shape(known.shape))"
        }
        if scale != known.scale { return "has '\(name)' scaled by \(scale), \(run) \(known.scale)" }
        return hash == known.hash ? nil : "has other values in '\(name)' of the \(split) split than \(run)"
    }
}

/// A hash of 64 bits of all bytes of a column: four lanes of words that are mixed as FNV-1a does bytes, so that it runs
/// at the speed of memory. It is no protection against forgery.
enum ContentHash {
    private static let basis: UInt64 = 0xCBF2_9CE4_8422_2325
    private static let prime: UInt64 = 0x9E37_79B9_7F4A_7C15

    static func of(_ column: Column) throws -> UInt64 {
        var hash = basis
        try column.forEachPiece { _, bytes in hash = mix(hash, piece(bytes)) }
        return hash
    }

    /// Of names, values and unseen classes.
    static func of(_ attributes: ClassAttributes) -> UInt64 {
        let parts: [[UInt8]] = [
            Array(attributes.names.joined(separator: "\n").utf8), attributes.values.withUnsafeBytes(Array.init),
            attributes.unseen.map(Int32.init).withUnsafeBytes(Array.init),
        ]
        return parts.reduce(basis) { hash, part in mix(hash, part.withUnsafeBytes(piece)) }
    }

    @inline(__always) private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let mixed = (hash ^ word) &* prime
        return mixed ^ mixed >> 29
    }

    private static func piece(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var lanes = (basis, basis &+ 1, basis &+ 2, basis &+ 3)
        let whole = bytes.count / 32 * 32
        func word(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        for offset in stride(from: 0, to: whole, by: 32) {
            lanes.0 = mix(lanes.0, word(offset))
            lanes.1 = mix(lanes.1, word(offset + 8))
            lanes.2 = mix(lanes.2, word(offset + 16))
            lanes.3 = mix(lanes.3, word(offset + 24))
        }
        var hash = mix(mix(mix(mix(basis, lanes.0), lanes.1), lanes.2), lanes.3)
        for byte in bytes[whole...] { hash = mix(hash, UInt64(byte)) }
        return mix(hash, UInt64(bytes.count))
    }
}
