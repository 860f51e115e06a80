import StrataBackend
import StrataCompiler
import StrataGraph
import StrataNN
import Testing

@testable import StrataModels

/// The sums over all hidden states of a machine with a label, in double precision.
struct DiscriminativeTruth {
    let w, u, b, d, c: [Double]
    let features, hidden, classes: Int

    init(_ model: DiscriminativeRestrictedBoltzmannMachine, _ session: Session) throws {
        w = try SmallMachine.values(model.weight, in: session)
        u = try SmallMachine.values(model.labelWeight, in: session)
        b = try SmallMachine.values(model.visibleBias, in: session)
        d = try SmallMachine.values(model.labelBias, in: session)
        c = try SmallMachine.values(model.hiddenBias, in: session)
        (features, hidden, classes) = (model.features, model.codeSize, model.labelClasses)
    }

    func isOn(_ y: Int) -> [Double] { (0..<classes).map { $0 == y ? 1 : 0 } }

    /// −E.
    func logWeight(_ x: Int, _ y: Int, _ h: Int) -> Double {
        let (v, s) = (SmallMachine.bits(x, features), SmallMachine.bits(h, hidden))
        return SmallMachine.sum(b, v) + d[y] + SmallMachine.sum(c, s) + SmallMachine.product(s, w, v)
            + SmallMachine.product(s, u, isOn(y))
    }

    /// −F(x, y).
    func logWeight(_ x: Int, _ y: Int) -> Double {
        logarithm((0..<1 << hidden).reduce(0.0) { $0 + exponential(logWeight(x, y, $1)) })
    }

    func probability(of y: Int, given x: Int) -> Double {
        exponential(logWeight(x, y)) / (0..<classes).reduce(0.0) { $0 + exponential(logWeight(x, $1)) }
    }

    /// The mean of −∂E over the states named, in the order of the model's variables.
    func statistics(_ states: [(x: Int, y: Int)]) -> [Double] {
        var (sums, total) = ([Double](), 0.0)
        for (x, y) in states {
            for state in 0..<1 << hidden {
                let p = exponential(logWeight(x, y, state))
                let (v, h, on) = (SmallMachine.bits(x, features), SmallMachine.bits(state, hidden), isOn(y))
                let own = h.flatMap { h in v.map { h * $0 } } + h.flatMap { h in on.map { h * $0 } } + h + on + v
                sums = sums.isEmpty ? own.map { $0 * p } : zip(sums, own).map { $0 + $1 * p }
                total += p
            }
        }
        return sums.map { $0 / total }
    }

    /// ∂ log p(y | x), in the order of the model's variables.
    func gradient(of y: Int, given x: Int) -> [Double] {
        zip(statistics([(x, y)]), statistics((0..<classes).map { (x, $0) })).map { $0 - $1 }
    }

    /// ∂ log p(x, y).
    func gradient(of y: Int, and x: Int) -> [Double] {
        let all = (0..<1 << features).flatMap { x in (0..<classes).map { (x: x, y: $0) } }
        return zip(statistics([(x, y)]), statistics(all)).map { $0 - $1 }
    }
}

@Suite struct DiscriminativeTests {
    private func machine(
        generative: Float = 0, chains: Int = 0, gibbsSteps: Int = 1
    ) throws -> (model: DiscriminativeRestrictedBoltzmannMachine, session: Session, truth: DiscriminativeTruth) {
        let model = DiscriminativeRestrictedBoltzmannMachine(
            features: 4, hidden: 3, classes: 3, generative: generative, gibbsSteps: gibbsSteps, chains: chains)
        let session = try SmallMachine.session()
        try SmallMachine.scatter(model.variables, in: session)
        return (model, session, try DiscriminativeTruth(model, session))
    }

    @Test func classesCodesAndFreeEnergiesAreThoseOfAllStates() throws {
        let (model, session, truth) = try machine()
        let x = Tensor.input("x", [16, 4])
        let function = try session.prepare(
            Graph(outputs: [
                ("p", model.logits(x).softmax(axis: 1)), ("f", model.freeEnergy(x, key: SmallMachine.key)),
                ("h", model.encode(x)), ("log_z", try model.logPartition()),
            ]))
        try function.write("x", SmallMachine.allStates(4))
        try function.run()
        let (p, f, h) = (try function.read("p"), try function.read("f"), try function.read("h"))
        var z = 0.0
        for x in 0..<16 {
            let weight = (0..<3).reduce(0.0) { $0 + exponential(truth.logWeight(x, $1)) }
            z += weight
            #expect(abs(Double(f[x]) + logarithm(weight)) < 1e-5)
            for y in 0..<3 { #expect(abs(Double(p[3 * x + y]) - truth.probability(of: y, given: x)) < 1e-6) }
            // The hidden units' biases are moved by what the hidden units are.
            let means = truth.statistics((0..<3).map { (x, $0) })[21..<24]
            for (found, exact) in zip(h[3 * x..<3 * x + 3], means) { #expect(abs(Double(found) - exact) < 1e-6) }
        }
        #expect(abs(Double(try function.read("log_z")[0]) - logarithm(z)) < 1e-5)
    }

    @Test func theGradientOfTheClassIsThatOfAllStates() throws {
        let (model, session, truth) = try machine()
        let (x, label) = (Tensor.input("x", [1, 4]), Tensor.input("y", [1], dtype: .int32))
        let loss = Loss.softmaxCrossEntropy(logits: model.logits(x), labels: label).mean()
        // The visible units' biases say nothing of the class.
        let slopes = gradient(of: loss, withRespectTo: model.variables.dropLast().map(\.tensor))
        let function = try session.prepare(
            Graph(outputs: slopes.enumerated().map { ("\($0.offset)", $0.element) }))
        for number in 0..<16 {
            for y in 0..<3 {
                try function.write("x", SmallMachine.bits(number, 4).map(Float.init))
                try function.write("y", [Int32(y)])
                try function.run()
                let found = try slopes.indices.flatMap { try function.read("\($0)") }
                let exact = truth.gradient(of: y, given: number)
                #expect(exact.suffix(4).allSatisfy { abs($0) < 1e-12 })
                for (slope, exact) in zip(found, exact) {
                    #expect(abs(Double(slope) + exact) < 2e-6, "\(slope) \(-exact)")
                }
            }
        }
    }

    /// With chains that have come to rest, a step of the hybrid goes down −log p(y | x) − ½ log p(x, y), within four
    /// standard errors of the mean of 20,000 bits.
    @Test func aHybridStepFollowsBothGradients() throws {
        let (model, session, truth) = try machine(generative: 0.5, chains: 20_000, gibbsSteps: 30)
        let pairs = [(x: 3, y: 0), (x: 9, y: 2), (x: 12, y: 2), (x: 5, y: 1)]
        let objective = model.objective(
            Batch(examples: .input("x", [4, 4]), labels: .input("y", [4], dtype: .int32)),
            StepContext(key: SmallMachine.key, step: .constant(1)))
        let moves = try #require(objective.gradients).map { -$0 }
        let function = try session.prepare(Graph(outputs: moves.enumerated().map { ("\($0.offset)", $0.element) }))
        try function.write("x", pairs.flatMap { SmallMachine.bits($0.x, 4).map(Float.init) })
        try function.write("y", pairs.map { Int32($0.y) })
        try function.write(Session.keyName, [1, 1] as [Int32])
        try function.run()
        let found = try moves.indices.flatMap { try function.read("\($0)") }
        let slopes = pairs.map { pair in
            let (conditional, joint) = (
                truth.gradient(of: pair.y, given: pair.x), truth.gradient(of: pair.y, and: pair.x)
            )
            return zip(conditional, joint).map { $0 + $1 * 0.5 }
        }
        #expect(found.count == 12 + 9 + 3 + 3 + 4)
        for (position, move) in found.enumerated() {
            let exact = slopes.reduce(0.0) { $0 + $1[position] } / 4
            #expect(abs(Double(move) - exact) < 0.01, "\(move) \(exact)")
        }
    }

    /// A draw of one class is one class, as often as the softmax says: within four standard errors.
    @Test func classesAreDrawnAsOftenAsTheirProbabilities() throws {
        let logits: [Float] = [0, 1, -2, 0.5]
        let rows = Tensor.input("logits", [1, 4]).broadcast(to: [100_000, 4], axes: [0, 1])
        let draws = SmallMachine.key.categorical(rows)
        let function = try SmallMachine.session().prepare(
            Graph(outputs: [("p", draws.mean([0])), ("least", draws.sum([1]).minimum(over: nil))]))
        try function.write("logits", logits)
        try function.write(Session.keyName, [5, 1] as [Int32])
        try function.run()
        let total = logits.reduce(0.0) { $0 + exponential(Double($1)) }
        for (found, logit) in zip(try function.read("p"), logits) {
            #expect(abs(Double(found) - exponential(Double(logit)) / total) < 0.0064)
        }
        #expect(try function.read("least") == [1])
    }
}
