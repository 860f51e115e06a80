import StrataBackend
import StrataCompiler
import StrataGraph
import StrataNN
import StrataTraining
import Testing

@testable import StrataModels

/// Models that are built upon trained ones.
@Suite struct TrainedNetworkTests {
    private let classifier = SupervisedNetwork(
        shape: [4], network: Architecture(hidden: [3, 2]), head: .softmax(classes: 2))
    private let x = Tensor.literal([0, 1, 0.5, 1, 1, 0, 0.2, 0] as [Float], [2, 4])

    private func read(_ tensors: [Tensor], _ session: Session) throws -> [[Float]] {
        let function = try session.prepare(Graph(outputs: tensors.enumerated().map { ("\($0)", $1) }))
        try function.run()
        return try tensors.indices.map { try function.read("\($0)") }
    }

    /// The weights of a checkpoint, whatever else has their names: the examples come from a variable that is called as one
    /// of the network's own.
    @Test func itSeesWhatItsModelSees() throws {
        let own = try SmallMachine.session()
        try SmallMachine.scatter(classifier.variables, in: own)
        let checkpoint = try Checkpoint(session: own, variables: classifier.variables.map(\.name))
        let network = try TrainedNetwork(classifier, features: 4, scope: "features") {
            .values(try Literal(#require(checkpoint.variables[$0.name]).floats, $0.type.shape))
        }
        #expect(Set(network.variables.map(\.name)) == Set(classifier.variables.map { "features.\($0.name)" }))
        let named = StateVariable(
            "encoder.0.weight", [2, 4],
            initializer: .values(try Literal([0, 1, 0.5, 1, 1, 0, 0.2, 0] as [Float], [2, 4])))
        let outer = try SmallMachine.session()
        try outer.create(network.variables + [named])
        let expected = try read(classifier.layers(x).map(\.activations) + [classifier.encode(x)], own)
        #expect(try read(network.layers(named.tensor) + [network.encode(named.tensor)], outer) == expected)
        #expect(expected.count == 3 && network.codeSize == 2 && !network.isDecoding)
        #expect(network.decode(x).isInvalid)
    }

    /// The mean squared difference of each layer's units, summed over layers; 0 of the same examples.
    @Test func theDistanceIsOfItsActivations() throws {
        let session = try SmallMachine.session()
        let network = TrainedNetwork(classifier, features: 4, scope: "features")
        try SmallMachine.scatter(network.variables, in: session)
        let y = x * 0.5 + 0.1
        let found = try read(
            [network.distance(x, to: y), network.distance(x, to: x)] + network.layers(x) + network.layers(y), session)
        #expect(found[1] == [0, 0])
        for row in 0..<2 {
            let exact = [3, 2].enumerated().reduce(Float(0)) { sum, layer in
                let (number, units) = layer
                return sum
                    + (0..<units).reduce(Float(0)) {
                        let difference = found[2 + number][row * units + $1] - found[4 + number][row * units + $1]
                        return $0 + difference * difference / Float(units)
                    }
            }
            #expect(exact > 0 && abs(found[0][row] - exact) < 1e-5 * exact)
        }
    }

    private func build(_ name: String, _ networks: TrainedNetworks, _ typed: [String: String]) throws -> any Model {
        let description = try Zoo.builtIn[name]
        return try description.build(
            Stripes.dataSet().spec, Hyperparameters(description.hyperparameters, typed), upon: networks)
    }

    /// The network's weights are the outer model's too, and stay as they are.
    @Test func featuresTeachAndStay() throws {
        let network = TrainedNetwork(
            SupervisedNetwork(
                shape: [6, 6], network: Architecture(hidden: [60], activation: .tanh), head: .softmax(classes: 2)),
            features: 36, scope: "features")
        let model = try build("dfc-vae", ["features": network], ["hidden": "12", "latent": "2", "weight": "10000"])
        let session = try SmallMachine.session()
        let trainer = try Trainer(
            model: model, optimizer: .adam(0.01), data: Stripes.dataSet(), session: session,
            configuration: TrainingConfiguration(epochs: 60, batchSize: 20, seed: 1))
        func weights() throws -> [[Double]] { try network.variables.map { try SmallMachine.values($0, in: session) } }
        let before = try weights()
        var losses: [Float] = []
        while let event = try trainer.nextEvent() {
            if case .epoch(let report) = event { losses.append(try #require(report.test.first).value) }
        }
        #expect(try weights() == before && !before.isEmpty)
        #expect(losses[59] < losses[0] / 2, "\(losses)")
        let predictor = try Predictor(model, features: 36, session: session)
        let images = try Stripes.dataSet().test.values(0..<4)
        let restored = try predictor.reconstruct(images)
        for row in 0..<4 {
            #expect(Stripes.isOfRows(restored[36 * row..<36 * row + 36]) == row.isMultiple(of: 2))
        }
    }

    /// M1+M2: the class and what else is in the codes of another run, and examples made of both.
    @Test func codesAreLearnedFrom() throws {
        let data = try Stripes.dataSet()
        let base = VariationalAutoencoder(features: 36, hidden: [12], latent: 3)
        let session = try SmallMachine.session()
        let first = try Trainer(
            model: base, optimizer: .adam(0.01), data: data, session: session,
            configuration: TrainingConfiguration(epochs: 60, batchSize: 20, seed: 1))
        while try first.nextEvent() != nil {}
        let weights = try first.checkpoint().variables
        let network = try TrainedNetwork(base, features: 36, scope: "features") {
            .values(try Literal(#require(weights[$0.name]).floats, $0.type.shape))
        }
        let model = try build(
            "m2", ["features": network],
            ["hidden": "12", "latent": "2", "labelled": "4", "decoder": "learned-gaussian"])
        let own = try SmallMachine.session()
        let trainer = try Trainer(
            model: model, optimizer: .adam(0.01), data: data, session: own,
            configuration: TrainingConfiguration(epochs: 40, batchSize: 20, seed: 1, labels: 2))
        var last: [MetricValue] = []
        while let event = try trainer.nextEvent() { if case .epoch(let report) = event { last = report.test } }
        #expect(try #require(last.first { $0.name == "accuracy" }).value == 1, "\(last)")
        let predictor = try Predictor(model, features: 36, session: own)
        for label in 0..<2 {
            let samples = try predictor.sample(4, seed: 3, given: .init(label: label))
            for row in 0..<4 { #expect(Stripes.isOfRows(samples[36 * row..<36 * row + 36]) == (label == 0)) }
        }
        // The bound is of codes, and so says nothing of examples.
        #expect((model as? any LikelihoodModel)?.logLikelihood == nil)
    }

    @Test func networksThatDoNotFitAreRefused() throws {
        let small = TrainedNetwork(classifier, features: 4, scope: "features")
        let mute = TrainedNetwork(
            SupervisedNetwork(shape: [36], network: Architecture(hidden: [3]), head: .softmax(classes: 2)),
            features: 36, scope: "features")
        for (name, networks, typed, kind) in [
            ("dfc-vae", [:], [:], StrataError.Kind.usage), ("dfc-vae", ["features": small], [:], .shape),
            ("m2", ["features": small], ["decoder": "gaussian"], .shape), ("m2", ["features": mute], [:], .usage),
            ("m2", ["features": mute], ["decoder": "gaussian"], .unsupported),
        ] as [(String, TrainedNetworks, [String: String], StrataError.Kind)] {
            let error = #expect(throws: StrataError.self) { _ = try self.build(name, networks, typed) }
            #expect(error?.kind == kind, "\(String(describing: error))")
        }
    }
}

extension ModelDescription {
    /// A network of random weights for each that the model is built upon, which takes examples of so many numbers.
    func anyNetworks(_ features: Int) -> TrainedNetworks {
        networks.keys.reduce(into: [:]) {
            $0[$1] = TrainedNetwork(
                VariationalAutoencoder(features: features, hidden: [3], latent: 2), features: features, scope: $1)
        }
    }
}
