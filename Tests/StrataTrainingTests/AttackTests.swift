import Foundation
import StrataBackend
import StrataCompiler
import StrataData
import StrataEvaluation
import StrataGraph
import StrataNN
import StrataTraining
import Testing

@testable import StrataModels

/// Changes of examples that a classifier is wrong about.
@Suite struct AttackTests {
    /// Two classes told by the sign of w·x + b, of which the logits are the two halves.
    private struct Linear: ClassifyingModel {
        let weights: [Float]
        let bias: Float
        var classes: Int { 2 }
        var variables: [StateVariable] { [] }
        var criterion: Criterion { .minimize("loss") }
        var phases: [TrainingPhase] { [] }
        func evaluation(_ batch: Batch, key: RandomKey) -> [Metric] { [] }
        func classLogits(_ examples: Tensor) -> Tensor {
            if examples.isInvalid { return examples }
            let f = (examples * Tensor.literal(weights, [weights.count])).sum([1], keepingAxes: true) + bias
            return .concatenate([f * -0.5, f * 0.5], axis: 1)
        }
    }

    private let linear = Linear(weights: [0.5, -1.25, 2, 0, 0.75], bias: -0.3)

    private func points(_ count: Int) throws -> (split: DataSplit, margins: [Float]) {
        var (values, labels, margins): ([Float], [Int32], [Float]) = ([], [], [])
        for row in 0..<count {
            let x = (0..<5).map { Threefry.uniform(Threefry.block(key: (1, 2), counter: (UInt32(row), $0)).0) * 4 - 2 }
            let f = zip(x, linear.weights).reduce(linear.bias) { $0 + $1.0 * $1.1 }
            // A few labels are wrong.
            let label: Int32 = (f > 0) != (row % 10 == 0) ? 1 : 0
            values += x
            labels.append(label)
            margins.append(label == 1 ? f : -f)
        }
        let split = try DataSplit(
            dtype: .float32, exampleShape: [5], bytes: values.withUnsafeBytes(Array.init), count: count,
            labels: Labels(values: labels, classNames: ["no", "yes"]))
        return (split, margins)
    }

    /// Of a linear model a change of size ε takes ε ‖w‖₁ from the margin, or ε ‖w‖₂, and many steps no more than one.
    @Test(arguments: GradientAttack.Norm.allCases)
    func aLinearModelFallsByItsNorm(_ norm: GradientAttack.Norm) throws {
        let (split, margins) = try points(400)
        let predictor = try Predictor(linear, features: 5, session: SmallMachine.session())
        let dual =
            norm == .largest
            ? linear.weights.reduce(0) { $0 + abs($1) }
            : linear.weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let sizes: [Float] = [0, 0.1, 0.3, 0.7]
        let found = try RobustAccuracy(norm, sizes: sizes, steps: [1, 20], restarts: 2, examples: 400).evaluate(
            predictor, on: split)
        #expect(found.count == 8)
        for outcome in found {
            let exact = Double(margins.count { $0 > outcome.size * dual }) / 400
            #expect(abs(outcome.accuracy - exact) < 0.006, "\(outcome) \(exact)")
            #expect(outcome.examples == 400)
        }
        #expect(found[0].accuracy > 0.85 && found[3].accuracy < found[2].accuracy)
    }

    /// No change is larger than its size, and none leaves the bounds.
    @Test(arguments: GradientAttack.Norm.allCases, [1, 5])
    func changesStayWithin(_ norm: GradientAttack.Norm, _ steps: Int) throws {
        let network = SupervisedNetwork(
            shape: [6], network: Architecture(hidden: [8], activation: .tanh), head: .softmax(classes: 3))
        let session = try SmallMachine.session()
        try SmallMachine.scatter(network.variables, in: session)
        let rows = (0..<60).map { Float($0 % 11) / 10 }
        let attack = GradientAttack(norm, steps: steps, within: 0...1)
        let examples = Tensor.literal(rows, [10, 6])
        let labels = Tensor.constant(0, [10]).cast(to: .int32)
        let attacked = attack(examples, labels, size: .constant(0.25), key: SmallMachine.key) {
            network.classLogits($0)
        }
        func loss(_ x: Tensor) -> Tensor { Loss.softmaxCrossEntropy(logits: network.classLogits(x), labels: labels) }
        let function = try session.prepare(
            Graph(outputs: [("x", attacked), ("before", loss(examples)), ("after", loss(attacked))]))
        if function.inputNames.contains(Session.keyName) { try function.write(Session.keyName, [1, 2] as [Int32]) }
        try function.run()
        let found = try function.read("x")
        for row in 0..<10 {
            let change = (0..<6).map { found[row * 6 + $0] - rows[row * 6 + $0] }
            let size = norm == .largest ? change.map(abs).max() ?? 0 : change.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(size <= 0.25 + 1e-5 && size > 0)
        }
        #expect(found.allSatisfy { (0...1).contains($0) })
        let (before, after) = (try function.read("before"), try function.read("after"))
        #expect(zip(before, after).allSatisfy { $0 <= $1 + 1e-4 } && after.reduce(0, +) > before.reduce(0, +))
    }

    /// Stripes that attacks turn, and a network that was trained on them and is not turned.
    @Test func trainingOnAttacksHelps() throws {
        func accuracy(_ settings: [String: String]) throws -> (clean: Double, attacked: Double) {
            let description = SupervisedNetwork.classifier
            let data = try Stripes.dataSet()
            let model = try description.build(
                data.spec, Hyperparameters(description.hyperparameters, ["hidden": "24"].merging(settings) { $1 }))
            let session = try SmallMachine.session()
            let trainer = try Trainer(
                model: model, optimizer: .adam(0.01), data: data, session: session,
                configuration: TrainingConfiguration(epochs: 60, batchSize: 20, seed: 1))
            while try trainer.nextEvent() != nil {}
            let found = try RobustAccuracy(sizes: [0, 0.35], steps: [20], restarts: 2, within: 0...1).evaluate(
                Predictor(model, features: 36, session: session), on: data.test)
            return (found[0].accuracy, found[1].accuracy)
        }
        let plain = try accuracy([:])
        let trained = try accuracy(["adversarial": "0.35", "attack-steps": "5", "attack-warmup": "30"])
        #expect(plain.clean == 1 && trained.clean == 1)
        #expect(trained.attacked > 0.95 && trained.attacked >= plain.attacked, "\(plain) \(trained)")
    }

    @Test func whatCannotBeAttackedIsRefused() throws {
        let (split, _) = try points(4)
        let predictor = try Predictor(linear, features: 5, session: SmallMachine.session())
        for attack in [
            RobustAccuracy(sizes: [-1]), RobustAccuracy(sizes: [.nan]), RobustAccuracy(steps: [0]),
            RobustAccuracy(restarts: 0),
        ] {
            #expect(throws: StrataError.self) { try attack.evaluate(predictor, on: split) }
        }
        let vae = VariationalAutoencoder(features: 5, hidden: [2], latent: 1)
        #expect(throws: StrataError.self) {
            try RobustAccuracy().evaluate(Predictor(vae, features: 5, session: SmallMachine.session()), on: split)
        }
        let plain = try DataSplit(columns: [try #require(split["example"])])
        #expect(throws: StrataError.self) { try RobustAccuracy().evaluate(predictor, on: plain) }
    }
}
