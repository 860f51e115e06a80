import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataNN
import StrataTraining
import Testing

@testable import StrataModels

/// The RNN-RBM of two steps of two bits, whose 16 sequences can be visited.
@Suite struct RecurrentBoltzmannTests {
    private let model = RecurrentBoltzmannMachine(
        steps: 2, features: 2, hidden: 3, recurrent: RNN(4), gibbsSteps: 2, samplingSteps: 40)
    private let key = RandomKey(Tensor.constant(0, [2]).cast(to: .int32))

    private func run(_ session: Session, _ outputs: [Tensor]) throws -> [[Double]] {
        let function = try session.prepare(Graph(outputs: outputs.enumerated().map { ("\($0)", $1) }))
        try function.run()
        return try outputs.indices.map { try function.read("\($0)").map(Double.init) }
    }

    /// Each sequence [2, 2], the first bit the lowest.
    private var all: Tensor { .literal(SmallMachine.allStates(4), [16, 2, 2]) }

    /// Free energies of every sequence's steps, [16 · 2].
    private func freeEnergies() -> Tensor {
        var pass = Pass.evaluation
        return model.machines(all, &pass).freeEnergy(all.reshape([32, 2]))
    }

    /// The gradients that the objective gives, of the parameters by their names, are those of free energies at its own
    /// negative samples: of the shared weight `Σ h′v′ᵀ − h vᵀ`, of the biases of the last layer the sums of v′ − v and
    /// h′ − h, by hand; of the recurrent weights by differences.
    @Test func objectiveDescendsOnFreeEnergies() throws {
        let session = try SmallMachine.session()
        try SmallMachine.scatter(model.variables, in: session)
        guard case .moves(let moves) = model.phases[0].step else { throw StrataError(.usage, "no moves") }
        let objective = moves[0].objective(
            Batch(examples: all.reshape([16, 4])), StepContext(key: key, step: .constant(1)))
        let loss = try #require(objective.value(weights: nil))
        let names = moves[0].parameters
        let gradients = gradient(of: loss, withRespectTo: names.map(\.tensor))
        var pass = Pass.evaluation
        let machines = model.machines(all, &pass)
        let v = all.reshape([32, 2])
        let w = machines.sample(from: v, gibbsSteps: 2, key)
        let (h, g) = (machines.hiddenInput(v).sigmoid(), machines.hiddenInput(w).sigmoid())
        let scale: Float = 1 / 16
        let byHand: [String: Tensor] = [
            "rbm.weight": (g.transpose().dot(w) - h.transpose().dot(v)) * scale,
            "biases.1.bias": .concatenate([w - v, g - h], axis: 1).sum([0]) * scale,
        ]
        let found = try run(session, gradients + names.map { byHand[$0.name] ?? .constant(0) })
        for (number, variable) in names.enumerated() where byHand[variable.name] != nil {
            let (one, other) = (found[number], found[names.count + number])
            #expect(zip(one, other).allSatisfy { abs($0 - $1) < 1e-4 }, "\(variable.name): \(one) \(other)")
        }
        #expect(found[0].contains { abs($0) > 0.01 })

        // Of the recurrent weights: the samples are held, as the gradient holds them.
        let recurrent = try #require(names.first { $0.name == "biases.0.weight_hh_l0" })
        let held = try run(session, [w])[0].map(Float.init)
        func difference(_ by: Float, _ element: Int) throws -> Double {
            let place = Tensor.iota([16], axis: 0).equal(.constant(Float(element), [16])).reshape([4, 4])
            var shifted = Substitution { $0.name == recurrent.name ? recurrent.tensor + place * by : nil }
            let sample = Tensor.literal(held, [32, 2])
            let energies = machines.freeEnergy(v) - machines.freeEnergy(sample)
            return try run(session, [shifted(energies).sum() * scale])[0][0]
        }
        let place = try #require(names.firstIndex { $0.name == recurrent.name })
        for element in [0, 5, 11] {
            let slope = (try difference(0.01, element) - difference(-0.01, element)) / 0.02
            #expect(abs(slope - found[place][element]) < 2e-3, "\(element): \(slope) \(found[place][element])")
        }
        #expect(found[place].contains { abs($0) > 0.005 })
    }

    /// Without weights from the recurrent state, each step is the restricted Boltzmann machine of the biases that are left.
    @Test func withoutItsRecurrenceItIsARestrictedBoltzmannMachine() throws {
        let session = try SmallMachine.session()
        let machine = RestrictedBoltzmannMachine(features: 2, hidden: 3)
        try SmallMachine.scatter(model.variables + machine.variables.dropFirst(), in: session)
        let zeros = [Float](repeating: 0, count: 20)
        try zeros.withUnsafeBytes { try session.writeVariable("biases.1.weight", $0) }
        let both = try session.readVariable("rbm.visible_bias") + session.readVariable("rbm.hidden_bias")
        try both.withUnsafeBytes { try session.writeVariable("biases.1.bias", $0) }
        let metrics = model.evaluation(Batch(examples: all.reshape([16, 4])), key: key)
        let rows = all.reshape([32, 2])
        let found = try run(
            session,
            [
                freeEnergies(), machine.freeEnergy(rows), metrics[0].mean,
                machine.pseudoLogLikelihood(rows, key: key.named("pseudo")).mean(),
            ])
        #expect(zip(found[0], found[1]).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(abs(found[2][0] / found[2][1] - found[3][0]) < 1e-5, "\(found[2]) \(found[3])")
    }

    /// 20,000 draws: each sequence as often as `Π exp(−F(v_t)) / Z_t`, within four and a half standard errors.
    @Test func samplesAreAsProbable() throws {
        let session = try SmallMachine.session()
        try SmallMachine.scatter(model.variables, in: session)
        let weights = try run(session, [freeEnergies()])[0].map { exponential(-$0) }
        let count = 20_000
        let samples = try Predictor(model, features: 4, session: session).sample(count, seed: 3)
        var counts = [Int](repeating: 0, count: 16)
        for row in 0..<count {
            counts[(0..<4).reduce(0) { $0 + Int(samples[row * 4 + $1]) << $1 }] += 1
        }
        for state in 0..<16 {
            // The first frame's machine is that of every sequence, the second's that of those that begin alike.
            let first = (0..<4).reduce(0.0) { $0 + weights[2 * $1] }
            let second = (0..<4).reduce(0.0) { $0 + weights[2 * (state % 4 + 4 * $1) + 1] }
            let p = weights[2 * state] / first * weights[2 * state + 1] / second
            let error = (p * (1 - p) / Double(count)).squareRoot()
            #expect(abs(Double(counts[state]) / Double(count) - p) < 4.5 * error, "\(state): \(counts[state]) \(p)")
        }
    }

    /// What follows the end of a sequence counts for nothing: neither in metrics nor in gradients.
    @Test func paddingCountsForNothing() throws {
        let session = try SmallMachine.session()
        try SmallMachine.scatter(model.variables, in: session)
        func figures(_ padding: [Float]) throws -> [[Double]] {
            var batch = Batch(examples: .literal([1, 0] + padding + [0, 1, 1, 1], [2, 4]))
            batch[ColumnName.length] = .literal([1, 2] as [Float], [2])
            guard case .moves(let moves) = model.phases[0].step else { return [] }
            let objective = moves[0].objective(batch, StepContext(key: key, step: .constant(1)))
            let loss = try #require(objective.value(weights: nil))
            return try run(
                session,
                model.evaluation(batch, key: key).map(\.mean) + [loss]
                    + gradient(of: loss, withRespectTo: moves[0].parameters.map(\.tensor)))
        }
        let (one, other) = (try figures([0, 0]), try figures([1, 1]))
        #expect(one == other)
        #expect(one[0][1] == 1.5, "the mean length")
    }
}
