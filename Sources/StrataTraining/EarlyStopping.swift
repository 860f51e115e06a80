import StrataBackend
import StrataModels

/// The best validation criterion so far, and the epochs since then.
struct EarlyStopping {
    let criterion: Criterion
    let patience: Int?
    private var best: Float?
    private var epochsSince = 0

    init(_ criterion: Criterion, patience: Int?) {
        self.criterion = criterion
        self.patience = patience
    }

    /// Whether there was no better epoch for too long.
    var isOver: Bool { patience.map { epochsSince >= $0 } ?? false }

    /// Counts an epoch in, and returns whether it is the best so far.
    mutating func count(_ metrics: [MetricValue]) -> Bool {
        guard let value = metrics.first(where: { $0.name == criterion.metric })?.value else { return false }
        guard best.map({ criterion.isBetter(value, than: $0) }) ?? !value.isNaN else {
            epochsSince += 1
            return false
        }
        (best, epochsSince) = (value, 0)
        return true
    }

    // MARK: In checkpoints

    /// What a run that goes on must remember.
    var metadata: [String: String] {
        best.map { ["best": "\($0.bitPattern)", "epochs_since_best": "\(epochsSince)"] } ?? [:]
    }

    mutating func restore(_ metadata: [String: String]) {
        best = metadata["best"].flatMap { UInt32($0) }.map(Float.init(bitPattern:))
        epochsSince = metadata["epochs_since_best"].flatMap { Int($0) } ?? 0
    }
}
