import FoundationEssentials
import StrataBackend
public import StrataTraining

/// A JSON value, for reports whose fields depend on the model.
public enum JSONValue: Codable, Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        // JSON has no infinities.
        case .number(let value): if value.isFinite { try container.encode(value) } else { try container.encodeNil() }
        case .string(let value): try container.encode(value)
        case .array(let values): try container.encode(values)
        case .object(let values): try container.encode(values)
        }
    }

    /// A float with the fewest digits that give it back.
    public static func number(_ value: Float) -> JSONValue { .number(Double("\(value)") ?? .nan) }

    /// Metrics by name.
    public static func metrics(_ values: [MetricValue]) -> [String: JSONValue] {
        Dictionary(values.map { ($0.name, .number($0.value)) }) { $1 }
    }

    /// The record of an epoch in `metrics.jsonl`.
    public static func epoch(_ report: EpochReport) -> JSONValue {
        var fields: [String: JSONValue] = [
            "epoch": .integer(report.epoch), "step": .integer(report.step), "seconds": .number(report.seconds),
            "step_ms_median": .number(report.medianStepMilliseconds),
            "train": .object(metrics(report.train)), "test": .object(metrics(report.test)),
        ]
        if !report.validation.isEmpty { fields["validation"] = .object(metrics(report.validation)) }
        return .object(fields)
    }

    /// One line.
    public var line: String { get throws { try text([.sortedKeys, .withoutEscapingSlashes]) } }

    /// Indented, for files that people read.
    public var pretty: String { get throws { try text([.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]) } }

    private func text(_ formatting: JSONEncoder.OutputFormatting) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Reads a line or a file. Throws `data` where it is not JSON; `place` is for messages.
    public static func parse(_ text: some StringProtocol, place: String) throws -> JSONValue {
        do {
            return try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        } catch {
            throw StrataError(.data, "\(place): is not valid JSON")
        }
    }

    /// The field of an object; `nil` where there is none.
    public subscript(_ key: String) -> JSONValue? { if case .object(let values) = self { values[key] } else { nil } }
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
