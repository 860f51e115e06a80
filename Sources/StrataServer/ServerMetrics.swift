import StrataBackend
import Synchronization

/// What `/metrics` tells, in Prometheus' text format.
final class ServerMetrics: Sendable {
    private struct Key: Hashable { var (function, status) = ("", 0) }
    private struct Counts {
        var requests: [Key: Int] = [:]
        var seconds: [String: Histogram] = [:]
    }

    private let counts = Locked(Counts())
    /// Requests that are being answered.
    let inFlight = Atomic<Int>(0)

    /// A request has been answered; `function` is empty where it was no call of one.
    func answered(_ function: String, status: Int, in duration: Duration) {
        counts.withLock { counts in
            counts.requests[Key(function: function, status: status), default: 0] += 1
            guard !function.isEmpty else { return }
            counts.seconds[function, default: Histogram(Self.bounds)].add(Double(duration.nanoseconds) / 1e9)
        }
    }

    private static let bounds = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// The text, with what the functions have counted themselves.
    func text(_ functions: [ModelRepository.Served]) -> String {
        let counts = counts.withLock { $0 }
        var lines: [String] = []
        func family(_ name: String, _ kind: String, _ help: String, _ samples: [String]) {
            lines += ["# HELP strata_\(name) \(help)", "# TYPE strata_\(name) \(kind)"]
            lines += samples.map { "strata_\(name)\($0)" }
        }
        func histogram(_ name: String, _ help: String, _ values: [(model: String, histogram: Histogram)]) {
            family(
                name, "histogram", help,
                values.flatMap { model, histogram in
                    var total = 0
                    var samples = zip(histogram.bounds, histogram.counts).map { bound, count in
                        total += count
                        return "_bucket{model=\"\(model)\",le=\"\(bound)\"} \(total)"
                    }
                    total += histogram.counts.last ?? 0
                    samples.append("_bucket{model=\"\(model)\",le=\"+Inf\"} \(total)")
                    return samples + [
                        "_sum{model=\"\(model)\"} \(histogram.sum)", "_count{model=\"\(model)\"} \(total)",
                    ]
                })
        }
        let sums = functions.map { (name: $0.name, sums: $0.statistics.now, waiting: $0.batcher.waiting) }
        family(
            "requests_total", "counter", "Requests answered, by the model that was called and by status.",
            counts.requests.sorted { ($0.key.function, $0.key.status) < ($1.key.function, $1.key.status) }.map {
                "{model=\"\($0.key.function)\",code=\"\($0.key.status)\"} \($0.value)"
            })
        family(
            "requests_in_flight", "gauge", "Requests being answered.", [" \(inFlight.load(ordering: .relaxed))"])
        histogram(
            "request_seconds", "Time from the end of a request to its answer.",
            counts.seconds.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        family(
            "queue_requests", "gauge", "Requests that wait for a model.",
            sums.map { "{model=\"\($0.name)\"} \($0.waiting)" })
        family("rows_total", "counter", "Rows computed.", sums.map { "{model=\"\($0.name)\"} \($0.sums.rows)" })
        histogram("batch_rows", "Rows of a call of a model.", sums.map { ($0.name, $0.sums.batches) })
        return lines.joined(separator: "\n") + "\n"
    }
}
