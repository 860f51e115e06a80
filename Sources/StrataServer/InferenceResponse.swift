import FoundationEssentials

/// The answer to a request: JSON, and after it the bytes of the outputs that were wanted so.
struct InferenceResponse {
    /// The whole body.
    var body: [UInt8]
    /// The bytes of the JSON, where others follow.
    var headerLength: Int?

    /// - Parameters:
    ///   - model: The model's name.
    ///   - outputs: The values of all the function's outputs, in its order.
    init(model: String, _ request: InferenceRequest, _ function: ServedFunction, _ outputs: [TensorValues]) {
        var (json, binary) = ("{\"model_name\":\(quoted(model)),\"model_version\":\"1\"", [UInt8]())
        if let id = request.id { json += ",\"id\":\(quoted(id))" }
        json += ",\"outputs\":["
        for (number, output) in request.outputs.enumerated() {
            let (spec, values) = (function.outputs[output.place], outputs[output.place])
            let rows = spec.rowSize == 0 ? 0 : values.count / spec.rowSize
            let shape = ([rows] + spec.row).map(String.init).joined(separator: ",")
            json += number == 0 ? "{" : ",{"
            json += "\"name\":\(quoted(spec.name)),\"datatype\":\"\(spec.type.rawValue)\",\"shape\":[\(shape)]"
            if output.isBinary {
                let before = binary.count
                values.append(to: &binary, as: spec.type)
                json += ",\"parameters\":{\"binary_data_size\":\(binary.count - before)}}"
            } else {
                json += ",\"data\":["
                values.write(to: &json)
                json += "]}"
            }
        }
        json += "]}"
        body = Array(json.utf8)
        if request.outputs.contains(where: \.isBinary) {
            headerLength = body.count
            body += binary
        }
    }
}

extension TensorValues {
    /// Appends the elements as bytes, the least significant first.
    fileprivate func append(to bytes: inout [UInt8], as type: ElementType) {
        switch (self, type) {
        case (.floats(let values), _): values.withUnsafeBytes { bytes += $0 }
        case (.integers(let values), .int32):
            values.map { Int32(truncatingIfNeeded: $0) }.withUnsafeBytes { bytes += $0 }
        case (.integers(let values), _): values.withUnsafeBytes { bytes += $0 }
        }
    }

    /// Appends the elements as JSON. A number that is NaN or infinite, which JSON lacks, is `null`.
    fileprivate func write(to text: inout String) {
        switch self {
        case .floats(let values):
            for (place, value) in values.enumerated() {
                if place > 0 { text += "," }
                text += value.isFinite ? value.description : "null"
            }
        case .integers(let values): text += values.map(\.description).joined(separator: ",")
        }
    }
}

/// A JSON string.
func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": quoted += "\\\(scalar)"
        case ..<" ":
            let digits = String(scalar.value, radix: 16)
            quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: quoted.unicodeScalars.append(scalar)
        }
    }
    return quoted + "\""
}
