import StrataBackend
import StrataCompiler
public import StrataData
import StrataGraph
import StrataModels
public import StrataTraining

/// How probable a model that works with energies finds examples.
public struct EnergyEvaluation {
    private let model: any EnergyModel
    private let session: Session

    /// How log Z is found.
    public enum Partition: Sendable {
        /// By enumeration; throws `usage` where there are too many hidden units.
        case exact
        /// With a base and first states from these examples.
        case annealed(AnnealedImportanceSampling, examples: DataSplit)
        /// By enumeration where that takes no time, else not at all.
        case ifCheap
    }

    /// What was found; all in nats, means over the examples.
    public struct Result: Sendable {
        /// The free energies of the first ten examples.
        public var firstFreeEnergies: [Float]
        /// The mean of the free energies F(x) of all examples; an upper bound where `isBound`.
        public var meanFreeEnergy: Double
        /// An unbiased estimate, from one pixel of each example.
        /// `nil` for a model whose units are not bits, or whose free energy is not known.
        public var pseudoLogLikelihood: Double?
        /// `nil` where it was not asked for.
        public var logPartition: Estimate?
        /// Whether the free energies are upper bounds.
        public var isBound: Bool
        /// `−F(x) − log Z`.
        public var logLikelihood: Estimate? {
            logPartition.map { logPartition in
                var estimate = -meanFreeEnergy - logPartition
                // A mean over examples that are bits is negative.
                if isBound { (estimate.upper, estimate.certainty) = (0, .lowerBound) }
                return estimate
            }
        }
    }

    /// `nil` for a model that has no energy.
    public init?(_ predictor: Predictor) throws {
        guard let model = predictor.model as? any EnergyModel else { return nil }
        self.model = model
        session = try predictor.branch()
    }

    /// Evaluates on all examples of a split, which must not be empty.
    ///
    /// - `drawingBits`: takes each value for the probability of a bit, and evaluates the bits drawn; else the
    ///   values go in as they are.
    public func evaluate(
        _ split: DataSplit, seed: UInt32, drawingBits: Bool = false, partition: Partition = .ifCheap
    ) throws -> Result {
        let logPartition = try logPartition(partition, seed: seed)
        var energies: [Float] = []
        var pseudo = 0.0
        let key = RandomKey(.input(Session.keyName, [2], dtype: .int32))
        for start in stride(from: 0, to: split.count, by: 500) {
            let size = min(500, split.count - start)
            let values = Tensor.input("examples", [size, split.exampleShape.elementCount])
            let x = drawingBits ? key.named("bits").bernoulli(values) : values
            let function = try session.prepare(
                Graph(
                    outputs: [("free_energy", model.freeEnergy(x, key: key))]
                        + (hasPseudoLikelihood
                            ? [("pseudo", model.pseudoLogLikelihood(x, key: key.named("pseudo")))] : [])))
            try function.write("examples", split.values(start..<start + size))
            if function.inputNames.contains(Session.keyName) {
                try function.write(Session.keyName, [Int32(bitPattern: seed), Int32(start)])
            }
            try function.run()
            energies += try function.read("free_energy")
            if hasPseudoLikelihood { pseudo += try function.read("pseudo").reduce(0) { $0 + Double($1) } }
        }
        let count = Double(max(split.count, 1))
        return Result(
            firstFreeEnergies: Array(energies.prefix(10)),
            meanFreeEnergy: energies.reduce(0) { $0 + Double($1) } / count,
            pseudoLogLikelihood: hasPseudoLikelihood ? pseudo / count : nil, logPartition: logPartition,
            isBound: model.isBound)
    }

    /// It takes differences of free energies, which bounds do not give.
    private var hasPseudoLikelihood: Bool { model.isBinary && !model.isBound }

    /// Hidden units up to which log Z is enumerated without being asked for: a million states.
    public static let enumerable = 20

    private func logPartition(_ partition: Partition, seed: UInt32) throws -> Estimate? {
        switch partition {
        case .ifCheap where model.hiddenStates.map { $0 > EnergyEvaluation.enumerable } ?? true: return nil
        case .ifCheap, .exact:
            let function = try session.prepare(Graph(outputs: [("log_z", model.logPartition())]))
            try function.run()
            return .exact(Double(try function.read("log_z")[0]))
        case .annealed(let sampling, let examples):
            guard let model = model as? any AnnealedModel, model.isBinary else {
                throw StrataError(
                    .unsupported, "this model cannot be annealed: it has no path to a distribution of known log Z")
            }
            return try sampling.logPartition(model, session: session, examples: examples, seed: seed)
        }
    }
}
