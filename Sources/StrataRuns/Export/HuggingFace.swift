import StrataBackend
import StrataData
import StrataTraining

extension Run {
    /// Writes the model as a folder like those of Hugging Face's hub: `model.safetensors` with its weights, `config.json` with
    /// its settings, and a model card, `README.md`.
    ///
    /// The weights file says of itself which run it is of, so that the folder opens as a run.
    ///
    /// Throws `file` with the system's reason.
    public func writeHuggingFace(to folder: String, weights: Weights = .last) throws {
        let chosen = try self.weights(weights)
        let names = Set(model.variables.map(\.name))
        let tensors = chosen.variables.filter { names.contains($0.key) }
        // Readers in Python take the format from here.
        let metadata = try configuration.metadata.merging(["format": "pt"]) { own, _ in own }
        guard !RunFolder(folder).holdsRun else {
            throw StrataError(.usage, "\(folder) holds a run, whose files have the same names; name another folder")
        }
        try RunFolder.makeFolders(folder)
        try SafeTensors(tensors: tensors, metadata: metadata).write("\(folder)/model.safetensors")
        try AtomicFile.write("\(folder)/config.json", Array("\(huggingFaceConfiguration.pretty)\n".utf8))
        try AtomicFile.write("\(folder)/README.md", Array(modelCard(tensors).utf8))
    }

    /// The fields that every reader of such folders knows, and the model's settings beside them.
    private var huggingFaceConfiguration: JSONValue {
        var fields: [String: JSONValue] = [
            "architectures": .array([.string("\(type(of: model))")]),
            "model_type": .string("strata-\(configuration.model)"),
            "torch_dtype": .string("float32"),
            "example_shape": .array(configuration.exampleShape.map(JSONValue.integer)),
        ]
        if let names = configuration.facts?.classNames {
            fields["num_labels"] = .integer(names.count)
            fields["id2label"] = .object(
                Dictionary(uniqueKeysWithValues: names.enumerated().map { ("\($0)", .string($1)) }))
            fields["label2id"] = .object(
                Dictionary(names.enumerated().map { ($1, .integer($0)) }) { first, _ in first })
        }
        if let facts = configuration.facts {
            fields["data_scale"] = .number(facts.scale)
            fields["data_range"] = .array([
                .number(facts.scaledRange.lowerBound), .number(facts.scaledRange.upperBound),
            ])
        }
        for (name, value) in configuration.settings {
            // Numbers as such, as in any other configuration.
            let key = name.map { $0 == "-" ? "_" : String($0) }.joined()
            guard fields[key] == nil else { continue }
            fields[key] =
                Int(value).map(JSONValue.integer) ?? Double(value).map(JSONValue.number)
                ?? Bool(value).map(JSONValue.bool) ?? .string(value)
        }
        return .object(fields)
    }

    private func modelCard(_ tensors: [String: StoredArray]) throws -> String {
        let run = configuration
        let parameters = tensors.values.reduce(0) { $0 + $1.shape.elementCount }
        let data =
            run.data.flatMap { $0.contains("/") ? $0.split(separator: "/").last.map(String.init) : $0 }
            ?? "unnamed data"
        var lines = [
            "---", "library_name: strata", "tags:", "- \(run.model)", "---", "", "# \(run.model) on \(data)", "",
            "A model of the kind `\(run.model)`, trained by Strata for \(run.epochs) epochs from seed \(run.seed) on"
                + " \(run.examples.map { "\($0) examples of " } ?? "")`\(data)`. An example is of shape \(Shape(run.exampleShape)).",
            "It has \(parameters) numbers in \(tensors.count) tensors.", "",
        ]
        if !run.settings.isEmpty {
            lines += ["| setting | value |", "| --- | --- |"]
            lines += run.settings.sorted { $0.key < $1.key }.map { "| \($0.key) | \($0.value) |" } + [""]
        }
        if let last = try metrics().last, let epoch = last["epoch"]?.integer {
            let splits = ["train", "validation", "test"].compactMap { split in last[split]?.fields.map { (split, $0) } }
            let rows = splits.flatMap { split, metrics in
                metrics.sorted { $0.key < $1.key }.compactMap { name, value in
                    value.number.map { "| \(split) | \(name) | \($0) |" }
                }
            }
            if !rows.isEmpty {
                lines += ["Epoch \(epoch):", "", "| split | metric | value |", "| --- | --- | --- |"] + rows + [""]
            }
        }
        lines += [
            "```", "strata encode . --data DATA                      # the weights say which model they are of",
            "strata train \(run.model) --from . --data DATA        # and go on from here", "```", "", "```python",
            "from safetensors.numpy import load_file", "weights = load_file(\"model.safetensors\")", "```", "",
        ]
        return lines.joined(separator: "\n")
    }
}
