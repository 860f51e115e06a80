public import StrataBackend
import StrataData
public import StrataEvaluation
public import StrataTraining

/// What examples are compared by when samples are measured: their own numbers, or the codes that a model gives them.
///
/// Distances of samples mean something only beside others by the same features of as many examples.
public struct Features: Sendable {
    /// What they are, as a report calls them: `codes of runs/a`.
    public let name: String
    private let encoder: Predictor?

    /// The examples' own numbers.
    public static let values = Features(name: "their own numbers", encoder: nil)

    /// The codes of a trained model.
    public init(of encoder: Predictor, named name: String) { self.init(name: name, encoder: encoder) }

    private init(name: String, encoder: Predictor?) {
        self.name = name
        self.encoder = encoder
    }

    /// Those of gray images of 28 × 28, brightness on [0, 1]: the 64 outputs of the last of four convolutions, of a
    /// network that tells apart ten kinds of clothes and ten digits. Its weights come with the library; other weights
    /// would be another version, with another name.
    public static func images(on backend: any Backend) throws -> Features {
        let name = "the 64 features of images-28-v1"
        let file = try SafeTensors(parsing: PackageResources.images_28_v1_safetensors, path: name)
        let run = try Run(of: Checkpoint(variables: file.tensors, metadata: file.metadata), named: name)
        return Features(of: try run.predictor(on: backend), named: name)
    }

    /// Those that are taken where nobody asks for others: `images` for what they are made for, else the examples' own
    /// numbers.
    ///
    /// - `values`: Examples of that shape, which tell their scale.
    public static func standard(for shape: [Int], _ values: [Float], on backend: any Backend) throws -> Features {
        let isImage = [[28, 28], [1, 28, 28]].contains(shape) && values.allSatisfy { (0...1).contains($0) }
        return isImage ? try images(on: backend) : .values
    }

    /// The features of examples of `width` numbers. Throws `shape` where the model takes others.
    public func codes(_ values: [Float], width: Int) throws -> Codes {
        guard let encoder else { return try Codes(values, width: width) }
        guard encoder.features == width else {
            throw StrataError(
                .shape, "\(name): examples of \(encoder.features) numbers have them, and these have \(width)")
        }
        let (codes, size) = try encoder.encode(values)
        return try Codes(codes, width: size)
    }
}
