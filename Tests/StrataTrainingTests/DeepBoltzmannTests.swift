import StrataBackend
import StrataCompiler
import StrataData
import StrataEvaluation
import StrataGraph
import StrataNN
import StrataTraining
import Testing

@testable import StrataModels

/// Small machines whose every state can be visited.
@Suite struct DeepBoltzmannTests {
    private let key = SmallMachine.key

    private func session() throws -> Session { try SmallMachine.session() }
    private func scatter(_ variables: [StateVariable], in session: Session) throws {
        try SmallMachine.scatter(variables, in: session)
    }
    private func values(_ variable: StateVariable, in session: Session) throws -> [Double] {
        try SmallMachine.values(variable, in: session)
    }
    private func bits(_ number: Int, _ width: Int) -> [Double] { SmallMachine.bits(number, width) }
    private func truth(_ model: DeepBoltzmannMachine, _ session: Session) throws -> [Double] {
        try SmallMachine.logWeights(model, session)
    }

    private func machine() -> DeepBoltzmannMachine {
        DeepBoltzmannMachine(
            features: 4, hidden: [3, 2], meanFieldSteps: 50, chains: 10, pretraining: (1, .sgd()))
    }

    private var allStates: [Float] { SmallMachine.allStates(4) }

    @Test func meanFieldBoundsTheFreeEnergyClosely() throws {
        let (model, session) = (machine(), try session())
        try scatter(model.variables, in: session)
        let function = try session.prepare(Graph(outputs: [("f", model.freeEnergy(.input("v", [16, 4]), key: key))]))
        try function.write("v", allStates)
        try function.run()
        for (bound, exact) in zip(try function.read("f"), try truth(model, session)) {
            let gap = Double(bound) + exact
            #expect(gap > -1e-4 && gap < 0.1, "\(bound) \(-exact)")
        }
    }

    @Test func annealingFindsLogZ() throws {
        let (model, session) = (machine(), try session())
        try scatter(model.variables, in: session)
        let split = try DataSplit(
            dtype: .uint8, exampleShape: [4], bytes: allStates.map { UInt8($0 * 255) }, count: 16)
        let sampling = AnnealedImportanceSampling(
            inverseTemperatures: (0...1000).map { Float($0) / 1000 }, sweeps: 100)
        let found = try sampling.logPartition(model, session: session, examples: split, seed: 1)
        let exact = logarithm(try truth(model, session).reduce(0) { $0 + exponential($1) })
        #expect(abs(found.value - exact) < 0.05 && found.lower < exact && exact < found.upper, "\(found) \(exact)")
    }

    /// The bound of a deep belief net, averaged over draws, stays below the likelihood that enumeration finds.
    @Test func theBeliefNetsBoundIsBelowItsLikelihood() throws {
        let (model, session) = (DeepBeliefNetwork(features: 4, hidden: [3, 2]), try session())
        try scatter(model.variables, in: session)
        let draws = 2000
        let repeated = (0..<draws).flatMap { _ in allStates }
        let function = try session.prepare(
            Graph(outputs: [
                ("f", model.freeEnergy(.input("v", [16 * draws, 4]), key: key)), ("log_z", try model.logPartition()),
            ]))
        try function.write("v", repeated)
        try function.write(Session.keyName, [1, 1] as [Int32])
        try function.run()
        let (energies, logZ) = (try function.read("f"), Double(try function.read("log_z")[0]))

        let up = try values(model.top.weight, in: session)
        let (topVisible, topHidden) = (
            try values(model.top.visibleBias, in: session), try values(model.top.hiddenBias, in: session)
        )
        let down = try values(model.generation[0].weight, in: session)
        let bias = try values(model.generation[0].bias, in: session)
        for number in 0..<16 {
            let v = bits(number, 4)
            var likelihood = 0.0
            for first in 0..<8 {
                let h = bits(first, 3)
                var log = -logZ + zip(topVisible, h).reduce(0.0) { $0 + $1.0 * $1.1 }
                for j in 0..<2 {
                    let input = topHidden[j] + (0..<3).reduce(0.0) { $0 + up[j * 3 + $1] * h[$1] }
                    log += logarithm(1 + exponential(input))
                }
                for i in 0..<4 {
                    let input = bias[i] + (0..<3).reduce(0.0) { $0 + down[i * 3 + $1] * h[$1] }
                    log += v[i] * input - logarithm(1 + exponential(input))
                }
                likelihood += exponential(log)
            }
            let own = (0..<draws).reduce(0.0) { $0 + Double(energies[$1 * 16 + number]) } / Double(draws)
            let gap = logarithm(likelihood) - (-own - logZ)
            #expect(gap > -0.05 && gap < 3, "\(gap)")
        }
    }

    /// Tempered chains at β = 1 visit each state as often as the model finds it probable.
    @Test func temperedChainsKeepTheDistribution() throws {
        let machine = RestrictedBoltzmannMachine(features: 4, hidden: 3)
        let session = try session()
        try scatter(machine.variables, in: session)
        let tempering = ParallelTempering(machine, chains: 500, temperatures: 4)
        let (samples, updates) = tempering.sweeps(1, key)
        let function = try session.prepare(
            Graph(outputs: [("v", samples)], updates: updates.map { ($0.variable, $0.value) }))
        var counts = [Double](repeating: 0, count: 16)
        for step in 0..<240 {
            try function.write(Session.keyName, [3, Int32(step)] as [Int32])
            try function.run()
            guard step >= 40 else { continue }
            let v = try function.read("v")
            for row in 0..<500 { counts[(0..<4).reduce(0) { $0 + Int(v[row * 4 + $1]) << $1 }] += 1 }
        }
        let exact = try session.prepare(Graph(outputs: [("f", machine.freeEnergy(.input("v", [16, 4])))]))
        try exact.write("v", allStates)
        try exact.run()
        let weights = try exact.read("f").map { exponential(-Double($0)) }
        let total = weights.reduce(0, +)
        for (count, weight) in zip(counts, weights) {
            #expect(abs(count / 100_000 - weight / total) < 0.006, "\(count / 100_000) \(weight / total)")
        }
    }
}
