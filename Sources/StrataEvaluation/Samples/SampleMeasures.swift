public import StrataBackend
import StrataCompiler
import StrataData
import StrataModels
import StrataNN
import StrataTraining

/// How far samples of a model are from real examples, in terms of features of both.
public enum SampleMeasures {
    /// What a measure found, and how far that may be off for the examples it was found on.
    public struct Measure: Sendable, Hashable {
        /// `frechet_distance`, `kernel_distance`, `precision`, …
        public var name: String
        /// Distances and divergences are 0 at best, all others 1; a density may be above that, and covered modes are a
        /// number.
        public var value: Double
        /// The standard error, by leaving out a tenth of both sets in turn; `nil` where that is not known, as for small
        /// sets. It is that of other examples of the same two distributions, and says nothing of another training.
        public var standardError: Double?
    }

    /// The least number of features in a set.
    public static let fewest = clusters + 1

    /// Bins of the curve of precision and recall.
    private static let clusters = 20

    /// All measures, by name: the Fréchet distance; the kernel distance; precision, recall, density and coverage of
    /// neighbourhoods of five; and the F scores of precision and recall as distributions over clusters of both sets
    /// together, of which the first weighs recall and the second precision.
    ///
    /// Throws `data` for 20 features in a set or fewer, `shape` for features of different widths. Time grows with the
    /// product of both numbers of features, and with the cube of their width; all is found eleven times.
    public static func all(
        real: Codes, samples: Codes, seed: UInt32 = 0, backend: any Backend
    ) throws -> [Measure] {
        try real.requireSameWidth(as: samples)
        for codes in [real, samples] { try codes.require(fewest, for: "a comparison of samples") }
        let measures = try values(real, samples, seed, backend)
        guard min(real.count, samples.count) > 2 * clusters else {
            return measures.map { Measure(name: $0.name, value: $0.value) }
        }
        let others = try (0..<parts).map { part -> [Double] in
            // At random: samples may be of each class in turn.
            func rest(_ codes: Codes) -> Codes {
                let order = Threefry.permutation(count: codes.count, seed: seed, epoch: 0x7061_7274)
                return codes.rows(order.indices.filter { $0 % parts != part }.map { Int(order[$0]) })
            }
            return try values(rest(real), rest(samples), seed, backend).map(\.value)
        }
        return measures.enumerated().map { place, measure in
            Measure(
                name: measure.name, value: measure.value, standardError: standardError(of: others.map { $0[place] }))
        }
    }

    /// The sets that the jackknife leaves out in turn.
    private static let parts = 10

    /// The standard error of a statistic from its values with one part of the examples left out in turn: the jackknife
    /// (Tukey 1958), over groups.
    static func standardError(of values: [Double]) -> Double {
        let count = Double(max(values.count, 1))
        let mean = values.reduce(0, +) / count
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } * (count - 1) / count).squareRoot()
    }

    private static func values(
        _ real: Codes, _ samples: Codes, _ seed: UInt32, _ backend: any Backend
    ) throws -> [(name: String, value: Double)] {
        let near = try Neighbourhoods(real: real, samples: samples, backend: backend)
        let curve = try distribution(real, samples, seed, backend)
        return [
            ("frechet_distance", try FrechetDistance.between(real, samples, backend: backend)),
            ("kernel_distance", try KernelDistance(real, samples, seed: seed, backend: backend).mean),
            ("precision", near.precision), ("recall", near.recall), ("density", near.density),
            ("coverage", near.coverage), ("prd_f8", curve.score(8)), ("prd_f1/8", curve.score(1 / 8)),
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
