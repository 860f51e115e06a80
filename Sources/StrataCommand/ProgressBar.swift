import StrataRuns
import StrataTraining

/// Tells how something goes: a line that is redrawn on a terminal, and of a training a line an epoch elsewhere.
struct ProgressBar {
    let epochs: Int
    let isQuiet: Bool
    private var hasLine = false

    init(epochs: Int = 0, isQuiet: Bool) {
        self.epochs = epochs
        self.isQuiet = isQuiet
    }

    /// So many of all that are to be made.
    mutating func show(_ what: String, _ done: Int, of all: Int) {
        guard !isQuiet, Terminal.isInteractive, done < all else { return }
        draw("\(what) \(bar(Double(done) / Double(max(all, 1)))) \(done)/\(all)")
    }

    mutating func show(_ progress: TrainingProgress, batchSize: Int) {
        guard !isQuiet, Terminal.isInteractive else { return }
        let fraction = Double(progress.batch) / Double(max(progress.batchCount, 1))
        let left = Double((progress.batchCount - progress.batch) * batchSize) / max(progress.examplesPerSecond, 1e-9)
        draw(
            "epoch \(progress.epoch)/\(epochs) \(bar(fraction)) \(progress.batch)/\(progress.batchCount)  "
                + "\(metrics(progress.metrics))  \(number(progress.examplesPerSecond, digits: 0)) examples/s"
                + "  \(number(left, digits: 0)) s left")
    }

    mutating func show(_ report: EpochReport) {
        guard !isQuiet else { return }
        finishLine()
        Terminal.writeError(
            "epoch \(report.epoch)/\(epochs)"
                + (report.train.isEmpty ? "" : "  train: \(metrics(report.train))")
                + (report.validation.isEmpty ? "" : "  validation: \(metrics(report.validation))")
                + (report.test.isEmpty ? "" : "  test: \(metrics(report.test))")
                + "  \(number(report.seconds, digits: 1)) s, \(number(report.medianStepMilliseconds, digits: 2)) ms a step\n"
        )
    }

    /// Leaves the terminal on an empty line.
    mutating func finishLine() {
        if hasLine { Terminal.writeError("\r\u{1B}[K") }
        hasLine = false
    }

    private func bar(_ fraction: Double) -> String {
        let filled = Int(fraction * 20)
        return String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
    }

    private mutating func draw(_ line: String) {
        Terminal.writeError("\r\u{1B}[K\(line.prefix(max(Terminal.width - 1, 20)))")
        hasLine = true
    }

    private func metrics(_ values: [MetricValue]) -> String {
        values.map { "\($0.name) \(number(Double($0.value), digits: 3))" }.joined(separator: "  ")
    }
}
