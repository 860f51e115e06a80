import FoundationEssentials
import StrataBackend

extension SafeTensors {
    /// Writes the file whole or leaves what was there; see `AtomicFile`.
    ///
    /// Throws `file` with the system's reason, and `checkpoint` for a tensor named `__metadata__`.
    public func write(_ path: String) throws {
        let (header, order) = try layout()
        try AtomicFile.write(path) { writer in
            try writer.append(header)
            for name in order { try tensors[name]?.bytes.withUnsafeBytes { try writer.append($0) } }
        }
    }

    /// The file as bytes. Equal values give equal bytes.
    public func encoded() throws -> [UInt8] {
        let (header, order) = try layout()
        return order.reduce(into: header) { $0 += tensors[$1]?.bytes ?? [] }
    }

    /// The header with its length, padded by spaces so that the data start at a multiple of 8, and the names in the
    /// order of their bytes. Wide elements come first: so each tensor is aligned to its element.
    private func layout() throws -> (header: [UInt8], order: [String]) {
        guard tensors[Self.metadataKey] == nil else {
            throw StrataError(
                .checkpoint, "a tensor cannot be named \(Self.metadataKey), which safetensors keeps for itself")
        }
        let order = tensors.sorted { a, b in
            (b.value.dtype.byteCount, a.key) < (a.value.dtype.byteCount, b.key)
        }.map(\.key)
        var entries: [String: HeaderEntry] = metadata.isEmpty ? [:] : [Self.metadataKey: .metadata(metadata)]
        var offset = 0
        for name in order {
            guard let array = tensors[name] else { continue }
            let dtype =
                switch array.dtype {
                case .float32: "F32"
                case .int32: "I32"
                case .uint8: "U8"
                }
            let end = offset + array.bytes.count
            entries[name] = .tensor(.init(dtype: dtype, shape: array.shape.extents, offsets: [offset, end]))
            offset = end
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var json = Array(try encoder.encode(entries))
        json += Array(repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
        return (withUnsafeBytes(of: UInt64(json.count).littleEndian, Array.init) + json, order)
    }
}
