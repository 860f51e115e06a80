public import StrataBackend
import StrataCompiler
import StrataData
import StrataModels
import StrataNN
import StrataTraining

/// What a linear classifier can read off a representation (Alain and Bengio 2016): the accuracy of a softmax regression
/// on standardised codes.
public enum LinearProbe {
    /// The share of `test` that a softmax regression on `train` predicts correctly.
    ///
    /// - `steps`: of Adam on batches of 100 at least; every example is seen 20 times at least.
    public static func accuracy(
        train: LabelledCodes, test: LabelledCodes, backend: any Backend, seed: UInt32, steps: Int = 2000
    ) throws -> Double {
        try accuracies(train: train, tests: [test], backend: backend, seed: seed, steps: steps)[0]
    }

    /// The same of several sets of codes as wide, all by one regression: it may be trained on the codes of one model and
    /// tested on those of another. Throws `shape` for codes of another width.
    public static func accuracies(
        train: LabelledCodes, tests: [LabelledCodes], backend: any Backend, seed: UInt32, steps: Int = 2000
    ) throws -> [Double] {
        for test in tests { try test.codes.requireSameWidth(as: train.codes) }
        guard Shape.isExtent(steps), train.count > 0 else {
            throw StrataError(parameter: "steps", steps, "expected a number from 1, and examples to learn from")
        }
        let batch = min(100, train.count)
        let batches = (train.count - 1) / batch + 1
        let scaling = Scaling(train.codes)
        let session = Session(backend: backend, seed: seed)
        let known = try scaling.split(train)
        let trainer = try Trainer(
            model: SupervisedNetwork(
                features: train.width, hidden: [], head: .softmax(classes: train.labels.classNames.count)),
            optimizer: .adam(1e-3), data: DataSet(name: "codes", train: known, test: known.subset([])),
            session: session,
            configuration: TrainingConfiguration(
                epochs: max(20, (steps - 1) / batches + 1), batchSize: batch, seed: seed))
        while !trainer.isFinished {
            for _ in 0..<batches { try trainer.trainStep() }
            if trainer.epoch == trainer.epochCount { break }
        }
        let probe = try Predictor(trainer.model, features: train.width, session: session)
        return try tests.map { test in
            try probe.evaluate(scaling.split(test)).first { $0.name == "accuracy" }.map { Double($0.value) } ?? 0
        }
    }

    /// Brings each latent dimension to mean 0 and standard deviation 1 over the rows it was made from.
    private struct Scaling {
        var means: [Float]
        var factors: [Float]

        init(_ codes: Codes) {
            let moments = codes.moments()
            means = moments.means.map { Float($0) }
            // A unit that never varies but by rounding says nothing, and stays 0.
            factors = zip(moments.variances, moments.means).map { variance, mean in
                variance > 1e-13 * mean * mean ? Float(1 / variance.squareRoot()) : 0
            }
        }

        func split(_ codes: LabelledCodes) throws -> DataSplit {
            var values = codes.values
            for position in values.indices {
                values[position] = (values[position] - means[position % codes.width]) * factors[position % codes.width]
            }
            return try DataSplit(
                dtype: .float32, exampleShape: [codes.width], bytes: values.withUnsafeBytes { Array($0) },
                count: codes.count, labels: codes.labels)
        }
    }
}
