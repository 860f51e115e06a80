import StrataBackend
import StrataData
import StrataFiles

/// Writes examples in the form that a file's name asks for.
enum ExampleFile {
    /// `.npy`: float32 [count, example shape]; otherwise a picture with all of them. Returns the path, whose
    /// extension changes where this build cannot write the format.
    static func write(_ examples: [Float], shape: [Int], to path: String, columns: Int?) throws -> String {
        let count = examples.count / max(shape.reduce(1, *), 1)
        if path.hasSuffix(".npy") {
            try AtomicFile.write(path, NPY.encode(StoredArray(examples, shape: Shape([count] + shape))))
            return path
        }
        guard RunPictures.canDraw(shape) else {
            throw StrataError(.unsupported, "examples of \(Shape(shape)) are no pictures; name an .npy file with --out")
        }
        let square = Int(Double(count).squareRoot().rounded(.up))
        return try PictureGrid(columns: columns ?? max(square, 1)).picture(of: examples, shape: Shape(shape)).write(path)
    }
}
