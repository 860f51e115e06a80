import StrataBackend
import StrataCompiler
import StrataData
import StrataEvaluation
import StrataGraph
import StrataNN
import StrataSIMD
import StrataTraining
import Testing

@testable import StrataModels

/// Variational autoencoders whole: where they are probabilistic PCA, with each decoder, prior and objective, and given a class.
@Suite struct VariationalAutoencoderTests {
    private func session() throws -> Session { try SmallMachine.session() }

    // MARK: Probabilistic PCA

    /// x = W z + μ + noise, with three features and orthogonal columns of W, whose squares are 4 and 1.
    private enum Plane {
        static let weight: [Float] = [1.2, -0.8, 1.6, 0.6, 0, 0]
        static let mean: [Float] = [0.5, -1, 2]
        static let variance = 0.25

        /// log p(x) of the marginal Gaussian.
        static func logLikelihood(_ x: [Double]) -> Double {
            let centred = zip(x, mean).map { $0 - Double($1) }
            let squares = (0..<2).map { column -> Double in
                let length = column == 0 ? 2.0 : 1.0
                let along = (0..<3).reduce(0.0) { $0 + Double(weight[2 * $1 + column]) * centred[$1] } / length
                return along * along
            }
            let outside = centred.reduce(0) { $0 + $1 * $1 } - squares[0] - squares[1]
            let variances = [4 + variance, 1 + variance]
            let distance = squares[0] / variances[0] + squares[1] / variances[1] + outside / variance
            let logDeterminant = logarithm(variances[0]) + logarithm(variances[1]) + logarithm(variance)
            return -0.5 * (distance + logDeterminant + 3 * logarithm(2 * Double.pi))
        }

        static func split(_ count: Int, seed: UInt32) throws -> DataSplit {
            var numbers: [Float] = []
            for row in 0..<count {
                let noise = (0..<5).map { draw -> Float in
                    let words = Threefry.block(key: (seed, UInt32(draw)), counter: (UInt32(row), 0))
                    let (u, v) = (Double(words.0) / 4_294_967_296, Double(words.1) / 4_294_967_296)
                    return Float((-2 * logarithm(1 - u)).squareRoot() * cosineOf(2 * Double.pi * v))
                }
                for feature in 0..<3 {
                    let signal = weight[2 * feature] * noise[0] + weight[2 * feature + 1] * noise[1]
                    numbers.append(mean[feature] + signal + noise[2 + feature] * 0.5)
                }
            }
            return try DataSplit(
                dtype: .float32, exampleShape: [3], bytes: numbers.withUnsafeBytes(Array.init), count: count)
        }
    }

    private func linear() -> VariationalAutoencoder {
        VariationalAutoencoder(
            features: 3, hidden: [], latent: 2, likelihood: GaussianDecoder(.learned, standardDeviation: 0.5, floor: 0))
    }

    /// Gives the model the weights of `Plane`, and the posterior that these have: N(M⁻¹ Wᵀ (x − μ), σ² M⁻¹) with M = WᵀW +
    /// σ², here diagonal.
    private func solve(_ model: VariationalAutoencoder, _ session: Session) throws {
        try session.create(model.variables)
        let precision = [4 + Float(Plane.variance), 1 + Float(Plane.variance)]
        let back = (0..<2).flatMap { column in (0..<3).map { Plane.weight[2 * $0 + column] / precision[column] } }
        let bias = (0..<2).map { column in
            -(0..<3).reduce(Float(0)) { $0 + back[3 * column + $1] * Plane.mean[$1] }
        }
        let logVariance = precision.map { Float(logarithm(Plane.variance / Double($0))) }
        let weights: [(String, [Float])] = [
            ("decoder.0.weight", Plane.weight), ("decoder.0.bias", Plane.mean), ("mean.weight", back),
            ("mean.bias", bias), ("log_variance.weight", [Float](repeating: 0, count: 6)),
            ("log_variance.bias", logVariance),
        ]
        for (name, values) in weights { try values.withUnsafeBytes { try session.writeVariable(name, $0) } }
    }

    /// With the exact posterior the weight of every draw is the likelihood.
    @Test func withoutHiddenLayersItIsProbabilisticPCA() throws {
        let (session, model) = (try session(), linear())
        try solve(model, session)
        let x: [Float] = [0, 1, 2, -1, 0.5, 3, 0.5, -1, 2, 4, 1, 1]
        let weights = model.logWeights(
            Batch(examples: .literal(x, [4, 3])), draws: 6, key: SmallMachine.key)
        let function = try session.prepare(Graph(outputs: [("w", weights)]))
        try function.write(Session.keyName, [1, 2] as [Int32])
        try function.run()
        let found = try function.read("w")
        for row in 0..<4 {
            let exact = Plane.logLikelihood(x[3 * row..<3 * row + 3].map(Double.init))
            for draw in 0..<6 { #expect(abs(Double(found[4 * draw + row]) - exact) < 2e-4, "\(row)") }
        }
    }

    /// Importance sampling finds the likelihood from a posterior that is not exact, too: from below, and within its interval.
    @Test func importanceSamplingFindsTheLikelihood() throws {
        let (session, model) = (try session(), linear())
        try solve(model, session)
        let split = try Plane.split(150, seed: 9)
        let exact =
            try split.values(0..<150).chunks(3).reduce(0) { $0 + Plane.logLikelihood($1.map(Double.init)) } / 150
        let predictor = try Predictor(model, features: 3, session: session)
        func estimate(_ samples: Int) throws -> Estimate {
            try #require(try ImportanceSampling(samples: samples).logLikelihood(predictor, of: split, seed: 1))
        }
        let tight = try estimate(2)
        #expect(abs(tight.value - exact) < 1e-4 && tight.upper - tight.lower < 1e-4)
        // Posteriors of twice the standard deviation, a little aside.
        try session.readVariable("log_variance.bias").withUnsafeBytes { bytes in
            let wide = bytes.bindMemory(to: Float.self).map { $0 + Float(2 * logarithm(2)) }
            try wide.withUnsafeBytes { try session.writeVariable("log_variance.bias", $0) }
        }
        let (few, many) = (try estimate(2), try estimate(300))
        #expect(few.value < exact - 0.1, "\(few) \(exact)")
        #expect(abs(many.value - exact) < 0.02 && many.lower < exact && many.upper > exact, "\(many) \(exact)")
        #expect(many.certainty == .stochasticLowerBound && many.upper - many.lower < 0.05)
        #expect(throws: StrataError.self) { try estimate(1) }
    }

    /// It learns what probabilistic PCA has in closed form.
    @Test func trainingComesToTheClosedForm() throws {
        let (train, session) = (try Plane.split(200, seed: 4), try session())
        let data = try DataSet(name: "plane", train: train, test: Plane.split(100, seed: 5))
        let model = linear()
        var optimizer = Optimizer.adam(0.1)
        optimizer.schedule = Cosine()
        let trainer = try Trainer(
            model: model, optimizer: optimizer, data: data, session: session,
            configuration: TrainingConfiguration(epochs: 700, batchSize: 200, seed: 1))
        for _ in 0..<700 { try trainer.trainStep() }
        let pca = ProbabilisticPrincipalComponents(features: 3, components: 2)
        let other = try self.session()
        let fitted = try Trainer(
            model: pca, optimizer: .sgd(), data: data, session: other,
            configuration: TrainingConfiguration(epochs: 1, batchSize: 200, seed: 1))
        while try fitted.nextEvent() != nil {}
        func likelihood(_ model: any Model, _ session: Session) throws -> Double {
            let predictor = try Predictor(model, features: 3, session: session)
            if let value = try ImportanceSampling(samples: 50).logLikelihood(predictor, of: train, seed: 1)?.value {
                return value
            }
            return Double(try #require(try predictor.evaluate(train).first { $0.name == "log_likelihood" }).value)
        }
        let (learned, exact) = (try likelihood(model, session), try likelihood(pca, other))
        #expect(abs(learned - exact) < 0.02, "\(learned) \(exact)")
    }

    // MARK: All that can be chosen

    private func trained(
        _ typed: [String: String], epochs: Int = 20, rate: Float = 0.01
    ) throws -> (model: any Model, session: Session, first: [MetricValue], last: [MetricValue]) {
        let (data, session) = (try Stripes.dataSet(), try session())
        let description = VariationalAutoencoder.description
        let small = ["network", "hidden"].contains { typed[$0] != nil } ? [:] : ["hidden": "12"]
        let settings = try Hyperparameters(
            description.hyperparameters, typed.merging(small) { $1 }.merging(["latent": "2"]) { $1 })
        let model = try description.build(data.spec, settings)
        let trainer = try Trainer(
            model: model, optimizer: .adam(rate), data: data, session: session,
            configuration: TrainingConfiguration(epochs: epochs, batchSize: 20, seed: 1))
        var reports: [EpochReport] = []
        while let event = try trainer.nextEvent() { if case .epoch(let report) = event { reports.append(report) } }
        return (model, session, try #require(reports.first).test, try #require(reports.last).test)
    }

    @Test(arguments: [
        ["decoder": "gaussian", "standard-deviation": "0.3"], ["decoder": "learned-gaussian"],
        ["decoder": "pixel-gaussian"], ["decoder": "logistic"], ["decoder": "categorical"],
        ["decoder": "pixel-gaussian", "network": "conv", "channels": "4"],
        ["decoder": "pixel-gaussian", "network": "lstm", "units": "6"],
        ["prior": "mixture", "components": "3"], ["prior": "vamp", "components": "3"],
        ["prior": "vamp", "components": "3", "decoder": "learned-gaussian", "importance": "3"],
        ["beta": "0.5", "beta-warmup": "20", "free-bits": "0.1"], ["importance": "4"],
        ["importance": "4", "gradient": "doubly-reparameterized", "prior": "mixture", "components": "2"],
        ["regularizer": "total-correlation"], ["regularizer": "total-correlation", "estimator": "weighted"],
        ["regularizer": "factor", "discriminator": "16", "prior": "vamp", "components": "3"],
        ["regularizer": "dip-i", "regularizer-weight": "1", "diagonal-weight": "1"],
        ["regularizer": "dip-ii", "regularizer-weight": "1", "diagonal-weight": "1", "conditional": "true"],
        ["conditional": "true"], ["conditional": "true", "network": "conv", "channels": "4"],
        ["conditional": "true", "network": "gru", "units": "6", "prior": "mixture", "components": "2"],
    ])
    func allOfThemLearn(_ settings: [String: String]) throws {
        let (model, session, first, last) = try trained(settings)
        let name = model.criterion.metric
        func value(_ metrics: [MetricValue], _ name: String) throws -> Float {
            try #require(metrics.first { $0.name == name }).value
        }
        #expect(try value(last, name) > value(first, name) + 1, "\(name) \(first) \(last)")
        let parts = try value(last, "reconstruction_log_likelihood") - value(last, "kl_divergence")
        #expect(try abs(value(last, "elbo") - parts) < 1e-2)
        if name != "elbo" { #expect(try value(last, name) > value(last, "elbo")) }
        let samples = try Predictor(model, features: 36, session: session).sample(5, seed: 1)
        #expect(samples.count == 180 && samples.allSatisfy { $0 > -1 && $0 < 2 })
        #expect(samples.prefix(36) != samples.suffix(36))
    }

    /// Samples of a class are of that class, and without one of each in turn.
    @Test func aClassIsSampled() throws {
        let (model, session, _, _) = try trained(["conditional": "true"], epochs: 60)
        let predictor = try Predictor(model, features: 36, session: session)
        for label in 0..<2 {
            let samples = try predictor.sample(8, seed: 3, given: .init(label: label))
            for row in 0..<8 { #expect(Stripes.isOfRows(samples[36 * row..<36 * row + 36]) == (label == 0)) }
        }
        let turns = try predictor.sample(6, seed: 3)
        for row in 0..<6 { #expect(Stripes.isOfRows(turns[36 * row..<36 * row + 36]) == row.isMultiple(of: 2)) }
        #expect(throws: StrataError.self) { try predictor.sample(1, given: .init(label: 2)) }
        // A code depends on the example and on its class.
        #expect(throws: StrataError.self) { try predictor.encode([Float](repeating: 0, count: 36)) }
        let examples = [Float](repeating: 0, count: 72) + [Float](repeating: 1, count: 36)
        let (codes, size) = try predictor.encode(examples, labels: [0, 1, 0])
        #expect(size == 2 && codes.count == 6 && codes[0..<2] != codes[2..<4] && codes[0..<2] != codes[4..<6])
        #expect(try predictor.encode(examples, labels: [0, 0, 0]).codes[2..<4] == codes[0..<2])
        #expect(throws: StrataError.self) { try predictor.encode(examples, labels: [0, 1]) }
    }

    @Test func dataThatDoNotFitAreRefused() throws {
        let description = VariationalAutoencoder.description
        func message(_ typed: [String: String], _ spec: DataSpec) throws -> String {
            let settings = try Hyperparameters(description.hyperparameters, typed)
            return try #require(throws: StrataError.self) { _ = try description.build(spec, settings) }.message
        }
        #expect(try message(["decoder": "logistic"], DataSpec(features: 4)).contains("brightness in bytes"))
        #expect(try message(["decoder": "categorical"], DataSpec(features: 4)).contains("brightness in bytes"))
        #expect(try message(["conditional": "true"], DataSpec(features: 4)).contains("this data has none"))
        #expect(try message(["conditional": "true"], DataSpec(features: 4, classes: 1)).contains("a single class"))
        for typed in [
            ["free-bits": "1", "importance": "2"], ["components": "3"], ["standard-deviation": "1"],
            ["conditional": "true", "prior": "vamp"], ["gradient": "doubly-reparameterized"], ["beta": "-1"],
            ["importance": "0"], ["decoder": "poisson"], ["regularizer": "factor", "importance": "2"],
            ["regularizer-weight": "1"], ["regularizer": "factor", "diagonal-weight": "1"], ["estimator": "weighted"],
            ["regularizer": "dip-i", "discriminator": "9"], ["regularizer": "tc"],
        ] {
            #expect(throws: StrataError.self) { _ = try Hyperparameters(description.hyperparameters, typed) }
        }
    }

    /// Bits are drawn anew for training, and once for an example whose likelihood is asked for: of a decoder that looks at
    /// no code every weight is the same.
    @Test func bitsAreDrawnFromBrightness() throws {
        let decoder = BernoulliDecoder(drawsBits: true)
        let key = RandomKey(Tensor.literal([3, 4] as [Int32], [2]))
        let backend = try SIMDBackend(configuration: BackendConfiguration())
        let session = Session(backend: backend, seed: 1)
        let drawn = try session.prepare(
            Graph(outputs: [("x", decoder.seen(.constant(0.3, [100, 100]), key))]))
        try drawn.run()
        let bits = try drawn.read("x")
        #expect(bits.allSatisfy { $0 == 0 || $0 == 1 } && abs(bits.reduce(0, +) / 10_000 - 0.3) < 0.02)

        let model = VariationalAutoencoder(features: 3, hidden: [], latent: 2, likelihood: decoder)
        let logits: [Float] = [1, -1, 0.5]
        var weights: [String: StoredArray] = [:]
        for variable in model.variables {
            let isBias = variable.name.hasPrefix("decoder") && variable.name.hasSuffix("bias")
            let zeros = [Float](repeating: 0, count: variable.type.shape.elementCount)
            weights[variable.name] = try StoredArray(isBias ? logits : zeros, shape: variable.type.shape)
        }
        let predictor = try Predictor(
            model, features: 3, session: session, weights: Checkpoint(variables: weights))
        let values = [Float](repeating: 0.25, count: 3 * 2000)
        let split = try DataSplit(
            dtype: .float32, exampleShape: [3], bytes: values.withUnsafeBytes(Array.init), count: 2000)
        let found = try #require(
            try ImportanceSampling(samples: 40).logLikelihood(predictor, of: split, seed: 5))
        let expected = logits.reduce(0) { $0 + 0.25 * Double($1) - logarithm(1 + exponential(Double($1))) }
        #expect(abs(found.value - expected) < 0.05, "\(found.value) \(expected)")
        #expect(found.upper - found.lower < 1e-5, "\(found)")
    }
}

extension Array {
    /// Parts of one length.
    fileprivate func chunks(_ length: Int) -> [[Element]] {
        stride(from: 0, to: count, by: length).map { Array(self[$0..<$0 + length]) }
    }
}
