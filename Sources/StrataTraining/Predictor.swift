public import StrataBackend
public import StrataCompiler
import StrataGraph
public import StrataModels

/// A model with weights, put to use: arrays in, arrays out.
///
/// ```
/// let predictor = try Predictor(model, features: 784, session: session, weights: checkpoint)
/// let codes = try predictor.encode(images)   // [count · codeSize]
/// ```
///
/// Examples are rows of `features` floats on [0, 1]; of a model of tokens, these as floats. Each function throws `unsupported` where the model has no such
/// ability.
///
/// Many tasks may use one predictor at once: they share the weights, and each call has memory of its own. A call's result
/// is the same bits whatever else runs. (A trainer must not change the weights meanwhile.)
public final class Predictor: Sendable {
    /// The model, whose protocols (such as `EncodingModel`) say what the predictor can do.
    public let model: any Model
    /// The numbers in an example.
    public let features: Int
    /// The variables of the model; what a call needs besides lies in a session of its own.
    package let session: Session
    private let functions = FunctionPool()

    /// What runs the model.
    public var backend: any Backend { session.backend }

    /// Throws `checkpoint` for weights of another model, and `usage` for less than one feature.
    ///
    /// - `features`: The numbers in an example.
    /// - `session`: Where the weights are, or go.
    /// - `weights`: The values of the model's variables; without them, those that the session has.
    public init(_ model: any Model, features: Int, session: Session, weights: Checkpoint? = nil) throws {
        guard features > 0 else {
            throw StrataError(parameter: "features", features, "an example has at least one number")
        }
        self.model = model
        self.features = features
        self.session = try session.session(sharing: model.variables)
        try weights?.restore(model.variables.map(\.name), in: self.session)
    }

    /// A session for one call: the model's variables, and room for what else its graphs need.
    ///
    /// - `seed`: Seeds that room, such as the first states of a chain; `nil` for the seed of the run.
    package func branch(seed: UInt32? = nil) throws -> Session {
        try session.session(sharing: model.variables, seed: seed)
    }

    // MARK: What models can do

    /// The code of each example.
    public func encode(_ examples: [Float]) throws -> (codes: [Float], codeSize: Int) {
        guard let model = model as? any EncodingModel else { throw unable("encode: it has no encoder") }
        let codes = try mapRows(examples, width: features, named: "encode") { model.encode(model.examples($0)) }
        let rows = examples.count / max(features, 1)
        return (codes, rows == 0 ? 0 : codes.count / rows)
    }

    /// The code of each example, of a model whose codes depend on the class.
    ///
    /// - `labels`: The class of each.
    public func encode(_ examples: [Float], labels: some Sequence<Int32>) throws -> (codes: [Float], codeSize: Int) {
        guard let model = model as? any ConditionalEncodingModel else { throw unable("encode examples of a class") }
        let (labels, rows) = (Array(labels), examples.count / features)
        guard labels.count == rows else {
            throw StrataError(.shape, "encode: \(labels.count) labels do not fit \(rows) examples")
        }
        let inputs = [("rows", examples, features), ("labels", labels.map { Float($0) }, 1)]
        let codes =
            try mapBatches(inputs, count: rows, named: "encode") { size in
                let examples = model.examples(.input("rows", [size, self.features]))
                return try Graph(outputs: [
                    ("codes", model.encode(examples, labels: .input("labels", [size], dtype: .int32)))
                ])
            }.first?.values ?? []
        return (codes, rows == 0 ? 0 : codes.count / rows)
    }

    /// What each layer makes of the examples, from the lowest hidden layer to the code: [count · width] by the layer's
    /// name. A model that is no `LayeredModel` has its code alone.
    public func layers(_ examples: [Float]) throws -> [(name: String, values: [Float], width: Int)] {
        guard let model = model as? any LayeredModel else {
            let (codes, width) = try encode(examples)
            return [("code", codes, width)]
        }
        let rows = examples.count / max(features, 1)
        let layers = try mapRows(examples, width: features, named: "layers") { model.layers(model.examples($0)) }
        return layers.map { ($0.name, $0.values, rows == 0 ? 0 : $0.values.count / rows) }
    }

    /// The example that each code stands for.
    public func decode(_ codes: [Float]) throws -> [Float] {
        guard let model = model as? any DecodingModel else { throw unable("decode: it has no decoder") }
        return try mapRows(codes, width: model.codeSize, named: "decode") { model.decode($0).cast(to: .float32) }
    }

    /// What is left of each example after going through its code.
    public func reconstruct(_ examples: [Float]) throws -> [Float] {
        guard model is any EncodingModel, model is any DecodingModel else {
            throw unable("reconstruct: that takes an encoder and a decoder")
        }
        return try decode(encode(examples).codes)
    }

    // MARK: Batches

    /// The numbers of rows that go through a function at once. Fewer rows are filled up to one of these, so that a
    /// service that is asked for any number compiles five programs.
    public static let batchSizes = [1, 8, 32, 128, 512]

    /// Rows [count, width] through a graph of one output, a batch at a time.
    func mapRows(
        _ rows: [Float], width: Int, named name: String, seed: UInt32 = 0, _ body: (Tensor) -> Tensor
    ) throws -> [Float] {
        try mapRows(rows, width: width, named: name, seed: seed) { [("rows", body($0))] }.first?.values ?? []
    }

    /// - `seed`: Of what the graph draws, batch by batch.
    func mapRows(
        _ rows: [Float], width: Int, named name: String, seed: UInt32 = 0,
        _ body: (Tensor) -> [(name: String, activations: Tensor)]
    ) throws -> [(name: String, values: [Float])] {
        guard width > 0, rows.count % width == 0 else {
            throw StrataError(.shape, "\(name): \(rows.count) numbers are no rows of \(width)")
        }
        return try mapBatches([("rows", rows, width)], count: rows.count / width, named: name, seed: seed) { size in
            try Graph(outputs: body(.input("rows", [size, width])).map { ($0.name, $0.activations) })
        }
    }

    /// So many rows of several inputs, each with its own width, through a graph, a batch at a time: the values of its outputs.
    ///
    /// - `graph`: The graph for a number of rows.
    func mapBatches(
        _ inputs: [(name: String, values: [Float], width: Int)], count: Int, named name: String, seed: UInt32 = 0,
        _ graph: (_ rows: Int) throws -> Graph
    ) throws -> [(name: String, values: [Float])] {
        let largest = Predictor.batchSizes.last ?? 1
        var results: [(name: String, values: [Float])] = []
        for start in stride(from: 0, to: count, by: largest) {
            let used = min(largest, count - start)
            let size = Predictor.batchSizes.first { $0 >= used } ?? largest
            var batch: [String: [Float]] = [:]
            for (input, values, width) in inputs {
                var rows = Array(values[start * width..<(start + used) * width])
                // Copies of the last row: values that the model can take.
                for _ in used..<size { rows += rows.suffix(width) }
                batch[input] = rows
            }
            try functions.withFunction("\(name) \(size)") {
                try session.prepare(graph(size))
            } _: { function in
                try function.run(batch, seed: seed, number: start / largest)
                let outputs = function.compiled.outputs.map(\.name)
                if results.isEmpty { results = outputs.map { ($0, []) } }
                for (number, output) in outputs.enumerated() {
                    let values = try function.read(output)
                    results[number].values += values.prefix(values.count / size * used)
                }
            }
        }
        return results
    }

    func unable(_ what: String) -> StrataError {
        StrataError(.unsupported, "this model cannot \(what)")
    }
}

extension Function {
    /// Runs with these inputs, and with a key, as far as the graph has them. Throws `data` for a number that an input of
    /// whole numbers cannot hold.
    func run(_ inputs: [String: [Float]], seed: UInt32, number: Int) throws {
        for (name, values) in inputs {
            guard let input = input(name) else { continue }
            guard input.type.dtype == .int32 else {
                try write(name, values)
                continue
            }
            try write(
                name,
                values.map { value in
                    guard let whole = Int32(exactly: value) else {
                        throw StrataError(.data, "\(name): \(value) is no whole number of 32 bits")
                    }
                    return whole
                })
        }
        if inputNames.contains(Session.keyName) {
            try write(Session.keyName, [Int32(bitPattern: seed), Int32(truncatingIfNeeded: number)])
        }
        try run()
    }

    /// The only output of such a run.
    func results(_ inputs: [String: [Float]] = [:], seed: UInt32 = 0) throws -> [Float] {
        try run(inputs, seed: seed, number: 0)
        return try read(compiled.outputs[0].name)
    }
}
