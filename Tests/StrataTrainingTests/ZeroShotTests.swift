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

/// Classes that are known by their attributes alone.
@Suite struct ZeroShotTests {
    // MARK: Data

    /// Nine classes of a row and a column of a grid, of which those on the diagonal are unseen; examples are bits of
    /// both with noise.
    static func grid(_ each: Int = 20, unseen: [Int] = [0, 4, 8]) throws -> DataSet {
        var values = [Float](repeating: 0, count: 54)
        for number in 0..<9 { for place in [number / 3, 3 + number % 3] { values[number * 6 + place] = 1 } }
        let attributes = try ClassAttributes(
            names: ["r0", "r1", "r2", "c0", "c1", "c2"], values: values, unseen: unseen)
        func split(_ classes: [Int], _ stream: UInt32) throws -> DataSplit {
            let labels = classes.flatMap { [Int32](repeating: Int32($0), count: each) }
            let values = labels.enumerated().flatMap { example, label in
                (0..<6).map { place -> Float in
                    let noise = Threefry.uniform(
                        Threefry.block(key: (7, stream), counter: (UInt32(example), UInt32(place))).0)
                    return attributes.values[Int(label) * 6 + place] * 0.7 + noise * 0.3
                }
            }
            return try DataSplit(
                dtype: .float32, exampleShape: [6], bytes: values.withUnsafeBytes(Array.init), count: labels.count,
                labels: Labels(values: labels, classNames: (0..<9).map(String.init)))
        }
        return try DataSet(name: "grid", train: split(attributes.seen, 1), test: split(Array(0..<9), 2))
            .describingClasses(by: attributes)
    }

    private func trained(_ model: any Model, on data: DataSet, batch: Int = 32, epochs: Int = 1) throws -> Trainer {
        let trainer = try Trainer(
            model: model, optimizer: .adam(1e-2), data: data, session: SmallMachine.session(),
            configuration: TrainingConfiguration(epochs: epochs, batchSize: batch))
        while try trainer.nextEvent() != nil {}
        return trainer
    }

    // MARK: ESZSL

    /// X with A X = B by Gaussian elimination.
    private func solve(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
        var rows = zip(a, b).map { $0 + $1 }
        for column in a.indices {
            let pivot = (column..<a.count).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
            rows.swapAt(column, pivot)
            for row in a.indices where row != column {
                let factor = rows[row][column] / rows[column][column]
                for place in rows[row].indices { rows[row][place] -= factor * rows[column][place] }
            }
        }
        return rows.enumerated().map { row, values in values[a.count...].map { $0 / values[row] } }
    }

    private func product(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
        a.map { row in b[0].indices.map { column in row.indices.reduce(0) { $0 + row[$1] * b[$1][column] } } }
    }

    private func transposed(_ a: [[Double]]) -> [[Double]] { a[0].indices.map { column in a.map { $0[column] } } }

    private func ridged(_ a: [[Double]], _ factor: Double) -> [[Double]] {
        let mean = a.indices.reduce(0) { $0 + a[$1][$1] } / Double(a.count)
        return a.indices.map { i in a.indices.map { a[i][$0] + (i == $0 ? mean * factor : 0) } }
    }

    /// `(XᵀX + γ)⁻¹ Xᵀ Y S (SᵀS + λ)⁻¹` of the training examples of some classes, with a gram of all that are counted.
    private func dense(
        _ data: DataSet, classes: [Int], gram counted: [Int]? = nil, gamma: Double, lambda: Double
    ) throws -> [[Double]] {
        let values = try data.train.values(0..<data.train.count).map(Double.init)
        let labels = try #require(data.train.labels).values
        func rows(_ classes: [Int]) -> [Int] { labels.indices.filter { classes.contains(Int(labels[$0])) } }
        func matrix(_ rows: [Int]) -> [[Double]] { rows.map { Array(values[$0 * 6..<$0 * 6 + 6]) } }
        let x = matrix(rows(counted ?? classes))
        let attributes = try #require(data.attributes)
        let s = classes.map { number -> [Double] in
            let own = attributes.values[number * 6..<number * 6 + 6].map(Double.init)
            let length = own.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return own.map { $0 / length }
        }
        let own = rows(classes)
        let y = own.map { example in classes.map { Int(labels[example]) == $0 ? 1.0 : 0 } }
        let left = solve(
            ridged(product(transposed(x), x), gamma), product(product(transposed(matrix(own)), y), s))
        return transposed(solve(ridged(product(transposed(s), s), lambda), transposed(left)))
    }

    private func expectNear(_ found: [Float], _ dense: [[Double]]) {
        let scale = dense.joined().reduce(0) { max($0, abs($1)) }
        for (one, other) in zip(found, dense.joined()) {
            #expect(abs(Double(one) - other) < 1e-3 * scale, "\(one) \(other)")
        }
    }

    /// Batches of 7 do not divide the examples.
    @Test func closedFormIsThatOfADenseSolve() throws {
        let data = try Self.grid()
        let model = try ESZSL(
            features: 6, attributes: #require(data.attributes), gamma: 0.05, lambda: 0.5)
        let trainer = try trained(model, on: data, batch: 7)
        let weight = try #require(try trainer.checkpoint().variables["weight"]).floats
        expectNear(weight, try dense(data, classes: [1, 2, 3, 5, 6, 7], gamma: 0.05, lambda: 0.5))
    }

    /// γ and λ are those with the best accuracy on classes that were held out, and the weight is then that of all seen
    /// ones.
    @Test func ridgesAreChosenOnHeldOutClasses() throws {
        let data = try Self.grid()
        let held = [1, 5]
        let (gammas, lambdas): ([Float], [Float]) = ([1e-3, 1, 100], [0.1, 10])
        let model = try ESZSL(
            features: ExampleFeatures(of: 6), signatures: ClassSignatures(#require(data.attributes)), heldOut: held,
            fixed: (1, 1), grid: (gammas, lambdas))
        let trainer = try trained(model, on: data, batch: 11)
        let variables = try trainer.checkpoint().variables
        let choice = try #require(variables["choice"]).floats
        let values = try data.train.values(0..<data.train.count).map(Double.init)
        let labels = try #require(data.train.labels).values
        let s = [1, 5].map { number in
            try? dataRow(data, number).map { $0 / 2.0.squareRoot() }
        }.compactMap(\.self)
        var best = 0.0
        var all: [Double] = []
        for gamma in gammas {
            for lambda in lambdas {
                let v = try dense(data, classes: [2, 3, 6, 7], gamma: Double(gamma), lambda: Double(lambda))
                var right = [0.0, 0.0]
                for example in labels.indices where held.contains(Int(labels[example])) {
                    let x = Array(values[example * 6..<example * 6 + 6])
                    let scores = s.map { row in SmallMachine.product(x, v.flatMap(\.self), row) }
                    let told = scores[0] >= scores[1] ? 0 : 1
                    if held[told] == Int(labels[example]) { right[told] += 1 }
                }
                all.append((right[0] / 20 + right[1] / 20) / 2)
                best = max(best, all.last ?? 0)
            }
        }
        #expect(abs(Double(choice[2]) - best) < 1e-5, "\(choice) \(all)")
        let place = try #require(all.firstIndex(of: best))
        #expect(choice[0] == gammas[place / 2] && choice[1] == lambdas[place % 2], "\(choice) \(all)")
        let weight = try #require(variables["weight"]).floats
        expectNear(
            weight,
            try dense(data, classes: [1, 2, 3, 5, 6, 7], gamma: Double(choice[0]), lambda: Double(choice[1])))
    }

    private func dataRow(_ data: DataSet, _ number: Int) throws -> [Double] {
        try #require(data.attributes).values[number * 6..<number * 6 + 6].map(Double.init)
    }

    // MARK: Measures

    private static let scores: [Float] = [
        3, 1, 2, 0,
        2, 1, 0, 0,
        0, 2, 1.5, 1,
        1, 0, 2, 0,
        3, 0, 1, 2,
    ]
    private static let labels: [Int32] = [0, 1, 1, 2, 3]

    /// Two seen and two unseen classes: class 0 is told right, class 1 every other time, class 2 at once, class 3 once
    /// the bias is above 1.
    @Test func stackingIsCalibratedByHand() throws {
        let curve = try SeenUnseenCurve(scores: Self.scores, labels: Self.labels, classes: 4, unseen: [2, 3])
        #expect(curve.points.map(\.bias) == [-.infinity, -1, 0.5, 1])
        #expect(curve.points.map(\.accuracies.seen) == [0.75, 0.75, 0.5, 0])
        #expect(curve.points.map(\.accuracies.unseen) == [0, 0.5, 0.5, 1])
        let plain = curve.accuracies(bias: 0)
        #expect(plain.seen == 0.75 && plain.unseen == 0.5 && abs(plain.harmonicMean - 0.6) < 1e-12)
        #expect(abs(curve.area - 0.5) < 1e-12 && curve.zeroShotAccuracy == 1 && curve.chance == 0.5)
        #expect(curve.bestBias == -0.25 && curve.accuracies(bias: 1.5).seen == 0)
        // Without class 0 the second example is told to be of class 1 as well.
        let absent = try SeenUnseenCurve(
            scores: Self.scores, labels: Self.labels, classes: 4, unseen: [2, 3], absent: [0])
        #expect(absent.accuracies(bias: -10).seen == 0.5)
        // In standard deviations of an example's scores the scale is gone: class 1 goes at 0.5 of √(0.546875) = 0.7395.
        for factor in [1, 1000] as [Float] {
            let standard = try SeenUnseenCurve(
                scores: Self.scores.map { $0 * factor }, labels: Self.labels, classes: 4, unseen: [2, 3],
                isStandardized: true)
            #expect(standard.points.contains { abs($0.bias - 0.5 / 0.546875.squareRoot()) < 1e-6 })
            #expect(standard.accuracies(bias: 0) == plain)
        }
        // A model that knows nothing tells the first class of each kind, and one that is always right has an area of 1.
        let idle = try SeenUnseenCurve(
            scores: [Float](repeating: 0, count: 20), labels: Self.labels, classes: 4, unseen: [2, 3])
        #expect(idle.points[0].accuracies.seen == 0.5 && idle.zeroShotAccuracy == 0.5)
        let perfect = try SeenUnseenCurve(
            scores: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], labels: [0, 1, 2, 3], classes: 4, unseen: [2, 3])
        #expect(perfect.area == 1 && perfect.accuracies(bias: 0).harmonicMean == 1)
    }

    @Test func scoresThatDoNotFitAreRefused() {
        func kind(_ scores: [Float], _ labels: [Int32], _ unseen: [Int] = [1]) -> StrataError.Kind? {
            let error = #expect(throws: StrataError.self) {
                try SeenUnseenCurve(scores: scores, labels: labels, classes: 2, unseen: unseen)
            }
            return error?.kind
        }
        #expect(kind([1, 2, 3], [0]) == .shape && kind([1, 2], [2]) == .shape && kind([1, 2], [0], [2]) == .shape)
        #expect(kind([1, .nan], [1]) == .notFinite && kind([1, 2], [0]) == .data && kind([], []) == .data)
    }

    /// The same numbers as metrics, from means over examples whatever the batches.
    @Test func metricsAreMeansOverClasses() throws {
        let attributes = try ClassAttributes(names: ["a"], values: [1, 2, 3, 4], unseen: [2, 3])
        let batch = Batch(examples: .input("x", [5, 1]), labels: .literal(Self.labels, [5]))
        let metrics = ClassSignatures(attributes).metrics(.literal(Self.scores, [5, 4]), batch)
        let session = try SmallMachine.session()
        let function = try session.prepare(Graph(outputs: metrics.map { ($0.name, $0.mean) }))
        try function.run()
        let found = try Dictionary(
            uniqueKeysWithValues: metrics.map { metric in
                let derivation = try #require(metric.derivation)
                return (metric.name, derivation(try function.read(metric.name)))
            })
        #expect(found["seen_accuracy"] == 0.75 && found["unseen_accuracy"] == 0.5)
        #expect(found["zero_shot_accuracy"] == 1 && abs((found["harmonic_mean"] ?? 0) - 0.6) < 1e-6)
    }

    // MARK: Models

    /// A row and a column that were met apart are known together, by each model.
    @Test(arguments: [
        ("eszsl", ["random-features": "0"], 1), ("bilinear", ["random-features": "0"], 20),
        ("visual-semantic", ["hidden": "32", "embedding": "16"], 10),
        ("cvae-zsl", ["hidden": "32", "latent": "4"], 25), ("f-wgan", ["hidden": "32", "noise": "4"], 30),
    ])
    func unseenClassesAreTold(_ name: String, _ settings: [String: String], epochs: Int) throws {
        let data = try Self.grid()
        let description = try Zoo.builtIn[name]
        let model = try description.build(data.spec, Hyperparameters(description.hyperparameters, settings))
        let trainer = try trained(model, on: data, epochs: epochs)
        let metrics = Dictionary(try trainer.evaluate().map { ($0.name, $0.value) }) { first, _ in first }
        #expect(metrics["zero_shot_accuracy"] ?? 0 > 0.8, "\(metrics)")
        let curve = try SeenUnseenCurve(
            Predictor(model, features: 6, session: trainer.session), on: data.test, #require(data.attributes))
        #expect(abs(curve.zeroShotAccuracy - Double(metrics["zero_shot_accuracy"] ?? 0)) < 1e-6)
        #expect(abs(curve.accuracies(bias: 0).harmonicMean - Double(metrics["harmonic_mean"] ?? 0)) < 1e-6)
        #expect(curve.area > 0.5, "\(curve.area)")
    }

    @Test func dataWithoutAttributesAreRefused() throws {
        func told(_ spec: DataSpec) throws -> String {
            let description = try Zoo.builtIn["bilinear"]
            let settings = try Hyperparameters(description.hyperparameters, [:])
            return try #require(throws: StrataError.self) { _ = try description.build(spec, settings) }.message
        }
        #expect(try told(DataSpec(features: 6)).contains("learns from labels"))
        #expect(try told(DataSpec(features: 6, classes: 3)).contains("attributes, and this data has none"))
        #expect(try told(Self.grid(unseen: []).spec).contains("no class of this data is unseen"))
        var spec = DataSpec(features: 6, classes: 3)
        spec.attributes = try ClassAttributes(names: ["a"], values: [1, 1], unseen: [0])
        #expect(try told(spec).contains("attributes describe 2 classes, and this data has 3"))
    }

    /// The linear model comes first, and the bias is found without the test split.
    @Test func anExperimentHasABaseline() throws {
        let description = try Zoo.builtIn["bilinear"]
        let settings = try Hyperparameters(description.hyperparameters, ["random-features": "0"])
        let experiment = ZeroShotExperiment(
            [("mine", Contestant(description, settings, steps: 20))], seeds: [0, 1], heldOut: 0.3)
        func outcomes(_ limit: Int = .max) throws -> [ZeroShotExperiment.Outcome] {
            var found: [ZeroShotExperiment.Outcome] = []
            try experiment.run(on: Self.grid(8), backend: SIMDBackend(configuration: BackendConfiguration())) {
                found.append($0)
                return found.count < limit
            }
            return found
        }
        let found = try outcomes(3)
        #expect(found.map(\.model) == ["linear", "mine", "linear"] && found.map(\.seed) == [0, 0, 1])
        #expect(found.allSatisfy { $0.bias.isFinite && (0...1).contains($0.area) })
        #expect(try outcomes(2) == Array(found.prefix(2)))
        let summary = ZeroShotExperiment.summaries(of: found)
        #expect(summary.map(\.model) == ["linear", "mine"] && summary[1].means[0].mean.value == found[1].zeroShot)
        #expect(throws: StrataError.self) {
            try experiment.run(on: Stripes.dataSet(), backend: SIMDBackend(configuration: BackendConfiguration())) {
                _ in true
            }
        }
    }
}
