import FoundationEssentials
import StrataBackend
public import StrataTraining

/// A JSON value, for reports whose fields depend on the model.
public enum JSONValue: Codable, Hashable, Sendable {
    /// No value; what a number that is NaN or infinite is written as.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A whole number that an `Int` holds; a number in a file is read as one wherever it can be.
    case integer(Int)
    /// Any other number; one that is NaN or infinite is written as `null`.
    case number(Double)
    /// A text, without quotation marks and escapes.
    case string(String)
    /// Values in their order, which may be of different kinds.
    case array([JSONValue])
    /// Values by the names of their fields, which `line` and `pretty` write in alphabetical order.
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
    /// The text of a string; `nil` for any other kind of value.
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    /// The value of a whole number; `nil` for any other kind of value, a `number` among them.
    public var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    /// The value of a number, whole or not; `nil` for any other kind of value.
    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
