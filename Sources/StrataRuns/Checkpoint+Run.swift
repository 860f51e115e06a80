import StrataBackend
import StrataTraining

/// A checkpoint's description of its own: the run's configuration without what belongs to one machine.
extension RunConfiguration {
    /// The same without paths of data.
    private var withoutPaths: RunConfiguration {
        var run = self
        if let data, data.contains("/") { run.data = nil }
        run.networks = networks.mapValues(\.withoutPaths)
        return run
    }

    /// The metadata of the run's checkpoints. A path of data is left out: the same run gives the same bytes anywhere.
    public var metadata: [String: String] {
        get throws {
            let described = withoutPaths
            return ["model": model, "run": try described.json.line]
        }
    }
}

extension Checkpoint {
    /// The run that it is of, as its metadata tell; `path` is for messages.
    func describedRun(_ path: String) throws -> RunConfiguration {
        guard let text = metadata["run"] else {
            throw StrataError(
                .checkpoint, "\(path): does not say which model it is of; name the folder of its run, or write it anew")
        }
        return try RunConfiguration(JSONValue.parse(text, place: path), place: path)
    }
}
