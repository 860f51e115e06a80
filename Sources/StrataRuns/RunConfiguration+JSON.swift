import StrataBackend

extension RunConfiguration {
    /// The fields of `config.json`.
    public var json: JSONValue {
        .object([
            "format": .integer(RunConfiguration.format), "model": .string(model),
            "settings": .object(settings.mapValues(JSONValue.string)),
            "networks": networks.isEmpty ? .null : .object(networks.mapValues(\.json)),
            "data": data.map(JSONValue.string) ?? .null,
            "example_shape": .array(exampleShape.map(JSONValue.integer)), "classes": .integer(classes),
            "targets": .integer(targets), "examples": examples.map(JSONValue.integer) ?? .null,
            "data_facts": coded(facts), "epochs": .integer(epochs), "batch_size": .integer(batchSize),
            "optimizer": coded(optimizer), "seed": .integer(Int(seed)),
            "labels": labels.map(JSONValue.integer) ?? .null,
            "validation": validation.map(JSONValue.number) ?? .null,
            "patience": patience.map(JSONValue.integer) ?? .null,
            "backend": .string(backend),
        ])
    }

    private func coded(_ value: (some Encodable)?) -> JSONValue {
        value.flatMap { try? JSONValue.encoding($0) } ?? .null
    }

    /// Reads the fields of `config.json`, of this format or an earlier one.
    ///
    /// Throws `data` for a field that is missing or of the wrong kind, and `unsupported` for a format that is newer than
    /// this program; `place` is for messages.
    public init(_ json: JSONValue, place: String) throws {
        let fields = Fields(json: json, place: place)
        let format = try fields.optional("format", \.integer) ?? 1
        guard format <= RunConfiguration.format else {
            throw StrataError(
                .unsupported,
                "\(place): is of format \(format), and this program reads up to \(RunConfiguration.format);"
                    + " open it with a newer one")
        }
        model = try fields.required("model", \.string)
        data = try fields.optional("data", \.string)
        backend = try fields.required("backend", \.string)
        epochs = try fields.required("epochs") { $0.count(0...Int.max) }
        batchSize = try fields.required("batch_size") { $0.count(1...Int.max) }
        optimizer = try fields.optional("optimizer") { $0.decoded(OptimizerSettings.self) }
        validation = try fields.optional("validation") { $0.number.flatMap { $0 > 0 && $0 < 1 ? $0 : nil } }
        patience = try fields.optional("patience") { $0.count(1...Int.max) }
        seed = try fields.required("seed") { $0.integer.flatMap { UInt32(exactly: $0) } }
        labels = try fields.optional("labels") { $0.count(1...Int.max) }
        examples = try fields.optional("examples") { $0.count(1...Int(Int32.max)) }
        exampleShape = try fields.required("example_shape", \.extents)
        classes = try fields.required("classes") { $0.count(0...1_000_000) }
        targets = try fields.optional("targets") { $0.count(0...1_000_000) } ?? 0
        // Facts of the second format were kept otherwise.
        facts = format < 3 ? nil : try fields.optional("data_facts") { $0.decoded(DataFacts.self) }
        guard case .object(let values)? = json["settings"] else { throw fields.malformed("settings") }
        settings = try Dictionary(
            uniqueKeysWithValues: values.map { name, value in
                guard let text = value.string else { throw fields.malformed("settings.\(name)") }
                return (name, text)
            })
        networks =
            try fields.optional("networks", \.fields)?.reduce(into: [:]) {
                $0[$1.key] = try RunConfiguration($1.value, place: "\(place): networks.\($1.key)")
            } ?? [:]
        if format < 3 {
            formerRates = (
                try fields.required("learning_rate", \.rate), try fields.optional("final_learning_rate", \.rate)
            )
        }
    }
}

/// The fields of a JSON object that a file holds, read one by one with errors that name file and field.
struct Fields {
    let json: JSONValue
    let place: String

    func malformed(_ name: String) -> StrataError {
        StrataError(.data, "\(place): the field '\(name)' is missing or malformed")
    }

    /// A field that must be there.
    func required<Value>(_ name: String, _ value: (JSONValue) -> Value?) throws -> Value {
        guard let found = json[name].flatMap(value) else { throw malformed(name) }
        return found
    }

    /// A field that may be missing or null, but not of another kind.
    func optional<Value>(_ name: String, _ value: (JSONValue) -> Value?) throws -> Value? {
        guard let field = json[name], field != .null else { return nil }
        guard let found = value(field) else { throw malformed(name) }
        return found
    }
}

extension JSONValue {
    /// The values of an object.
    var fields: [String: JSONValue]? { if case .object(let values) = self { values } else { nil } }

    /// A whole number in some bounds.
    func count(_ bounds: ClosedRange<Int>) -> Int? { integer.flatMap { bounds.contains($0) ? $0 : nil } }

    /// A finite number greater than 0.
    var rate: Double? { number.flatMap { $0.isFinite && $0 > 0 ? $0 : nil } }

    /// The shape of an example of at most 2³¹ − 1 values, none of whose extents is 0.
    var extents: [Int]? {
        guard case .array(let values) = self, !values.isEmpty else { return nil }
        var product = 1
        let extents = values.compactMap { value -> Int? in
            guard let extent = value.count(1...Int(Int32.max)) else { return nil }
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            product = overflow ? Int.max : next
            return extent
        }
        return extents.count == values.count && product <= Int(Int32.max) ? extents : nil
    }

    /// An array of strings.
    var strings: [String]? {
        guard case .array(let values) = self else { return nil }
        let strings = values.compactMap(\.string)
        return strings.count == values.count ? strings : nil
    }
}
