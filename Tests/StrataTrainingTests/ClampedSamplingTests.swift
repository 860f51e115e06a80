import StrataBackend
import StrataCompiler
import StrataGraph
import StrataNN
import StrataTraining
import Testing

@testable import StrataModels

/// Chains with some units held visit the states of the others as often as the model finds them probable.
@Suite struct ClampedSamplingTests {
    /// Of 100,000 states, as they come one after the other in a chain.
    private static let tolerance = 0.01

    /// How often 500 chains are in each state of the units that are sampled, over 200 sweeps after 40: the bits of the
    /// visible units, and then of the label where there is one.
    private func visits(
        _ model: any ClampedSamplingModel, _ evidence: Evidence, in session: Session
    ) throws -> [Int: Double] {
        let sampling = model.sampling(500, key: SmallMachine.key, holding: evidence)
        let seen = ["sampling.chain", "sampling.chain.0", "sampling.label"]
        let own = sampling.updates.filter { seen.contains($0.variable.name) }
        let function = try session.prepare(
            Graph(
                outputs: [("state", .concatenate(own.map(\.value), axis: 1))],
                updates: sampling.updates.map { ($0.variable, $0.value) }))
        var counts: [Int: Double] = [:]
        for step in 0..<240 {
            try function.write(Session.keyName, [3, Int32(step)] as [Int32])
            try function.run()
            guard step >= 40 else { continue }
            let states = try function.read("state")
            let width = states.count / 500
            for row in 0..<500 {
                counts[(0..<width).reduce(0) { $0 + Int(states[row * width + $1]) << $1 }, default: 0] += 1
            }
        }
        return counts.mapValues { $0 / 100_000 }
    }

    private func compare(_ visits: [Int: Double], _ logWeights: [Int: Double]) {
        let total = logWeights.values.reduce(0) { $0 + exponential($1) }
        // What is held is never seen otherwise.
        #expect(Set(visits.keys).isSubset(of: logWeights.keys))
        for (state, weight) in logWeights {
            let (found, exact) = (visits[state] ?? 0, exponential(weight) / total)
            #expect(abs(found - exact) < Self.tolerance, "state \(state): \(found) \(exact)")
        }
    }

    /// Unit 0 held at 1 and unit 2 at 0.
    private var evidence: Evidence {
        let column = Tensor.iota([500, 4], axis: 1)
        let mask = column.equal(.constant(0, [500, 4])) + column.equal(.constant(2, [500, 4]))
        return Evidence(units: (values: column.less(1), mask: mask))
    }

    private func agrees(_ state: Int) -> Bool { state & 0b0101 == 0b0001 }

    private func conditional(_ logWeights: [Double]) -> [Int: Double] {
        let those = logWeights.enumerated().filter { agrees($0.offset) }
        return Dictionary(uniqueKeysWithValues: those.map { ($0.offset, $0.element) })
    }

    @Test func ofARestrictedMachine() throws {
        let (model, session) = (RestrictedBoltzmannMachine(features: 4, hidden: 3), try SmallMachine.session())
        try SmallMachine.scatter(model.variables, in: session)
        compare(try visits(model, evidence, in: session), conditional(try SmallMachine.logWeights(model, session)))
    }

    @Test func ofADeepMachine() throws {
        let model = DeepBoltzmannMachine(features: 4, hidden: [3, 2], pretraining: (1, .sgd()))
        let session = try SmallMachine.session()
        try SmallMachine.scatter(model.variables, in: session)
        compare(try visits(model, evidence, in: session), conditional(try SmallMachine.logWeights(model, session)))
    }

    private func discriminative() throws -> (DiscriminativeRestrictedBoltzmannMachine, Session, [Int: Double]) {
        let model = DiscriminativeRestrictedBoltzmannMachine(features: 4, hidden: 3, classes: 3)
        let session = try SmallMachine.session()
        try SmallMachine.scatter(model.variables, in: session)
        let truth = try DiscriminativeTruth(model, session)
        var weights: [Int: Double] = [:]
        for x in 0..<16 { for y in 0..<3 { weights[x + 16 << y] = truth.logWeight(x, y) } }
        return (model, session, weights)
    }

    @Test func ofAMachineWithALabelThatIsHeld() throws {
        let (model, session, weights) = try discriminative()
        let labels = Tensor.constant(1, [500]).cast(to: .int32)
        let found = try visits(model, Evidence(labels: labels), in: session)
        compare(found, weights.filter { $0.key >> 4 == 0b010 })
    }

    @Test func ofAMachineWithALabelThatIsNotHeld() throws {
        let (model, session, weights) = try discriminative()
        compare(try visits(model, evidence, in: session), weights.filter { agrees($0.key) })
    }

    @Test func withNothingHeld() throws {
        let (model, session, weights) = try discriminative()
        compare(try visits(model, .none, in: session), weights)
    }

    /// What is held comes back as it was given.
    @Test func heldValuesStayInTheExamples() throws {
        let session = try SmallMachine.session()
        let model = RestrictedBoltzmannMachine(features: 4, hidden: 3, visibleUnits: .gaussian)
        try session.create(model.variables)
        let predictor = try Predictor(model, features: 4, session: session)
        let values: [Float] = [0.25, 0.5, 0.75, 1, 0, 0.125, 0.375, 0.625]
        let found = try predictor.sample(2, given: .init(values: values, mask: [1, 0, 1, 0, 0, 1, 0, 1]))
        for position in [0, 2, 5, 7] { #expect(abs(found[position] - values[position]) < 1e-6) }
        #expect(found[1] != values[1])
    }

    @Test func modelsSayWhatTheyCannotHold() throws {
        let session = try SmallMachine.session()
        func message(_ model: any Model, _ body: (Predictor) throws -> [Float]) throws -> String {
            let predictor = try Predictor(model, features: 4, session: session)
            return try #require(throws: StrataError.self) { _ = try body(predictor) }.message
        }
        let vae = VariationalAutoencoder(features: 4, hidden: [3], latent: 2)
        let half: [Float] = [1, 1, 0, 0]
        let held = Predictor.Observation(values: half, mask: half)
        #expect(try message(vae) { try $0.sample(1, given: held) }.contains("cannot sample with units held"))
        let machine = RestrictedBoltzmannMachine(features: 4, hidden: 3)
        #expect(try message(machine) { try $0.sample(1, given: .init(label: 0)) }.contains("it was trained without"))
        #expect(try message(machine) { try $0.sample(2, given: held) }.contains("2 examples of 4"))
        let labelled = DiscriminativeRestrictedBoltzmannMachine(features: 4, hidden: 3, classes: 3)
        #expect(try message(labelled) { try $0.sample(1, given: .init(label: 3)) }.contains("class 3 is outside 0..<3"))
    }
}
