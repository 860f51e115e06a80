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
    /// The arrays of a file by their names, and the metadata where the format has such. Throws `file`, `checkpoint`,
    /// `unsupported`.
    package static func read(_ path: String) throws -> SafeTensors {
        let bytes = try FileBytes.read(path)
        return PyTorch.recognizes(bytes)
            ? SafeTensors(tensors: try PyTorch.parse(bytes, path: path)) : try SafeTensors(parsing: bytes, path: path)
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
