import FoundationEssentials
import StrataBackend

/// A request of the Open Inference Protocol, version 2: tensors by name as JSON, or, by Triton's extension, as bytes that
/// follow the JSON.
struct InferenceRequest {
    /// What the client calls the request, given back with the answer.
    var id: String?
    /// The values of the function's inputs, in its order; empty for an optional one that was left out.
    var inputs: [TensorValues]
    /// The rows of the inputs.
    var rows: Int
    /// The outputs that are wanted, in the order of the answer.
    var outputs: [Output]

    /// An output that is wanted.
    struct Output: Hashable {
        /// Its place among the function's outputs.
        var place: Int
        /// Whether its elements come as bytes.
        var isBinary: Bool
    }

    /// Reads a request to a function.
    ///
    /// Throws status 400 for what is no request of the protocol, and 422 for one that the function does not take.
    ///
    /// - Parameters:
    ///   - body: The whole body.
    ///   - headerLength: The bytes of the JSON, where bytes of tensors follow; `nil` for JSON alone.
    init(_ body: Span<UInt8>, headerLength: Int?, for function: ServedFunction) throws(RequestFailure) {
        let length = headerLength ?? body.count
        guard (0...body.count).contains(length) else {
            throw RequestFailure(
                .badRequest, "Inference-Header-Content-Length \(length): the body has \(body.count) bytes")
        }
        let header: Header
        do {
            header = try body.extracting(0..<length).withUnsafeBytes {
                try JSONDecoder().decode(Header.self, from: Data($0))
            }
        } catch let failure as RequestFailure {
            throw failure
        } catch {
            throw RequestFailure(.badRequest, InferenceRequest.problem(error))
        }
        id = header.id
        var place = length
        var found: [String: (values: TensorValues, shape: [Int])] = [:]
        for tensor in header.inputs {
            guard let spec = function.inputs.first(where: { $0.name == tensor.name }) else {
                throw RequestFailure(
                    .unprocessable,
                    "input '\(tensor.name)': unknown; expected "
                        + function.inputs.map { "'\($0.name)'" }.joined(separator: ", "))
            }
            guard found[tensor.name] == nil else {
                throw RequestFailure(.badRequest, "input '\(tensor.name)': is there twice")
            }
            let count = try tensor.check(against: spec)
            if let bytes = tensor.parameters?.binary_data_size {
                guard headerLength != nil else {
                    throw RequestFailure(
                        .badRequest,
                        "input '\(tensor.name)': binary data take the header Inference-Header-Content-Length")
                }
                guard tensor.data == nil else {
                    throw RequestFailure(.badRequest, "input '\(tensor.name)': has data and binary data")
                }
                guard bytes == count * spec.type.size, bytes <= body.count - place else {
                    throw RequestFailure(
                        .badRequest,
                        "input '\(tensor.name)': binary_data_size \(bytes), \(body.count - place) bytes are"
                            + " left of the body and \(count) elements of \(spec.type.rawValue) take \(count * spec.type.size)"
                    )
                }
                found[tensor.name] = (
                    TensorValues(body.extracting(place..<place + bytes), spec.type, count), tensor.shape
                )
                place += bytes
            } else {
                guard let data = tensor.data else {
                    throw RequestFailure(.badRequest, "input '\(tensor.name)': has no data")
                }
                guard data.count == count else {
                    throw RequestFailure(
                        .badRequest,
                        "input '\(tensor.name)': \(data.count) elements do not fill the shape \(tensor.shape)")
                }
                guard let values = data.values(spec.type) else {
                    throw RequestFailure(
                        .badRequest, "input '\(tensor.name)': expected whole numbers of \(spec.type.rawValue)")
                }
                found[tensor.name] = (values, tensor.shape)
            }
        }
        guard place == body.count else {
            throw RequestFailure(.badRequest, "\(body.count - place) bytes follow the last input")
        }
        var rows: Int?
        inputs = []
        for spec in function.inputs {
            guard let tensor = found[spec.name] else {
                guard spec.isOptional else {
                    throw RequestFailure(.unprocessable, "input '\(spec.name)': is missing")
                }
                inputs.append(spec.type == .float32 ? .floats([]) : .integers([]))
                continue
            }
            guard rows == nil || rows == tensor.shape[0] else {
                throw RequestFailure(
                    .unprocessable, "input '\(spec.name)': has \(tensor.shape[0]) rows, another has \(rows ?? 0)")
            }
            rows = tensor.shape[0]
            inputs.append(tensor.values)
        }
        self.rows = rows ?? 0
        guard function.batching == .rows || function.inputs[0].rowSize > 1 || self.rows == 1 else {
            throw RequestFailure(.unprocessable, "input '\(function.inputs[0].name)': expected a single number")
        }
        let isBinary = header.parameters?.binary_data_output ?? false
        guard let wanted = header.outputs, !wanted.isEmpty else {
            outputs = function.outputs.indices.map { Output(place: $0, isBinary: isBinary) }
            return
        }
        outputs = []
        for output in wanted {
            guard let place = function.outputs.firstIndex(where: { $0.name == output.name }) else {
                throw RequestFailure(
                    .unprocessable,
                    "output '\(output.name)': unknown; there are "
                        + function.outputs.map { "'\($0.name)'" }.joined(separator: ", "))
            }
            guard !outputs.contains(where: { $0.place == place }) else {
                throw RequestFailure(.badRequest, "output '\(output.name)': is wanted twice")
            }
            if (output.parameters?.classification ?? 0) > 0 {
                throw RequestFailure(
                    .unprocessable,
                    "output '\(output.name)': the classification extension is not offered; take the output"
                        + " as numbers")
            }
            outputs.append(Output(place: place, isBinary: output.parameters?.binary_data ?? isBinary))
        }
    }

    /// What is wrong with JSON, in one line.
    private static func problem(_ error: any Error) -> String {
        func path(_ context: DecodingError.Context) -> String {
            context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
        }
        return switch error {
        case DecodingError.keyNotFound(let key, let context):
            "the request\(path(context)) has no '\(key.stringValue)'"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "the request\(path(context)) is of the wrong type"
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            "the request\(path(context)) is out of range"
        default: "the request is not valid JSON"
        }
    }
}

// MARK: JSON, by the protocol's names

private struct Header: Decodable {
    var id: String?
    var parameters: Parameters?
    var inputs: [Input]
    var outputs: [WantedOutput]?

    struct Parameters: Decodable {
        var binary_data_output: Bool?
    }

    struct WantedOutput: Decodable {
        var name: String
        var parameters: Parameters?

        struct Parameters: Decodable {
            var binary_data: Bool?
            var classification: Int?
        }
    }

    struct Input: Decodable {
        var name: String
        var datatype: String
        var shape: [Int]
        var parameters: Parameters?
        var data: Numbers?

        struct Parameters: Decodable {
            var binary_data_size: Int?
        }

        /// The number of elements. Throws for a shape or a type that is not that of `spec`.
        func check(against spec: TensorSpec) throws(RequestFailure) -> Int {
            guard datatype == spec.type.rawValue else {
                throw RequestFailure(
                    .unprocessable, "input '\(name)': datatype '\(datatype)', expected \(spec.type.rawValue)")
            }
            var (count, overflows) = (1, false)
            for extent in shape where !overflows {
                guard extent >= 0 else {
                    throw RequestFailure(.badRequest, "input '\(name)': the shape \(shape) has a negative extent")
                }
                (count, overflows) = count.multipliedReportingOverflow(by: extent)
            }
            let row = shape.dropFirst()
            let isSame =
                row.elementsEqual(spec.row)
                || !overflows && !shape.isEmpty && shape[0] > 0
                    && count / shape[0] == spec.rowSize
            guard !shape.isEmpty, !overflows, count > 0, isSame, count <= Int(Int32.max) else {
                let expected = (["rows"] + spec.row.map(String.init)).joined(separator: ", ")
                throw RequestFailure(
                    .unprocessable, "input '\(name)': shape \(shape), expected [\(expected)] with at least one row")
            }
            return count
        }
    }
}

/// The numbers of a tensor, in one list or in lists of lists.
private struct Numbers: Decodable {
    private var floats: [Float] = []
    /// The same as whole numbers, as far as they are.
    private var integers: [Int64] = []
    private var areWhole = true

    var count: Int { areWhole ? integers.count : floats.count }

    init(from decoder: any Decoder) throws {
        // One list of numbers is quick to read.
        if let list = try? decoder.singleValueContainer().decode([Int64].self) {
            integers = list
            return
        }
        areWhole = false
        if let list = try? decoder.singleValueContainer().decode([Float].self) {
            floats = list
            return
        }
        var lists = try decoder.unkeyedContainer()
        areWhole = true
        while !lists.isAtEnd {
            let part = try lists.decode(Numbers.self)
            if areWhole, !part.areWhole {
                floats = integers.map { Float($0) }
                (integers, areWhole) = ([], false)
            }
            if areWhole {
                integers += part.integers
            } else {
                floats += part.areWhole ? part.integers.map { Float($0) } : part.floats
            }
        }
    }

    /// The numbers as such a type; `nil` where they are not of it.
    func values(_ type: ElementType) -> TensorValues? {
        switch type {
        case .float32: .floats(areWhole ? integers.map { Float($0) } : floats)
        case .int64: areWhole ? .integers(integers) : nil
        case .int32: areWhole && integers.allSatisfy { Int32(exactly: $0) != nil } ? .integers(integers) : nil
        }
    }
}

extension TensorValues {
    /// Elements from bytes, the least significant first.
    init(_ bytes: Span<UInt8>, _ type: ElementType, _ count: Int) {
        func read<Element: BitwiseCopyable>(_ zero: Element) -> [Element] {
            bytes.withUnsafeBytes { source in
                [Element](unsafeUninitializedCapacity: count) { target, filled in
                    UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
                    filled = count
                }
            }
        }
        switch type {
        case .float32: self = .floats(read(Float(0)))
        case .int32: self = .integers(read(Int32(0)).map(Int64.init))
        case .int64: self = .integers(read(Int64(0)))
        }
    }
}
