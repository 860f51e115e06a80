import StrataBackend
public import StrataData
import StrataModels

extension Run {
    /// The data to use the model on: another set or path, or by default the data that it was trained on. Its notes tell
    /// how it differs from that.
    ///
    /// Throws `file` or `data` where it cannot be read, and `data` where the model cannot take it: see
    /// `RunConfiguration.differences(of:)`.
    ///
    /// - `drawsTest`: Whether named data that come in one piece are split; see `DataOptions.drawsTest`.
    public func data(_ name: String? = nil, drawsTest: Bool = true) throws -> DataSet {
        guard let name else {
            var data = try trainingData(at: nil)
            data.notes = try configuration.differences(of: data)
            if data.notes.isEmpty, let change = try configuration.change(of: data) { data.notes = [change] }
            return data
        }
        var options = configuration.options(codecs)
        options.drawsTest = drawsTest
        var data = try configuration.describing(catalog.load(name, options))
        data.notes += try configuration.differences(of: data)
        return data
    }

    /// The data that the run was trained on, wherever it is now. Throws `data` where it is not the same.
    public func sameData(at name: String? = nil) throws -> DataSet {
        let data = try trainingData(at: name)
        try configuration.requireSame(data)
        return data
    }

    private func trainingData(at name: String?) throws -> DataSet {
        try configuration.load(name, from: catalog, codecs: codecs)
    }
}

extension RunConfiguration {
    /// Loads the run's data, from where it is now or was in training, unchecked. Throws `usage` where nobody says where
    /// that is, or where it is no longer there.
    public func load(
        _ name: String?, from catalog: DataCatalog, codecs: Codecs = .none, memory: Int? = nil
    ) throws -> DataSet {
        guard let path = name ?? data else {
            throw StrataError(.usage, "the checkpoint does not say where the data of its run is; name it")
        }
        if name == nil, path.hasPrefix("/"), !DataPath.exists(path) {
            throw StrataError(
                parameter: "data", path, "no such file or folder, and the run was trained on it; say where it is now")
        }
        return try describing(catalog.load(path, options(codecs, memory: memory)))
    }

    /// Data with the run's own description of their classes and what is unseen among them, where they have these
    /// classes.
    func describing(_ data: DataSet) throws -> DataSet {
        guard let attributes = spec.attributes, data.classNames == spec.classNames, data.attributes != attributes else {
            return data
        }
        return try data.describingClasses(by: attributes, leavesOutUnseen: true)
    }

    /// How data are loaded that are of the kind that the run was trained on.
    func options(_ codecs: Codecs, memory: Int? = nil) -> DataOptions {
        var options = DataOptions(codecs: codecs, memory: memory, examples: spec.hasTokens ? .tokens : .automatic)
        options.missing = facts?.fills.map { .values($0) } ?? .refused
        options.vocabulary = facts?.vocabulary
        return options
    }

    /// Records the data that a run is to be trained on: `name` as a user gave it, a path made absolute.
    public mutating func record(_ data: DataSet, named name: String, in catalog: DataCatalog) throws {
        self.data = catalog.lasting(name, absolute: absolutePath)
        exampleShape = data.exampleShape.extents
        classes = data.classNames?.count ?? 0
        targets = data.targetNames?.count ?? 0
        examples = data.train.count
        facts = try DataFacts(data)
    }

    // MARK: The same data

    /// Throws `data`, in one line, where the training split is not that which the run was trained on.
    public func requireSame(_ data: DataSet) throws {
        if let change = try change(of: data) {
            throw StrataError(.data, "\(change); continue with the same data, or train anew")
        }
    }

    /// How the training split differs from that which the run was trained on; `nil` where nothing tells them apart.
    func change(of data: DataSet) throws -> String? {
        func differs(_ found: String, _ expected: String) -> String {
            "'\(data.name)' has \(found), the run was trained on \(expected)"
        }
        let found = (data.classNames?.count ?? 0, data.targetNames?.count ?? 0)
        if data.exampleShape.extents != exampleShape {
            return differs("examples of \(data.exampleShape)", "\(Shape(exampleShape))")
        }
        if facts == nil, let examples, data.train.count != examples {
            return differs("\(data.train.count) training examples", "\(examples)")
        }
        if found.1 != targets { return differs("\(found.1) targets", "\(targets)") }
        if found.0 != classes { return differs("\(found.0) classes", "\(classes)") }
        guard let facts else { return nil }
        if data.dtype != facts.dtype { return differs("\(data.dtype.name) values", "\(facts.dtype.name) values") }
        if data.classNames != facts.classNames { return differs("classes of other names", list(facts.classNames)) }
        if data.targetNames != facts.targetNames { return differs("targets of other names", list(facts.targetNames)) }
        return try DataFingerprint(data).difference(from: facts.fingerprint).map { "'\(data.name)' \($0)" }
    }

    private func list(_ names: [String]?) -> String { names?.joined(separator: ", ") ?? "none" }

    // MARK: Other data

    /// How many times wider than the training data's a range of values may be.
    private static let widest: Float = 10

    /// What a user should know of the difference between other data and those of training, one line each.
    ///
    /// Throws `data` where the model cannot take them: examples of another size, or values on another scale, such as
    /// images of 0…255 in float32 for a model trained on bytes, which it saw as 0…1.
    public func differences(of data: DataSet) throws -> [String] {
        guard data.exampleShape.elementCount == features else {
            throw StrataError(
                .data,
                "'\(data.name)' has examples of \(data.exampleShape), the model was trained on \(Shape(exampleShape))")
        }
        guard let facts else { return [] }
        let other = try DataFacts(data)
        let (own, found) = (facts.scaledRange, other.scaledRange)
        let told = "'\(data.name)' has \(other.values), the model was trained on \(facts.values)"
        let isWide = found.magnitude >= RunConfiguration.widest * max(own.magnitude, .leastNormalMagnitude)
        // Bytes are never numbers beyond 1 to a model; floats may be few or dark.
        let isNarrow = own.magnitude >= RunConfiguration.widest * found.magnitude && other.dtype == .uint8
        if isWide || isNarrow && facts.dtype != .uint8 {
            throw StrataError(.data, "\(told); \(facts.hint(for: other))")
        }
        var notes: [String] = []
        let tolerance = 1e-3 * own.magnitude
        if found.lowerBound < own.lowerBound - tolerance || found.upperBound > own.upperBound + tolerance {
            notes.append(told)
        }
        if let names = other.classNames, let own = facts.classNames, names != own {
            notes.append("'\(data.name)' has classes other than the model was trained on")
        }
        return notes
    }

    /// The classes of a split's examples, for a model that is told them.
    ///
    /// Throws `data` where there are none, or of another number of classes than in training.
    public func labels(of split: DataSplit) throws -> [Int32] {
        guard let labels = split.labels else {
            throw StrataError(.data, "this \(model) is told the class of an example, and the data have no labels")
        }
        guard labels.classNames.count == classes else {
            throw StrataError(
                .data, "the data have \(labels.classNames.count) classes, the model was trained on \(classes)")
        }
        return labels.values
    }

    /// Throws `data` where a model that learns from labels or targets is given those of another number.
    func requireLabels(of data: DataSet, for model: any Model) throws {
        guard model.phases.contains(where: \.usesLabels) else { return }
        let counts = [("classes", data.classNames?.count, classes), ("targets", data.targetNames?.count, targets)]
        for case (let what, let found?, let own) in counts where own > 0 && found != own {
            throw StrataError(.data, "'\(data.name)' has \(found) \(what), the model was trained on \(own)")
        }
    }
}

extension DataFacts {
    /// `uint8 values from 0 to 255, which a model sees as 0 to 1`.
    fileprivate var values: String {
        func text(_ range: ClosedRange<Float>) -> String { "\(plain(range.lowerBound)) to \(plain(range.upperBound))" }
        return "\(dtype.name) values from \(text(range))"
            + (scale == 1 ? "" : ", which it sees as \(text(scaledRange))")
    }

    private func plain(_ value: Float) -> String {
        value == value.rounded() && abs(value) < 1e7 ? "\(Int(value))" : "\(value)"
    }

    /// What to do with data on another scale.
    fileprivate func hint(for other: DataFacts) -> String {
        switch (dtype, other.dtype) {
        case (.uint8, .float32): "store them as uint8, or divide them by \(plain((1 / scale).rounded()))"
        case (.float32, .uint8): "store them as float32"
        default: "scale them as those of training were"
        }
    }
}

extension ClosedRange<Float> {
    /// The greatest absolute value in it.
    fileprivate var magnitude: Float { Swift.max(abs(lowerBound), abs(upperBound)) }
}
