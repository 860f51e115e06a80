import StrataBackend

/// A file of named weights, whoever wrote it.
///
/// | file | written by |
/// | --- | --- |
/// | `.safetensors` | Strata, Hugging Face's safetensors |
/// | `.npz` | `numpy.savez`; words in it, such as `covariance_type`, are metadata |
/// | `.pt`, `.pth`, `.bin`, `.ckpt` | `torch.save`, see `PyTorch` |
///
/// What a file is, its content says, not its name.
package enum WeightFile {
    /// The arrays of a file by their names, and the metadata where the format has such. Throws `file`, `checkpoint`,
    /// `unsupported`.
    package static func read(_ path: String, codecs: Codecs = .none) throws -> SafeTensors {
        let bytes = try FileBytes.read(path)
        // PyTorch's files are archives too.
        if bytes.starts(with: "PK".utf8), let archive = try? NPZ(bytes, path: path), !archive.names.isEmpty {
            return try arrays(archive, codecs)
        }
        return PyTorch.recognizes(bytes)
            ? SafeTensors(tensors: try PyTorch.parse(bytes, path: path)) : try SafeTensors(parsing: bytes, path: path)
    }

    /// The numbers of an archive, and its words. Python's objects, which only Python reads, are passed over.
    private static func arrays(_ archive: NPZ, _ codecs: Codecs) throws -> SafeTensors {
        var found = SafeTensors()
        for name in archive.names {
            guard let file = try archive.file(name, codecs: codecs) else { continue }
            if try NPY.layout(file.bytes, path: file.path).element.hasPrefix("O") { continue }
            if let (shape, words) = try NPY.text(file.bytes, path: file.path) {
                if shape.rank == 0 { found.metadata[name] = words.first }
            } else {
                found.tensors[name] = try NPY.parse(file.bytes, path: file.path)
            }
        }
        return found
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
