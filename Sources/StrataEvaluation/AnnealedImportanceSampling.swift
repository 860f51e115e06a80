#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import StrataBackend
public import StrataCompiler
public import StrataData
import StrataGraph
public import StrataModels

/// log Z by annealed importance sampling (Neal 2001; Salakhutdinov and Murray 2008), bracketed from both sides.
///
/// Runs that start at the base, of known log Z, and are annealed to the model give an unbiased Z, whose logarithm tends
/// to be too low. Runs the other way, from states of the model's own, give one that tends to be too high (Burda, Grosse
/// and Salakhutdinov 2015); those states come from Gibbs chains begun at examples, so that side holds as far as the
/// chains have mixed.
public struct AnnealedImportanceSampling: Sendable {
    /// Annealing runs in each direction, at least 2; the bounds are narrower with more.
    public var runs: Int
    /// From 0 to 1, ascending.
    public var inverseTemperatures: [Float]
    /// Sweeps of the chains from which the reverse runs start.
    public var sweeps: Int

    /// Annealing with 100 runs each way, the paper's temperatures and 1000 sweeps by default.
    ///
    /// Nothing is checked here: `logPartition` throws `usage`.
    public init(runs: Int = 100, inverseTemperatures: [Float] = paperTemperatures, sweeps: Int = 1000) {
        self.runs = runs
        self.inverseTemperatures = inverseTemperatures
        self.sweeps = sweeps
    }

    /// The 14,500 steps of Salakhutdinov and Murray 2008: by 1/1000 to 0.5, by 1/10,000 to 0.9, by 1/100,000 to 1.
    public static let paperTemperatures: [Float] =
        (0..<500).map { Float($0) / 1000 } + (0..<4000).map { 0.5 + Float($0) / 10_000 }
        + (0...10_000).map { 0.9 + Float($0) / 100_000 }

    /// log Z of a model. The base has the means of `examples`, which must not be empty, as its probabilities.
    ///
    /// Throws `usage` where there are too few runs or temperatures.
    public func logPartition(
        _ model: any AnnealedModel, session: Session, examples: DataSplit, seed: UInt32
    ) throws -> Estimate {
        guard runs > 1, inverseTemperatures.count > 1, inverseTemperatures.first == 0, inverseTemperatures.last == 1
        else {
            throw StrataError(.usage, "annealing takes at least 2 runs, and inverse temperatures from 0 to 1")
        }
        let walk = try Walk(model, session: session, runs: runs, examples: examples, seed: seed)

        // At β = 0 a transition draws from the base itself.
        _ = try walk.step(from: 0, to: 0)
        let forward = LogMean(try walk.anneal(inverseTemperatures), plus: walk.baseLogPartition)

        try walk.startAtExamples()
        for _ in 0..<sweeps { _ = try walk.step(from: 1, to: 1) }
        let inverse = LogMean(try walk.anneal(inverseTemperatures.reversed()), plus: -walk.baseLogPartition)

        return Estimate(
            forward.value, lower: forward.value - 3 * forward.standardError,
            upper: max(forward.value + 3 * forward.standardError, -inverse.value + 3 * inverse.standardError), .estimate
        )
    }
}

/// The states of all runs on their way.
private final class Walk {
    let baseLogPartition: Double
    private let session: Session
    private let chain: StateVariable
    private let function: Function
    private let start: [Float]
    private let seed: UInt32
    private var number: Int32 = 0

    init(_ model: any AnnealedModel, session: Session, runs: Int, examples: DataSplit, seed: UInt32) throws {
        let (means, first) = try Walk.states(model, session: session, of: examples, keeping: runs)
        // The biases that give independent units those means, with one more example of each state counted in.
        let count = Double(examples.count)
        let base = means.map { mean -> Float in
            let ones = min(max(mean, 0), 1) * count
            return Float(log((ones + 1) / (count - ones + 1)))
        }
        let width = base.count
        self.session = session
        self.seed = seed
        chain = StateVariable("annealing.chain", [runs, width], initializer: .zeros)
        start = (0..<runs).flatMap { run in
            let row = run % (first.count / width)
            return first[row * width..<(row + 1) * width]
        }

        let biases = Tensor.input("base", [width])
        let key = RandomKey(.input(Session.keyName, [2], dtype: .int32)).named("annealing")
        let (logRatios, next) = model.annealing(
            chain.tensor, from: .input("from", []), to: .input("to", []), base: biases, key: key)
        function = try session.prepare(Graph(outputs: [("log_ratios", logRatios)], updates: [(chain, next)]))
        try function.write("base", base)

        let constant = try session.prepare(Graph(outputs: [("log_z", model.baseLogPartition(biases))]))
        try constant.write("base", base)
        try constant.run()
        baseLogPartition = Double(try constant.read("log_z")[0])
    }

    /// The mean of the states that belong to the examples, and those of the first few.
    private static func states(
        _ model: any AnnealedModel, session: Session, of examples: DataSplit, keeping count: Int
    ) throws -> (means: [Double], first: [Float]) {
        let features = examples.exampleShape.elementCount
        var sums: [Double] = []
        var first: [Float] = []
        for start in stride(from: 0, to: examples.count, by: 1000) {
            let size = min(1000, examples.count - start)
            let states = model.states(of: .input("examples", [size, features]))
            let width = states.extent(1)
            let function = try session.prepare(
                Graph(outputs: [("sum", states.sum([0])), ("first", states.slice(0..<min(size, count), axis: 0))]))
            try function.write("examples", examples.values(start..<start + size))
            try function.run()
            let part = try function.read("sum").map(Double.init)
            sums = sums.isEmpty ? part : zip(sums, part).map(+)
            if first.count < count * width { first += try function.read("first") }
        }
        return (sums.map { $0 / Double(examples.count) }, first)
    }

    /// Puts the runs' states at examples. They need not be bits: a sweep makes them so.
    func startAtExamples() throws { try start.withUnsafeBytes { try session.writeVariable(chain.name, $0) } }

    func step(from: Float, to: Float) throws -> [Float] {
        number += 1
        try function.write("from", [from])
        try function.write("to", [to])
        try function.write(Session.keyName, [Int32(bitPattern: seed), number])
        try function.run()
        return try function.read("log_ratios")
    }

    /// The log weight of each run, added up in double precision.
    func anneal(_ inverseTemperatures: [Float]) throws -> [Double] {
        var weights: [Double] = []
        for (from, to) in zip(inverseTemperatures, inverseTemperatures.dropFirst()) {
            let ratios = try step(from: from, to: to).map(Double.init)
            weights = weights.isEmpty ? ratios : zip(weights, ratios).map(+)
        }
        return weights
    }
}
