import StrataBackend
public import StrataRuns
public import StrataTraining

/// The functions of one or several runs by their names, such as `vae-encode`, each behind its queue.
///
/// A run may be opened anew while requests are answered: those that wait are answered by the weights that were there when
/// they came.
public final class ModelRepository: Sendable {
    /// A run to be served.
    public struct Source: Sendable {
        /// What the names of its functions begin with.
        public var name: String
        /// Opens it, at the start and again when it is to be read anew.
        public var open: @Sendable () throws -> (run: Run, predictor: Predictor)

        /// A run by its name. Nothing is opened yet.
        public init(_ name: String, open: @escaping @Sendable () throws -> (run: Run, predictor: Predictor)) {
            (self.name, self.open) = (name, open)
        }
    }

    /// A function that is served.
    struct Served: Sendable {
        var name: String
        var source: Int
        /// The name of the run's model in the zoo.
        var model: String
        var batcher: MicroBatcher
        var statistics: FunctionStatistics
        var function: ServedFunction { batcher.function }
    }

    private let sources: [Source]
    private let queueCapacity: Int
    private let functions = Locked([String: Served]())

    /// Opens the runs, and calls each of their functions once with as many rows as its programs take, so that no client
    /// waits for a compiler.
    ///
    /// Throws `usage` where two runs have one name, and what opening throws.
    ///
    /// - `queueCapacity`: The requests that may wait for a function.
    public init(_ sources: [Source], queueCapacity: Int = 256) throws {
        (self.sources, self.queueCapacity) = (sources, queueCapacity)
        for (number, source) in sources.enumerated() {
            guard !sources[..<number].contains(where: { $0.name == source.name }) else {
                throw StrataError(.usage, "two runs are named '\(source.name)'; give one another name: NAME=PATH")
            }
            try load(number)
        }
    }

    /// The names of the functions, in alphabetical order.
    public var names: [String] { functions.withLock { $0.keys.sorted() } }

    /// One line a function: what it takes and gives.
    public var listing: [String] {
        functions.withLock { all in
            all.values.sorted { $0.name < $1.name }.map { served in
                func list(_ tensors: [TensorSpec]) -> String {
                    tensors.map { spec in
                        let row = spec.row.map { ", \($0)" }.joined()
                        let isNumber = served.function.batching == .request && row.isEmpty && spec.type != .float32
                        return
                            "\(spec.name) \(spec.type.rawValue) [\(isNumber ? "1" : "n")\(row)]\(spec.isOptional ? "?" : "")"
                    }.joined(separator: ", ")
                }
                return "\(served.name): \(list(served.function.inputs)) → \(list(served.function.outputs))"
            }
        }
    }

    /// A function. Throws status 404 where there is none of the name.
    func function(_ name: String) throws(RequestFailure) -> Served {
        guard let served = functions.withLock({ $0[name] }) else {
            throw RequestFailure(.notFound, "model '\(name)': unknown; there are \(names.joined(separator: ", "))")
        }
        return served
    }

    var all: [Served] { functions.withLock { Array($0.values) }.sorted { $0.name < $1.name } }

    /// Opens the run of a function anew, whose weights may have changed. Throws what opening throws; what was served
    /// before is then served on.
    func reload(_ name: String) throws { try load(function(name).source) }

    /// Opens all runs anew. Throws as `reload` does, after those that could be opened.
    public func reloadAll() throws {
        var failure: (any Error)?
        for number in sources.indices {
            do { try load(number) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private func load(_ number: Int) throws {
        let source = sources[number]
        let (run, predictor) = try source.open()
        let largest = Predictor.batchSizes.last ?? 1
        let found = try ServedFunction.all(of: run, predictor).map { function in
            for rows in Predictor.batchSizes where function.batching == .rows {
                _ = try function(
                    function.inputs.map { spec in
                        let count = rows * spec.rowSize
                        return spec.type == .float32
                            ? .floats([Float](repeating: 0, count: count))
                            : .integers([Int64](repeating: 0, count: count))
                    })
            }
            let name = "\(source.name)-\(function.name)"
            let statistics = functions.withLock { $0[name]?.statistics } ?? FunctionStatistics()
            return Served(
                name: name, source: number, model: run.configuration.model,
                batcher: MicroBatcher(
                    function, capacity: queueCapacity, largestBatch: largest, statistics: statistics),
                statistics: statistics)
        }
        guard !found.isEmpty else {
            throw StrataError(
                .unsupported,
                "\(source.name): its model neither encodes, decodes, classifies, predicts, translates, scores nor samples"
            )
        }
        functions.withLock { all in
            all = all.filter { $0.value.source != number }
            for served in found { all[served.name] = served }
        }
    }
}
