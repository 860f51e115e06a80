import StrataBackend
import StrataData
import StrataGraph
import StrataModels
import StrataRuns
import StrataTraining

/// What a trained model can be asked for: the abilities that give a row for a row, scores and samples.
extension ServedFunction {
    /// All that a run's model has, each of which was called once with a row of zeros. What the model says it cannot do is left
    /// out; throws what else such a call throws.
    static func all(of run: Run, _ predictor: Predictor) throws -> [ServedFunction] {
        let served = ServedModel(run: run, predictor: predictor)
        let makers =
            ModelAbility.all.filter { !$0.draws }.map { ability -> Maker in { try $0.function(ability) } } + drawn
        return try makers.compactMap { maker in
            do { return try maker(served) } catch let error as StrataError where error.kind == .unsupported {
                return nil
            }
        }
    }

    /// A function of a model; `nil` where it lacks the ability.
    private typealias Maker = @Sendable (ServedModel) throws -> ServedFunction?

    private static let drawn: [Maker] = [
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

    /// Examples that the model gives, as their tensor has them.
    func values(_ examples: [Float]) -> TensorValues {
        predictor.model.hasTokens ? .integers(examples.map { Int64($0) }) : .floats(examples)
    }

    /// An ability that gives a row for a row; `nil` where the model lacks it.
    func function(_ ability: ModelAbility) throws -> ServedFunction? {
        let spec = run.configuration.spec
        guard let signature = try predictor.signature(of: ability, for: spec) else { return nil }
        let inputs = signature.inputs.map { TensorSpec($0.name, $0.type) }
        let outputs = signature.outputs.map { TensorSpec($0.name, $0.type) }
        return try function(ability.name, inputs, outputs) { [predictor] values in
            let given = zip(inputs, values).map { ($0.name, $1.floats) }
            let rows = values[0].count / max(inputs[0].rowSize, 1)
            let found = try predictor.apply(ability, to: Dictionary(given) { $1 }, rows: rows, for: spec)
            return outputs.map { spec in
                let values = found.first { $0.name == spec.name }?.values ?? []
                return spec.type == .float32 ? .floats(values) : .integers(values.map { Int64($0) })
            }
        }
    }

    /// A function of these inputs, whose numbers are checked before they reach the model.
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
    /// A tensor of a graph, whose first axis is that of the rows.
    fileprivate init(_ name: String, _ type: TensorType) {
        self.init(name, type.dtype == .float32 ? .float32 : .int32, row: Array(type.shape.extents.dropFirst()))
    }

    /// A row of zeros.
    fileprivate var zeros: TensorValues {
        type == .float32
            ? .floats([Float](repeating: 0, count: rowSize)) : .integers([Int64](repeating: 0, count: rowSize))
    }
}
