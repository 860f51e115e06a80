import StrataBackend
public import StrataCompiler
public import StrataData
import StrataGraph
public import StrataModels

/// How probable a model that works with energies finds examples.
public struct EnergyEvaluation {
    private let model: any EnergyModel
    private let session: Session

    /// What was found; all in nats, means over the examples.
    public struct Result: Sendable {
        /// The free energies of the first ten examples.
        public var firstFreeEnergies: [Float]
        public var meanFreeEnergy: Double
        /// An unbiased estimate, from one pixel of each example.
        public var pseudoLogLikelihood: Double
        /// Exact; `nil` where there are too many hidden states to enumerate.
        public var logPartition: Double?
        /// `−F(x) − log Z`, exact.
        public var logLikelihood: Double? { logPartition.map { -meanFreeEnergy - $0 } }
    }

    /// `nil` for a model that has no energy.
    public init?(_ model: any Model, session: Session) {
        guard let model = model as? any EnergyModel else { return nil }
        self.model = model
        self.session = session
    }

    /// Evaluates on all examples of a split, which must not be empty.
    public func evaluate(_ split: DataSplit, seed: UInt32) throws -> Result {
        var energies: [Float] = []
        var pseudo = 0.0
        let key = RandomKey(.input(Session.keyName, [2], dtype: .int32))
        for start in stride(from: 0, to: split.count, by: 500) {
            let size = min(500, split.count - start)
            let x = Tensor.input("examples", [size, split.exampleShape.elementCount])
            let function = try session.prepare(
                Graph(outputs: [
                    ("free_energy", model.freeEnergy(x)),
                    ("pseudo", model.pseudoLogLikelihood(x, key: key.named("pseudo"))),
                ]))
            try function.write("examples", split.values(start..<start + size))
            try function.write(Session.keyName, [Int32(bitPattern: seed), Int32(start)])
            try function.run()
            energies += try function.read("free_energy")
            pseudo += try function.read("pseudo").reduce(0) { $0 + Double($1) }
        }
        let count = Double(max(split.count, 1))
        return Result(
            firstFreeEnergies: Array(energies.prefix(10)),
            meanFreeEnergy: energies.reduce(0) { $0 + Double($1) } / count, pseudoLogLikelihood: pseudo / count,
            logPartition: try model.hiddenUnits <= EnergyEvaluation.enumerable ? logPartition() : nil)
    }

    /// Hidden units up to which log Z is enumerated without being asked for: a million states.
    public static let enumerable = 20

    private func logPartition() throws -> Double {
        let function = try session.prepare(Graph(outputs: [("log_z", model.logPartition())]))
        try function.run()
        return Double(try function.read("log_z")[0])
    }
}
