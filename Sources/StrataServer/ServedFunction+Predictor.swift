import StrataBackend
import StrataData
import StrataModels
import StrataRuns
import StrataTraining

/// What a trained model can be asked for, by its protocols.
extension ServedFunction {
    /// The abilities of a run's model: encode, decode, reconstruct, classify, predict, translate, score, sample, as far as it
    /// has them.
    ///
    /// Each is called once with a row of zeros, which tells the shape of its results. Throws what such a call throws, but
    /// leaves out what the model says it cannot do.
    static func all(of run: Run, _ predictor: Predictor) throws -> [ServedFunction] {
        let served = ServedModel(run: run, predictor: predictor)
        return try makers.compactMap { maker in
            do { return try maker(served) } catch let error as StrataError where error.kind == .unsupported {
                return nil
            }
        }
    }

    /// An ability of a model; `nil` where it lacks the protocol.
    private typealias Maker = @Sendable (ServedModel) throws -> ServedFunction?

    private static let makers: [Maker] = [
        { served in
            let predictor = served.predictor
            if predictor.model is any ConditionalEncodingModel {
                return try served.function("encode", [served.examples, served.labels], ["codes"]) { inputs in
                    let labels = inputs[1].integers.map { Int32(truncatingIfNeeded: $0) }
                    return [.floats(try predictor.encode(inputs[0].floats, labels: labels).codes)]
                }
            }
            guard predictor.model is any EncodingModel else { return nil }
            return try served.function("encode", [served.examples], ["codes"]) {
                [.floats(try predictor.encode($0[0].floats).codes)]
            }
        },
        { served in
            let predictor = served.predictor
            guard let model = predictor.model as? any DecodingModel else { return nil }
            return try served.function("decode", [TensorSpec("codes", row: [model.codeSize])], [served.examples]) {
                [served.values(try predictor.decode($0[0].floats))]
            }
        },
        { served in
            let predictor = served.predictor
            guard predictor.model is any EncodingModel, predictor.model is any DecodingModel,
                !(predictor.model is any ConditionalEncodingModel)
            else { return nil }
            // Named as in a model of ONNX, where an output's name is no input's.
            var reconstructions = served.examples
            reconstructions.name = "reconstructions"
            return try served.function("reconstruct", [served.examples], [reconstructions]) {
                [served.values(try predictor.reconstruct($0[0].floats))]
            }
        },
        { served in
            let predictor = served.predictor
            guard let model = predictor.model as? any ClassifyingModel, model.classes > 0 else { return nil }
            let outputs = [TensorSpec("class", .int32), TensorSpec("logits", row: [model.classes])]
            return try served.function("classify", [served.examples], outputs) { inputs in
                let (scores, classes) = try predictor.classScores(of: inputs[0].floats)
                let best = stride(from: 0, to: scores.count, by: classes).map { start in
                    (1..<classes).reduce(0) { scores[start + $1] > scores[start + $0] ? $1 : $0 }
                }
                return [.integers(best.map(Int64.init)), .floats(scores)]
            }
        },
        { served in
            let predictor = served.predictor
            // A classifier's are told by `classify`.
            guard predictor.model is any PredictingModel,
                ((predictor.model as? any ClassifyingModel)?.classes ?? 0) == 0
            else { return nil }
            let outputs = try predictor.predict(served.examples.zeros.floats).map {
                TensorSpec($0.name, row: [$0.width])
            }
            return try served.function("predict", [served.examples], outputs) { inputs in
                try predictor.predict(inputs[0].floats).map { .floats($0.values) }
            }
        },
        { served in
            let predictor = served.predictor
            guard let model = predictor.model as? any TranslationModel else { return nil }
            return try served.function(
                "translate", [TensorSpec("sources", row: model.source.shape)], [served.examples]
            ) {
                [served.values(try predictor.translate(sources: $0[0].floats))]
            }
        },
        { served in
            let predictor = served.predictor
            guard (predictor.model as? any LikelihoodModel)?.logLikelihood != nil else { return nil }
            // What is estimated draws with keys that depend on a row's place: such a request has a call to itself.
            return try served.function(
                "score", [served.examples], [TensorSpec("log_likelihood")], batching: .request
            ) {
                [.floats(try predictor.logLikelihoods(of: $0[0].floats).map { Float($0) })]
            }
        },
        { served in
            let predictor = served.predictor
            guard predictor.model is any SamplingModel else { return nil }
            var inputs = [TensorSpec("count", .int32), TensorSpec("seed", .int64, isOptional: true)]
            let classes = (predictor.model as? any ClampedSamplingModel)?.labelClasses ?? 0
            if classes > 0 { inputs.append(TensorSpec("label", .int32, isOptional: true)) }
            return ServedFunction(name: "sample", inputs: inputs, outputs: [served.examples], batching: .request) {
                let count = $0[0].integers[0]
                guard (1...largestSample).contains(count) else {
                    throw StrataError(parameter: "count", count, "expected a number from 1 to \(largestSample)")
                }
                guard let seed = UInt32(exactly: $0[1].integers.first ?? 0) else {
                    throw StrataError(
                        parameter: "seed", $0[1].integers[0], "a seed is a whole number from 0 to 4294967295")
                }
                guard $0.count > 2, let label = $0[2].integers.first else {
                    return [served.values(try predictor.sample(Int(count), seed: seed))]
                }
                let observation = Predictor.Observation(label: Int(label))
                return [served.values(try predictor.sample(Int(count), seed: seed, given: observation))]
            }
        },
    ]

    /// Samples of one request: ten thousand images of 28 × 28 are 31 MB.
    private static let largestSample: Int64 = 10_000
}

/// A run and its predictor, with the tensors that its functions take and give.
private struct ServedModel: Sendable {
    let run: Run
    let predictor: Predictor

    /// The examples of the run's data, on the scale that the model learned from.
    var examples: TensorSpec {
        TensorSpec("examples", predictor.model.hasTokens ? .int32 : .float32, row: run.configuration.exampleShape)
    }

    /// The class of each example.
    var labels: TensorSpec { TensorSpec("labels", .int32) }

    /// Examples that the model gives, as their tensor has them.
    func values(_ examples: [Float]) -> TensorValues {
        predictor.model.hasTokens ? .integers(examples.map { Int64($0) }) : .floats(examples)
    }

    /// A function whose outputs' rows are what a call with a row of zeros gives.
    func function(
        _ name: String, _ inputs: [TensorSpec], _ outputs: [String],
        _ call: @escaping @Sendable ([TensorValues]) throws -> [TensorValues]
    ) throws -> ServedFunction {
        let found = try call(inputs.map(\.zeros))
        return try function(name, inputs, zip(outputs, found).map { TensorSpec($0, row: [$1.count]) }, call)
    }

    func function(
        _ name: String, _ inputs: [TensorSpec], _ outputs: [TensorSpec], batching: ServedFunction.Batching = .rows,
        _ call: @escaping @Sendable ([TensorValues]) throws -> [TensorValues]
    ) throws -> ServedFunction {
        let (model, classes) = (predictor.model, run.configuration.spec.classes)
        let function = ServedFunction(name: name, inputs: inputs, outputs: outputs, batching: batching) { values in
            for (spec, values) in zip(inputs, values) {
                switch (spec.name, values) {
                case ("labels", .integers(let labels)):
                    if let stray = labels.first(where: { !(0..<Int64(max(classes, 1))).contains($0) }) {
                        throw StrataError(parameter: "labels", stray, "expected a class from 0 to \(classes - 1)")
                    }
                case (let name, .floats(let numbers)):
                    try check(numbers, name, model)
                case (let name, .integers(let tokens)):
                    try check(tokens.map { Float($0) }, name, model)
                }
            }
            return try call(values)
        }
        _ = try function(inputs.map(\.zeros))
        return function
    }

    /// Throws `data` for numbers that are NaN or infinite, and for examples that mean nothing to the model.
    private func check(_ numbers: [Float], _ name: String, _ model: any Model) throws {
        // A sum of numbers is finite only if all are, and overflows of finite ones are looked at again.
        var (least, greatest, sum) = (Float.infinity, -Float.infinity, Float(0))
        for number in numbers {
            least = min(least, number)
            greatest = max(greatest, number)
            sum += number
        }
        guard sum.isFinite || numbers.allSatisfy(\.isFinite) else {
            throw StrataError(.data, "\(name): a number is NaN or infinite")
        }
        guard name == "examples" || name == "sources", least <= greatest else { return }
        try model.domain?.check(least...greatest, name: name)
        if model.hasTokens, let range = run.configuration.spec.example.range {
            guard least >= range.lowerBound, greatest <= range.upperBound else {
                throw StrataError(
                    .data,
                    "\(name): tokens from \(Int(least)) to \(Int(greatest)) are outside those of the run, "
                        + "\(Int(range.lowerBound)) to \(Int(range.upperBound))")
            }
        }
    }
}

extension TensorSpec {
    /// A row of zeros.
    fileprivate var zeros: TensorValues {
        type == .float32
            ? .floats([Float](repeating: 0, count: rowSize)) : .integers([Int64](repeating: 0, count: rowSize))
    }
}
