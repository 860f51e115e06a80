import StrataBackend
public import StrataData
import StrataModels
import StrataNN
public import StrataTraining

/// Runs side by side: what each is worth on the same data, and samples of each.
///
/// ```
/// var comparison = ModelComparison(of: data)
/// for path in ["runs/vae", "runs/gan"] {
///     let run = try Run(path)
///     try comparison.add("\(path)", run, run.predictor())
/// }
/// print(comparison.report().text)
/// ```
public struct ModelComparison {
    /// Samples that are compared with as many test examples.
    public let samples: Int
    private let data: DataSet
    private var entries: [Entry] = []

    /// A run that was compared.
    private struct Entry {
        var name: String
        var fields: [String: JSONValue]
        var samples: String?
    }

    /// A comparison on a data set, still of no run.
    public init(of data: DataSet, samples: Int = 1000) {
        (self.data, self.samples) = (data, samples)
    }

    /// Evaluates a run, as far as its model allows, and adds it.
    ///
    /// Throws `data` where the model takes other examples, and whatever its evaluation throws.
    public mutating func add(_ name: String, _ run: Run, _ predictor: Predictor) throws {
        guard run.configuration.exampleShape == data.train.exampleShape.extents else {
            throw StrataError(
                .data,
                "\(name) learned from examples of \(Shape(run.configuration.exampleShape)), and those of '\(data.name)'"
                    + " are \(data.train.exampleShape)")
        }
        let evaluation = try RunEvaluation(of: run, predictor, on: data, .init(samples: samples))
        var fields = try evaluation.report([.likelihood, .codes, .samples].filter(evaluation.applies)).fields
        let parameters = run.model.variables.reduce(0) { $0 + $1.type.shape.product }
        let seconds = try run.metrics().compactMap { $0["seconds"]?.number }.reduce(0, +)
        fields["name"] = .string(name)
        fields["parameters"] = .integer(parameters)
        fields["minutes"] = seconds > 0 ? .number(seconds / 60) : .null
        let image = "\(run.folder.path)/samples.png"
        entries.append(Entry(name: name, fields: fields, samples: FileBytes.kind(image) == .file ? image : nil))
    }

    /// The columns of the table, by the names of the fields that they show.
    private static let columns: [(title: String, field: String)] = [
        ("model", "name"), ("parameters", "parameters"), ("minutes", "minutes"), ("nats", "log_likelihood"),
        ("which_is", "log_likelihood_is"), ("active_units", "active_units"), ("frechet_distance", "frechet_distance"),
        ("kernel_distance", "kernel_distance"), ("precision", "precision"), ("recall", "recall"),
        ("density", "density"), ("coverage", "coverage"),
    ]

    /// One table, with errors of 95 % of what has some, and below it samples of each. The JSON has all fields.
    public func report() -> EvaluationReport {
        let rows = entries.map { entry in
            Self.columns.map { column -> JSONValue in
                let value = entry.fields[column.field] ?? .null
                guard case .number(let amount) = value else { return value }
                guard let error = entry.fields["\(column.field)_error"]?.number else {
                    return .string(amount == amount.rounded() ? number(amount, digits: 0) : number(amount, digits: 3))
                }
                return .string("\(number(amount, digits: 3)) ± \(number(1.96 * error, digits: 3))")
            }
        }
        let figures = entries.compactMap { entry in
            entry.samples.map {
                EvaluationReport.Image(title: entry.name, caption: "Samples, not chosen.", path: $0)
            }
        }
        let table = EvaluationReport.Section(
            title: "Models on \(data.name): \(samples) samples of each against test examples",
            table: .init(name: "models", columns: Self.columns.map(\.title), rows: rows))
        var report = EvaluationReport(title: "Models on \(data.name)")
        report.sections = [table] + (figures.isEmpty ? [] : [.init(title: "Samples", images: figures)])
        return report
    }

    /// What was found of each run, all of it.
    public var json: JSONValue {
        .object(["data": .string(data.name), "models": .array(entries.map { .object($0.fields) })])
    }
}
