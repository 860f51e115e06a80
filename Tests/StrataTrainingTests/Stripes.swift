import StrataBackend
import StrataData

/// Two kinds of image of 6 × 6 bytes, striped in rows or in columns, with their labels.
enum Stripes {
    static func dataSet(_ count: Int = 60) throws -> DataSet {
        let labels = (0..<count).map { Int32($0 % 2) }
        let bytes = labels.enumerated().flatMap { row, label in
            (0..<36).map { pixel -> UInt8 in
                let noise = UInt8(Threefry.block(key: (3, 4), counter: (UInt32(row), UInt32(pixel))).0 % 40)
                return (label == 0 ? pixel / 6 : pixel % 6) % 2 == 0 ? 255 - noise : noise
            }
        }
        let split = try DataSplit(
            dtype: .uint8, exampleShape: [6, 6], bytes: bytes, count: count,
            labels: Labels(values: labels, classNames: ["rows", "columns"]))
        return try DataSet(name: "stripes", train: split, test: split)
    }

    /// Whether an image is more like rows than like columns.
    static func isOfRows(_ image: ArraySlice<Float>) -> Bool {
        let image = Array(image)
        func error(_ index: (Int) -> Int) -> Float {
            (0..<36).reduce(0) { $0 + abs(image[$1] - (index($1) % 2 == 0 ? 1 : 0)) }
        }
        return error { $0 / 6 } < error { $0 % 6 }
    }
}
