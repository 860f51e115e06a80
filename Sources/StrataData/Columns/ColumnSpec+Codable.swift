import StrataBackend

extension ColumnSpec: Codable {
    private enum Key: String, CodingKey { case name, dtype, shape, scale, least, greatest, meaning }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let type = try fields.decode(String.self, forKey: .dtype)
        guard let dtype = DType.allCases.first(where: { $0.name == type }) else {
            throw StrataError(.data, "a column has the unknown type '\(type)'; known are uint8, int32 and float32")
        }
        let least = try fields.decodeIfPresent(Float.self, forKey: .least)
        let greatest = try fields.decodeIfPresent(Float.self, forKey: .greatest)
        let extents = try fields.decode([Int].self, forKey: .shape)
        guard extents.allSatisfy({ $0 >= 0 }) else {
            throw StrataError(.data, "a column has the impossible shape \(Shape(extents))")
        }
        self.init(
            try fields.decode(String.self, forKey: .name), dtype: dtype, shape: Shape(extents),
            scale: try fields.decode(Float.self, forKey: .scale),
            range: least.flatMap { least in greatest.flatMap { least <= $0 ? least...$0 : nil } },
            meaning: try fields.decode(ColumnMeaning.self, forKey: .meaning))
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(name, forKey: .name)
        try fields.encode(dtype.name, forKey: .dtype)
        try fields.encode(shape.extents, forKey: .shape)
        try fields.encode(scale, forKey: .scale)
        try fields.encodeIfPresent(range?.lowerBound, forKey: .least)
        try fields.encodeIfPresent(range?.upperBound, forKey: .greatest)
        try fields.encode(meaning, forKey: .meaning)
    }
}
