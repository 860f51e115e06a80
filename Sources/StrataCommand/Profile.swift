import ArgumentParser
import StrataSIMD
import StrataBackend
import StrataBenchmark
import StrataData
import StrataRuns

struct Profile: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show where the time of a workload goes, kernel by kernel.",
        discussion: """
            Takes what 'strata bench' takes: strata profile vae. Beside a kernel's operations and bytes a second stands the part of
            the processor's peak that they are; more than 100 % of the bytes means that they were in cache. --trace writes the kernels on a time line for chrome://tracing or ui.perfetto.dev.
            """)

    @Argument(help: "The workload; 'strata bench' lists them.")
    var workload: String

    @Option(help: "Write a Chrome trace to this file.")
    var trace: String?

    @OptionGroup var options: WorkloadOptions

    func run() throws {
        let (chosen, setup) = try options.prepare(workload)
        let profile = try KernelProfile.measure(chosen, setup, seconds: options.seconds)
        let peak = try ProcessorPeak.measure(threads: options.backend.threads)
        if let trace {
            try AtomicFile.write(trace, Array(try ChromeTrace.json(profile).line.utf8))
            options.output.note("the trace is in \(trace)")
        }
        guard !options.output.json else { return print(try json(profile, peak).line) }
        print(
            "\(workload) on \(setup.backend.deviceDescription): \(number(profile.seconds * 1e6, digits: 1)) µs a step")
        print(
            "the processor's peak: \(number(peak.flopsPerSecond / 1e9, digits: 0)) GFLOP/s, \(number(peak.bytesPerSecond / 1e9, digits: 1)) GB/s"
        )
        print("      µs      %   GFLOP/s  % peak    GB/s  % copy  kernel")
        for entry in profile.entries {
            let cost = entry.kernel.cost, part = PartOfPeak(cost, seconds: entry.seconds, of: peak)
            let columns = [
                right(number(entry.seconds * 1e6, digits: 1), 8),
                right(number(entry.seconds / profile.seconds * 100, digits: 1), 6),
                right(number(Double(cost.flops) / entry.seconds / 1e9, digits: 1), 9),
                right(number(part.operations * 100, digits: 0), 7),
                right(number(Double(cost.bytes) / entry.seconds / 1e9, digits: 1), 7),
                right(number(part.bandwidth * 100, digits: 0), 7),
            ]
            let extents = entry.kernel.extents.map(String.init).joined(separator: "×")
            print(columns.joined(separator: " ") + "  \(entry.kernel.className) \(extents)  \(entry.label)")
        }
    }

    private func json(_ profile: KernelProfile, _ peak: ProcessorPeak) -> JSONValue {
        let kernels = profile.entries.map { entry -> JSONValue in
            let part = PartOfPeak(entry.kernel.cost, seconds: entry.seconds, of: peak)
            return .object([
                "kernel": .string(entry.kernel.className), "label": .string(entry.label),
                "extents": .array(entry.kernel.extents.map(JSONValue.integer)), "ms": .number(entry.seconds * 1000),
                "flops": .integer(entry.kernel.cost.flops), "bytes": .integer(entry.kernel.cost.bytes),
                "part_of_peak_gflops": .number(part.operations), "part_of_copy_bandwidth": .number(part.bandwidth),
            ])
        }
        return .object([
            "workload": .string(workload), "step_ms": .number(profile.seconds * 1000), "kernels": .array(kernels),
            "peak_gflops": .number(peak.flopsPerSecond / 1e9), "copy_gb_per_s": .number(peak.bytesPerSecond / 1e9),
        ])
    }
}

/// The format of chrome://tracing: complete events, in microseconds.
private enum ChromeTrace {
    static func json(_ profile: KernelProfile) -> JSONValue {
        var start = 0.0
        let events = profile.entries.map { entry -> JSONValue in
            defer { start += entry.seconds }
            return .object([
                "name": .string(entry.label), "cat": .string(entry.kernel.className), "ph": .string("X"),
                "ts": .number(start * 1e6), "dur": .number(entry.seconds * 1e6), "pid": .integer(1), "tid": .integer(1),
                "args": .object([
                    "extents": .string(entry.kernel.extents.map(String.init).joined(separator: " × ")),
                    "flops": .integer(entry.kernel.cost.flops), "bytes": .integer(entry.kernel.cost.bytes),
                ]),
            ])
        }
        return .object(["traceEvents": .array(events), "displayTimeUnit": .string("ms")])
    }
}
