import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataModels
import StrataNN

extension Trainer {
    /// Everything that continuing needs: the variables, the step, and the state of early stopping.
    public func checkpoint(_ metadata: [String: String] = [:]) throws -> Checkpoint {
        var metadata = metadata.merging(stopping.metadata) { $1 }
        metadata["step"] = "\(step)"
        try prepare(upTo: step)
        return try Checkpoint(session: session, variables: variableNames, metadata: metadata)
    }

    /// The model's own, and everything that a step or the end of an epoch of the phases so far reads or writes.
    private var variableNames: [String] {
        let used = Array(steps.values) + epochEnds.values.joined().map(\.step)
        return Set(used.flatMap { $0.function.compiled.variables.map(\.name) } + model.variables.map(\.name)).sorted()
    }

    /// Makes the variables of all phases that a step with so many before it comes after, and of its own.
    private func prepare(upTo step: Int) throws {
        for span in plan.spans[...plan.span(at: step).phase] {
            _ = try prepared(key(of: span))
            // What completes an update has variables that what keeps gradients has not.
            for batch in 0..<min(span.accumulation, span.batchesPerEpoch) where span.accumulation > 1 {
                _ = try prepared(
                    StepKey(
                        phase: span.phase, size: span.size(of: batch), accumulation: span.accumulation(of: batch)))
            }
        }
    }

    /// Goes on from a checkpoint of the same model, data and settings.
    public func restore(_ checkpoint: Checkpoint) throws {
        guard let text = checkpoint.metadata["step"], let number = Int(text), (0...Int(UInt32.max)).contains(number)
        else {
            throw StrataError(.checkpoint, "the checkpoint does not say at which step it was saved")
        }
        try prepare(upTo: number)
        // Sums of metrics begin at 0 with an epoch: a version that reported others has none of them to go on from.
        let unknown = variableNames.filter(MetricAccumulator.training.isSum).filter { checkpoint.variables[$0] == nil }
        guard unknown.isEmpty || plan.position(after: number).batch == 0 else {
            throw StrataError(
                .checkpoint,
                "the checkpoint was saved within an epoch, by a version that did not report all of today's metrics; train"
                    + " anew, or to the end of the epoch with that version")
        }
        try checkpoint.restore(variableNames.filter { !unknown.contains($0) }, in: session)
        stopping.restore(checkpoint.metadata)
        step = number
        isEpochOpen = batch != 0
    }

    /// Starts the model's variables at the values of another run's or another program's, as far as they have them, and
    /// returns the names of those that were found.
    ///
    /// Throws `checkpoint` for a variable of another shape, where none is found, and for a rule of the map that fits none of
    /// the names.
    ///
    /// - `map`: What the other's names are here.
    @discardableResult public func start(from weights: Checkpoint, map: NameMap = NameMap([])) throws -> [String] {
        if let rule = map.unused(for: weights.variables.keys).first {
            throw StrataError(
                .checkpoint,
                "no variable of the weights has '\(rule)' in its name; they are of \(weights.scopes.joined(separator: ", "))"
            )
        }
        let renamed = weights.renamed(map)
        let found = model.variables.map(\.name).filter { renamed.variables[$0] != nil }
        guard !found.isEmpty else {
            let (theirs, ours) = (weights.scopes, Checkpoint.scopes(of: model.variables.map(\.name)))
            throw StrataError(
                .checkpoint,
                "none of the model's variables (\(ours.joined(separator: ", "))) is among the weights"
                    + " (\(theirs.joined(separator: ", "))); map their names")
        }
        try renamed.restore(found, in: session)
        return found
    }
}
