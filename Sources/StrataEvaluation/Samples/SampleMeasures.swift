public import StrataBackend
import StrataCompiler
import StrataData
import StrataModels
import StrataNN
import StrataTraining

/// How far samples of a model are from real examples, in terms of features of both.
public enum SampleMeasures {
    /// What a measure found, and how much that depends on the examples it was found on.
    public struct Measure: Sendable, Hashable {
        /// `frechet_distance`, `kernel_distance`, `precision`, …
        public var name: String
        /// Distances and divergences are 0 at best, all others 1; a density may be above that, and covered modes are a
        /// number.
        public var value: Double
        /// The standard deviation of a kernel distance over its subsets; `nil` for all others.
        public var deviation: Double?
    }

    /// Bins of the curve of precision and recall.
    private static let clusters = 20

    /// All measures, by name: the Fréchet distance; the kernel distance; precision, recall, density and coverage of
    /// neighbourhoods of five; and the F scores of precision and recall as distributions over clusters of both sets
    /// together, of which the first weighs recall and the second precision.
    ///
    /// Throws `data` for 20 features in a set or fewer, `shape` for features of different widths. Time grows with the
    /// product of both numbers of features, and with the cube of their width.
    public static func all(
        real: Codes, samples: Codes, seed: UInt32 = 0, backend: any Backend
    ) throws -> [Measure] {
        try real.requireSameWidth(as: samples)
        for codes in [real, samples] { try codes.require(clusters + 1, for: "a comparison of samples") }
        let frechet = try FrechetDistance.between(real, samples, backend: backend)
        let kernel = try KernelDistance(real, samples, seed: seed, backend: backend)
        let near = try Neighbourhoods(real: real, samples: samples, backend: backend)
        let curve = try distribution(real, samples, seed, backend)
        return [
            Measure(name: "frechet_distance", value: frechet),
            Measure(name: "kernel_distance", value: kernel.mean, deviation: kernel.standardDeviation),
            Measure(name: "precision", value: near.precision), Measure(name: "recall", value: near.recall),
            Measure(name: "density", value: near.density), Measure(name: "coverage", value: near.coverage),
            Measure(name: "prd_f8", value: curve.score(8)), Measure(name: "prd_f1/8", value: curve.score(1 / 8)),
        ]
    }

    /// The shares that both sets have in the clusters of k-means over them together.
    private static func distribution(
        _ real: Codes, _ samples: Codes, _ seed: UInt32, _ backend: any Backend
    ) throws -> PrecisionRecallDistribution {
        // Each with as many examples, so that clusters belong to both.
        let count = min(real.count, samples.count)
        let both = [real, samples].map { codes in
            codes.rows(Threefry.permutation(count: codes.count, seed: seed, epoch: 0).prefix(count).map { Int($0) })
        }
        let split = try DataSplit(
            dtype: .float32, exampleShape: [real.width],
            bytes: (both[0].values + both[1].values).withUnsafeBytes(Array.init), count: 2 * count)
        let trainer = try Trainer(
            model: KMeans(features: real.width, clusters: clusters), optimizer: .sgd(0),
            data: DataSet(name: "features", train: split, test: split),
            session: Session(backend: backend, seed: seed),
            configuration: TrainingConfiguration(epochs: 20, batchSize: min(1000, 2 * count), seed: seed))
        while try trainer.nextEvent() != nil {}
        let predictor = try Predictor(trainer.model, features: real.width, session: trainer.session)
        let shares = try both.map { codes -> [Double] in
            let members = try predictor.encode(codes.values).codes
            return (0..<clusters).map { cluster in
                stride(from: cluster, to: members.count, by: clusters).reduce(0) { $0 + Double(members[$1]) }
                    / Double(count)
            }
        }
        return PrecisionRecallDistribution(real: shares[0], samples: shares[1])
    }
}
