import StrataBackend

/// A file of named weights, whoever wrote it.
///
/// | file | written by |
/// | --- | --- |
/// | `.safetensors` | Strata, Hugging Face's safetensors |
/// | `.pt`, `.pth`, `.bin`, `.ckpt` | `torch.save`, see `PyTorch` |
///
/// What a file is, its content says, not its name.
package enum WeightFile {
    private struct Format: Sendable {
        var recognizes: @Sendable (_ start: [UInt8]) -> Bool
        var parse: @Sendable (_ bytes: [UInt8], _ path: String) throws -> SafeTensors
    }

    /// What no other format recognizes is read as the last one, whose errors say what is amiss.
    private static let formats = [
        Format(
            recognizes: PyTorch.recognizes, parse: { SafeTensors(tensors: try PyTorch.parse($0, path: $1)) }),
        Format(recognizes: { _ in true }, parse: { try SafeTensors(parsing: $0, path: $1) }),
    ]

    /// The arrays of a file by their names, and the metadata where the format has such. Throws `file`, `checkpoint`,
    /// `unsupported`.
    package static func read(_ path: String) throws -> SafeTensors {
        let bytes = try FileBytes.read(path)
        let start = Array(bytes.prefix(8))
        // A header's length of safetensors may look like a pickle's first two bytes, but never has "{" behind it by chance.
        let isSafeTensors = bytes.count > 8 && bytes[8] == UInt8(ascii: "{")
        let format = isSafeTensors ? formats[formats.count - 1] : formats.first { $0.recognizes(start) }
        return try (format ?? formats[formats.count - 1]).parse(bytes, path)
    }

    /// The file of weights that a path means: itself, or the one of a folder of Hugging Face's hub; `nil` for any other folder.
    package static func find(_ path: String) -> String? {
        switch FileBytes.kind(path) {
        case .file: path
        case .folder:
            ["model.safetensors", "pytorch_model.bin"].map { "\(path)/\($0)" }.first { FileBytes.kind($0) == .file }
        case .missing: nil
        }
    }
}
