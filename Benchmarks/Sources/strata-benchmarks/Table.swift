import Foundation
import StrataBenchmark

/// One line a workload and backend.
enum Table {
    static func heading(isCompared: Bool) -> String {
        let columns =
            ["ms median", "ms min", "samples/s", "GFLOP/s", "% peak", "% copy", "MB", "mallocs"]
            + (isCompared ? ["× faster"] : [])
        return pad("workload", 26) + pad("backend", 9) + columns.map { left($0, 11) }.joined()
    }

    static func row(_ result: Benchmark, since old: Benchmark?) -> String {
        let columns =
            [
                format(result.stepMedian, 4), format(result.stepLeast, 4), format(result.samplesPerSecond, 0),
                format(result.gigaflops, 1), format(result.partOfOperations * 100, 1),
                format(result.partOfBandwidth * 100, 1), format(result.peakMegabytes, 0),
                result.allocations.map { format($0, 1) } ?? "",
            ] + (old.map { [format($0.stepMedian / result.stepMedian, 2)] } ?? [])
        return pad(result.workload, 26) + pad(result.backend, 9) + columns.map { left($0, 11) }.joined()
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text.padding(toLength: max(width, text.count + 1), withPad: " ", startingAt: 0)
    }

    private static func left(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 1)) + text
    }
}

func format(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
