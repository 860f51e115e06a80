import StrataBackend
public import StrataCompiler
import StrataGraph
public import StrataModels

/// A model with weights, put to use: arrays in, arrays out.
///
/// ```
/// let trained = try TrainedModel(model, session: session, weights: checkpoint)
/// let codes = try trained.encode(images)   // [count · codeSize]
/// ```
///
/// Examples are rows of `features` floats on [0, 1]. Each function throws `unsupported` where the model has no such
/// ability.
public final class TrainedModel {
    public let model: any Model
    public let features: Int
    public let session: Session
    private var functions: [String: Function] = [:]

    /// - Parameter weights: the values of the model's variables; without them, those that the session has.
    public init(_ model: any Model, features: Int, session: Session, weights: Checkpoint? = nil) throws {
        self.model = model
        self.features = features
        self.session = session
        if let weights {
            try session.create(model.variables)
            try weights.restore(model.variables.map(\.name), in: session)
        }
    }

    // MARK: What models can do

    /// The code of each example.
    public func encode(_ examples: [Float]) throws -> (codes: [Float], codeSize: Int) {
        guard let model = model as? any EncodingModel else { throw unable("encode: it has no encoder") }
        let codes = try mapRows(examples, width: features, named: "encode") { model.encode($0) }
        let rows = examples.count / max(features, 1)
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
        let layers = try mapRows(examples, width: features, named: "layers") { model.layers($0) }
        return layers.map { ($0.name, $0.values, rows == 0 ? 0 : $0.values.count / rows) }
    }

    /// The example that each code stands for.
    public func decode(_ codes: [Float]) throws -> [Float] {
        guard let model = model as? any DecodingModel else { throw unable("decode: it has no decoder") }
        return try mapRows(codes, width: model.codeSize, named: "decode") { model.decode($0) }
    }

    /// What is left of each example after going through its code.
    public func reconstruct(_ examples: [Float]) throws -> [Float] {
        guard model is any EncodingModel, model is any DecodingModel else {
            throw unable("reconstruct: that takes an encoder and a decoder")
        }
        return try decode(encode(examples).codes)
    }

    /// New examples: [count · features].
    ///
    /// A model that has no distribution over codes, such as a plain autoencoder, gets the Gaussian that the codes of
    /// `examples` have.
    public func sample(_ count: Int, seed: UInt32 = 0, codesLike examples: [Float] = []) throws -> [Float] {
        guard count > 0 else { return [] }
        guard let model = model as? any SamplingModel else {
            guard model is any EncodingModel, model is any DecodingModel, !examples.isEmpty else {
                throw unable("sample: it has no distribution to draw from")
            }
            let (codes, size) = try encode(examples)
            let rows = Tensor.input("codes", [codes.count / size, size])
            let function = try session.prepare(
                Graph(outputs: [("codes", Gaussian.draws(like: rows, count, key: samplingKey))]))
            try function.write("codes", codes)
            try function.write(Session.keyName, [Int32(bitPattern: seed), 0])
            try function.run()
            return try decode(function.read("codes"))
        }
        return try draw(model.sampling(count, key: samplingKey), seed: seed)
    }

    /// Runs a chain to its end, with the inputs that its graph has.
    func draw(_ sampling: Sampling, seed: UInt32, _ inputs: [String: [Float]] = [:]) throws -> [Float] {
        let function = try session.prepare(
            Graph(outputs: [("examples", sampling.examples)], updates: sampling.updates.map { ($0.variable, $0.value) }))
        for (name, values) in inputs { try function.write(name, values) }
        for step in 0..<sampling.steps {
            if function.inputNames.contains(Session.keyName) {
                try function.write(Session.keyName, [Int32(bitPattern: seed), Int32(step)])
            }
            try function.run()
        }
        return try function.read("examples")
    }

    /// Codes from the standard normal distribution: [count · code], for models whose noise that is.
    public func priorCodes(_ count: Int, seed: UInt32 = 0) throws -> [Float] {
        guard let model = model as? any DecodingModel else { throw unable("draw codes: it has no decoder") }
        let function = try session.prepare(
            Graph(outputs: [("codes", samplingKey.named("prior").normal([count, model.codeSize]))]))
        try function.write(Session.keyName, [Int32(bitPattern: seed), 0])
        try function.run()
        return try function.read("codes")
    }

    /// Examples on the way from one to another: for each pair of rows of `from` and `to`, `steps` of them.
    ///
    /// Ends are examples for a model with an encoder, codes for one without.
    public func interpolate(from: [Float], to: [Float], steps: Int) throws -> [Float] {
        guard let decoder = model as? any DecodingModel else { throw unable("interpolate: it has no decoder") }
        let hasEncoder = model is any EncodingModel
        let (a, b) = hasEncoder ? (try encode(from).codes, try encode(to).codes) : (from, to)
        let width = decoder.codeSize
        guard a.count == b.count, a.count % width == 0, steps > 0 else {
            throw StrataError(
                .shape, "interpolate: \(from.count) and \(to.count) numbers are not as many rows, with \(steps) steps between")
        }
        var codes: [Float] = []
        for row in 0..<a.count / width {
            for step in 0..<steps {
                let t = steps > 1 ? Float(step) / Float(steps - 1) : 0
                codes += (0..<width).map { a[row * width + $0] * (1 - t) + b[row * width + $0] * t }
            }
        }
        return try decode(codes)
    }

    var samplingKey: RandomKey { RandomKey(.input(Session.keyName, [2], dtype: .int32)).named("sampling") }

    // MARK: Batches

    /// Rows that go through a function at once; it only bounds memory.
    private static let batch = 500

    private func mapRows(_ rows: [Float], width: Int, named name: String, _ body: (Tensor) -> Tensor) throws -> [Float] {
        try mapRows(rows, width: width, named: name) { [("rows", body($0))] }.first?.values ?? []
    }

    private func mapRows(
        _ rows: [Float], width: Int, named name: String, _ body: (Tensor) -> [(name: String, activations: Tensor)]
    ) throws -> [(name: String, values: [Float])] {
        guard width > 0, rows.count % width == 0 else {
            throw StrataError(.shape, "\(name): \(rows.count) numbers are no rows of \(width)")
        }
        var results: [(name: String, values: [Float])] = []
        for start in stride(from: 0, to: rows.count / width, by: TrainedModel.batch) {
            let size = min(TrainedModel.batch, rows.count / width - start)
            let key = "\(name) \(size)"
            let function = try functions[key] ?? session.prepare(
                Graph(outputs: body(.input("rows", [size, width])).map { ($0.name, $0.activations) }))
            functions[key] = function
            try function.write("rows", Array(rows[start * width..<(start + size) * width]))
            try function.run()
            let outputs = function.compiled.outputs.map(\.name)
            if results.isEmpty { results = outputs.map { ($0, []) } }
            for (number, output) in outputs.enumerated() { results[number].values += try function.read(output) }
        }
        return results
    }

    func unable(_ what: String) -> StrataError {
        StrataError(.unsupported, "this model cannot \(what)")
    }
}
