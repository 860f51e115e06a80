import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataModels

/// A split that lies on the device: a step is given indices and gathers its rows there.
final class ResidentSource: BatchSource {
    let count: Int
    let inputs: [String]
    private let name: String
    private let columns: [ColumnSpec]
    private var order: [Int32] = []

    /// Puts the split on the device; the host's copy is not kept.
    ///
    /// - `name`: The prefix of the resident inputs: `train`, `test`.
    init(_ split: DataSplit, name: String, on session: Session) throws {
        self.name = name
        count = split.count
        inputs = ["\(name).indices"]
        columns = split.columns.map(\.spec)
        for column in split.columns {
            let type = TensorType(Shape([split.count] + Self.rowShape(column.spec).extents), column.spec.dtype)
            try column.bytes.withUnsafeBytes { try session.place("\(name).\(column.name)", type, $0) }
        }
        try placeMeans(split, name, on: session)
    }

    func batch(_ size: Int) -> Batch { rows(.input(inputs[0], [size], dtype: .int32)) }

    /// So many rows that a step draws by itself, each as probable as another, with replacement.
    func draws(_ size: Int, _ key: RandomKey) -> Batch {
        let places = (key.uniform([size]) * Float(count)).floor().minimum(Float(count - 1))
        return rows(places.cast(to: .int32))
    }

    private func rows(_ indices: Tensor) -> Batch {
        Batch(columns, name) { spec in
            let shape = Self.rowShape(spec)
            return .input("\(name).\(spec.name)", Shape([count] + shape.extents), dtype: spec.dtype).gather(indices)
        }
    }

    func begin(epoch: Int, order: [Int32], batchSize: Int) { self.order = order }

    func write(_ start: Int, size: Int, _ give: (Int, UnsafeRawBufferPointer) throws -> Void) throws {
        try order.withUnsafeBytes { bytes in
            let width = MemoryLayout<Int32>.stride
            try give(0, UnsafeRawBufferPointer(rebasing: bytes[start * width..<(start + size) * width]))
        }
    }

    /// Rows of examples lie flat.
    private static func rowShape(_ spec: ColumnSpec) -> Shape {
        spec.isFlattened ? [spec.shape.elementCount] : spec.shape
    }
}

/// A split that stays where it is: batches are read ahead from there, and a step is given their rows.
final class StreamedSource: BatchSource {
    let count: Int
    let inputs: [String]
    private let name: String
    private let split: DataSplit
    private var reader: BatchReader?
    private var nextStart = 0
    private var pass: (order: [Int32], batchSize: Int) = ([], 1)

    init(_ split: DataSplit, name: String, on session: Session) throws {
        self.name = name
        self.split = split
        count = split.count
        inputs = split.columns.map { "\(name).batch.\($0.name)" }
        try placeMeans(split, name, on: session)
    }

    func batch(_ size: Int) -> Batch {
        Batch(split.columns.map(\.spec), name) { spec in
            let row = spec.isFlattened ? [spec.shape.elementCount] : spec.shape
            return .input("\(name).batch.\(spec.name)", Shape([size] + row.extents), dtype: spec.dtype)
        }
    }

    func begin(epoch: Int, order: [Int32], batchSize: Int) {
        pass = (order, batchSize)
        reader = nil
    }

    func write(_ start: Int, size: Int, _ give: (Int, UnsafeRawBufferPointer) throws -> Void) throws {
        // A run that goes on within an epoch begins in its midst.
        if reader == nil || nextStart != start {
            reader = try BatchReader(split, order: Array(pass.order[start...]), batchSize: pass.batchSize)
        }
        nextStart = start + size
        let isRead: Void? = try reader?.next { batch in
            for (number, bytes) in batch.columns.enumerated() { try give(number, bytes) }
        }
        guard isRead != nil else {
            throw StrataError(.data, "the data ended before example \(start + size) of the epoch")
        }
    }
}

/// Puts the means of a split's numeric columns on the device.
private func placeMeans(_ split: DataSplit, _ name: String, on session: Session) throws {
    guard let targets = split.targets else { return }
    let type = TensorType([targets.names.count])
    try targets.means.withUnsafeBytes { try session.place("\(name).target.means", type, $0) }
}

extension Batch {
    /// The columns of a split, each as its stored rows give it: scaled, whole numbers as int32.
    fileprivate init(_ columns: [ColumnSpec], _ name: String, rows: (ColumnSpec) -> Tensor) {
        self.init(columns: [:])
        for spec in columns {
            let stored = rows(spec)
            self[spec.name] = spec.meaning.isIndex ? stored.cast(to: .int32) : stored.cast(to: .float32) * spec.scale
            if case .numbers(let names) = spec.meaning, spec.name == ColumnName.target {
                means[spec.name] = .input("\(name).target.means", [names.count])
            }
        }
    }
}

extension ColumnSpec {
    /// Whether models see each value as one vector.
    fileprivate var isFlattened: Bool { name == ColumnName.example && !meaning.isIndex }
}
