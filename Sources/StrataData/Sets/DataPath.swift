import StrataBackend

/// Data that a user names by a path.
///
/// | path | is read as |
/// | --- | --- |
/// | a folder with MNIST's four file names, plain or `.gz` | IDX, with training and test part |
/// | any other folder | pictures, see `PictureFolder` |
/// | `…images…` in IDX format | IDX; labels from `…labels…`, and for `train…` the test part from `t10k…` |
/// | `.npy` | an array [N, …] without labels |
/// | `.npz` | arrays `x`, `X`, `images`, `data`, or `x_train` and `x_test`; labels `y`, `labels`, `y_train`, `y_test` |
///
/// An `.npz` may hold targets too, [N] or [N, targets]: `targets`, or `targets_train` and `targets_test`.
///
/// Where there is no test part, the last tenth, shuffled by the seed, becomes it, and a note says so.
public enum DataPath {
    /// Throws `file` where the path cannot be read and `data` or `unsupported` for what is in it.
    public static func load(_ path: String, codecs: Codecs = .none, seed: UInt32 = 0) throws -> DataSet {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        switch FileBytes.kind(path) {
        case .missing: throw StrataError(.file, "\(path): no such file or folder")
        case .folder:
            return try IDXFiles(inFolder: path)?.load(name: path, codecs: codecs, seed: seed)
                ?? PictureFolder.load(path, codecs: codecs, seed: seed)
        case .file:
            if path.hasSuffix(".npz") { return try archive(path, codecs: codecs, seed: seed) }
            if path.hasSuffix(".npy") {
                let array = try NPY.parse(FileBytes.read(path), path: path)
                return try DataSet(name: path, splitting: split(array, nil, path), seed: seed)
            }
            if let files = IDXFiles(images: path) { return try files.load(name: path, codecs: codecs, seed: seed) }
            throw StrataError(
                .unsupported,
                "\(path): is no kind of data that is known; give a folder of pictures or of IDX files, an IDX file with"
                    + " 'images' in its name, an .npy or an .npz")
        }
    }

    private static func archive(_ path: String, codecs: Codecs, seed: UInt32) throws -> DataSet {
        let archive = try NPZ(FileBytes.read(path), path: path)
        func first(_ names: [String]) throws -> StoredArray? {
            for name in names { if let array = try archive.array(name, codecs: codecs) { return array } }
            return nil
        }
        let trainNames = ["x_train", "x", "X", "images", "data"]
        guard let train = try first(trainNames) else {
            throw StrataError(
                .data,
                "\(path): holds '\(archive.names.joined(separator: "', '"))', but none of"
                    + " '\(trainNames.joined(separator: "', '"))'")
        }
        let trainLabels = try first(["y_train", "y", "labels"])
        let trainTargets = try first(["targets_train", "targets"])
        guard let test = try first(["x_test"]) else {
            return try DataSet(
                name: path, splitting: split(train, trainLabels, path, targets: trainTargets), seed: seed)
        }
        let testTargets = try first(["targets_test"])
        guard (trainTargets == nil) == (testTargets == nil) else {
            throw StrataError(
                .data, "\(path): has targets for the \(testTargets == nil ? "training" : "test") examples only; give"
                    + " 'targets_train' and 'targets_test', or neither")
        }
        let testLabels = try first(["y_test"])
        // Classes are counted over both parts: the test part may lack the last one, or the training part.
        let classes = try [trainLabels, testLabels].compactMap { try $0?.int32s().max() }.max()
        let bothLabelled = trainLabels != nil && testLabels != nil
        return try DataSet(
            name: path,
            train: split(train, bothLabelled ? trainLabels : nil, path, classes: classes, targets: trainTargets),
            test: split(test, bothLabelled ? testLabels : nil, path, classes: classes, targets: testTargets))
    }

    /// An array [N, …], labels [N] and targets [N] or [N, targets] as examples. `classes` is the largest label, where
    /// it is known.
    static func split(
        _ array: StoredArray, _ labels: StoredArray?, _ path: String, classNames: [String]? = nil,
        classes: Int32? = nil, targets: StoredArray? = nil
    ) throws -> DataSplit {
        guard array.shape.rank >= 1 else { throw StrataError(.data, "\(path): is a single number; data are [N, …]") }
        // A vector is N examples of one number.
        let exampleShape = array.shape.rank == 1 ? [1] : Shape(Array(array.shape.dropFirst()))
        if array.dtype == .float32, let wrong = array.floats.firstIndex(where: { !$0.isFinite }) {
            let example = wrong / max(1, exampleShape.elementCount)
            throw StrataError(
                .data, "\(path): example \(example) has a value that is not a finite number; remove or replace it")
        }
        let known: Labels?
        do {
            known = try labels.map { labels in
                let values = try labels.int32s()
                let largest = max(classes ?? 0, values.max() ?? 0)
                guard largest < 1_000_000 else {
                    throw StrataError(.data, "label \(largest) is no class; classes are numbers from 0")
                }
                return Labels(values: values, classNames: classNames ?? (0...max(0, largest)).map(String.init))
            }
            return try DataSplit(
                dtype: array.dtype, exampleShape: exampleShape, bytes: array.bytes, count: array.shape[0],
                labels: known, targets: targets.map { try Targets($0, count: array.shape[0]) })
        } catch let error as StrataError {
            throw StrataError(error.kind == .shape ? .data : error.kind, "\(path): \(error.message)")
        }
    }
}
