import StrataBackend

/// Sequences of frames as one array: filled up with zeros to the steps of the longest, with their lengths beside it. A
/// very long one becomes several, each as if it were a sequence of its own.
struct SequenceTable {
    /// For each list of sequences: frames [count, steps, width], and their lengths [count].
    let parts: [(frames: StoredArray, lengths: StoredArray)]
    let notes: [String]

    /// The most steps of a piece.
    static let longest = 200

    /// Throws `data` for frames of different widths, or none.
    init(_ lists: [[StoredArray]], path: String) throws {
        let all = lists.flatMap { $0 }.filter { $0.shape.elementCount > 0 }
        guard let width = all.first?.shape.last, all.allSatisfy({ $0.shape.rank == 2 && $0.shape[1] == width }) else {
            throw StrataError(.data, "\(path): sequences are matrices [steps, width], all of the same width")
        }
        let dtype: DType = all.allSatisfy { $0.dtype == .uint8 } ? .uint8 : .float32
        let most = all.map { $0.shape[0] }.max() ?? 1
        let (steps, row) = (min(most, Self.longest), width * dtype.byteCount)
        parts = try lists.map { list in
            var (bytes, lengths) = ([UInt8](), [Int32]())
            for sequence in list where sequence.shape.elementCount > 0 {
                let own = dtype == sequence.dtype ? sequence.bytes : sequence.floats.withUnsafeBytes(Array.init)
                for start in stride(from: 0, to: sequence.shape[0], by: steps) {
                    let length = min(steps, sequence.shape[0] - start)
                    bytes += own[start * row..<(start + length) * row]
                    bytes += [UInt8](repeating: 0, count: (steps - length) * row)
                    lengths.append(Int32(length))
                }
            }
            return (
                try StoredArray(dtype: dtype, shape: [lengths.count, steps, width], bytes: bytes),
                try StoredArray(lengths, shape: [lengths.count])
            )
        }
        var notes = ["examples are sequences of at most \(steps) steps of \(width) numbers, filled up with zeros"]
        if most > steps { notes.append("sequences of up to \(most) steps are cut into pieces of \(steps)") }
        let empty = lists.reduce(0) { $0 + $1.count } - all.count
        if empty > 0 { notes.append("\(empty) sequences are empty and left out") }
        self.notes = notes
    }
}
