import StrataBackend
public import StrataData
public import StrataGraph

/// Something that a trained model can be asked for, as a graph from named inputs to named outputs, all of them rows.
///
/// ```
/// for ability in ModelAbility.all {
///     guard let outputs = try ability.graph(of: model, for: spec, rows: 32, key: key) else { continue }
///     print(ability.name, outputs.map(\.name))    // encode ["codes"]
/// }
/// ```
public struct ModelAbility: Sendable {
    /// A verb: `encode`.
    public let name: String
    /// One line for lists.
    public let summary: String
    /// Whether it draws: a row is then not a function of the inputs' row alone.
    public let draws: Bool
    private let make: @Sendable (Request) throws -> [(name: String, value: Tensor)]?

    init(
        name: String, summary: String, draws: Bool = false,
        make: @escaping @Sendable (Request) throws -> [(name: String, value: Tensor)]?
    ) {
        (self.name, self.summary, self.draws, self.make) = (name, summary, draws, make)
    }

    /// A model and what it is asked for.
    struct Request {
        let model: any Model
        let spec: DataSpec
        let rows: Int
        let key: RandomKey

        /// Examples in the shape that the data have, and as the model takes them: [rows, features].
        var examples: Tensor {
            let type: DType = model.hasTokens ? .int32 : .float32
            return Tensor.input("examples", Shape([rows] + spec.shape), dtype: type).reshape([rows, spec.features])
        }

        /// The class of each example.
        var labels: Tensor { .input("labels", [rows], dtype: .int32) }

        /// Examples that the model gives, in the shape that the data have.
        func shaped(_ examples: Tensor) -> Tensor {
            (model.hasTokens ? examples.cast(to: .int32) : examples.cast(to: .float32))
                .reshape(Shape([rows] + spec.shape))
        }
    }

    /// The outputs for so many rows; `nil` where the model has no such ability. Throws `unsupported` for one that is no
    /// single graph.
    ///
    /// Inputs are `examples` (in the shape of the data), `codes`, `labels` or `sources`, outputs `codes`, `examples`,
    /// `reconstructions`, `class` and `logits`, or what a model names its predictions.
    ///
    /// - `key`: The randomness of samples.
    public func graph(
        of model: any Model, for spec: DataSpec, rows: Int, key: RandomKey
    ) throws -> [(name: String, value: Tensor)]? {
        try make(Request(model: model, spec: spec, rows: rows, key: key))
    }

    /// The abilities by the protocols that models conform to.
    public static let all: [ModelAbility] = [
        ModelAbility(name: "encode", summary: "codes of examples") { request in
            if let model = request.model as? any ConditionalEncodingModel {
                return [("codes", model.encode(request.examples, labels: request.labels))]
            }
            guard let model = request.model as? any EncodingModel else { return nil }
            return [("codes", model.encode(request.examples))]
        },
        ModelAbility(name: "decode", summary: "examples from codes") { request in
            guard let model = request.model as? any DecodingModel else { return nil }
            return [("examples", request.shaped(model.decode(.input("codes", [request.rows, model.codeSize]))))]
        },
        ModelAbility(name: "reconstruct", summary: "what is left of examples after going through their codes") {
            request in
            guard let encoder = request.model as? any EncodingModel, let decoder = request.model as? any DecodingModel,
                !(request.model is any ConditionalEncodingModel)
            else { return nil }
            return [("reconstructions", request.shaped(decoder.decode(encoder.encode(request.examples))))]
        },
        ModelAbility(name: "classify", summary: "the class of examples, and the logits of all") { request in
            guard let model = request.model as? any ClassifyingModel, model.classes > 0 else { return nil }
            let logits = model.classLogits(request.examples)
            return [("class", logits.argMax(axis: 1).cast(to: .int32)), ("logits", logits)]
        },
        ModelAbility(name: "predict", summary: "numbers, labels or several tasks of examples") { request in
            // The classes of a classifier are told by `classify`.
            guard let model = request.model as? any PredictingModel,
                ((request.model as? any ClassifyingModel)?.classes ?? 0) == 0
            else { return nil }
            return model.predictions(request.examples)
        },
        ModelAbility(name: "translate", summary: "examples from their sources, of a model of pairs") { request in
            guard let model = request.model as? any TranslationModel else { return nil }
            let sources = Tensor.input("sources", Shape([request.rows] + model.source.shape))
            return [("examples", request.shaped(model.translate(sources)))]
        },
        ModelAbility(name: "sample", summary: "new examples from noise", draws: true) { request in
            guard let model = request.model as? any SamplingModel else { return nil }
            var sampling = model.sampling(request.rows, key: request.key)
            if let model = model as? any ClampedSamplingModel, model.labelClasses > 0 {
                sampling = model.sampling(
                    request.rows, key: request.key, holding: Evidence(labels: request.labels))
            }
            guard sampling.steps == 1, sampling.updates.isEmpty else {
                throw StrataError(
                    .unsupported,
                    "samples are what a chain comes to in \(sampling.steps) steps, which is more than one graph")
            }
            return [("examples", request.shaped(sampling.examples))]
        },
    ]
}
