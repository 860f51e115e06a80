import ArgumentParser
import Foundation
import Strata
import StrataBackend
import StrataBenchmark

/// Times every workload on every backend, each in a process of its own: memory is then each one's own, and a process
/// that landed on slow pages or slow cores slows no other.
@main
struct Benchmarks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "strata-benchmarks", abstract: "Times every workload on every available backend.",
        subcommands: [Run.self, Measure.self], defaultSubcommand: Run.self)
}

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Time workloads and print a table.")

    @Option(help: "Only workloads whose name contains this.")
    var filter = ""

    @Option(help: "Only these backends, by commas.")
    var backends = "simd,blas,opencl"

    @Option(parsing: .unconditional, help: "Threads (default: all).")
    var threads: Int?

    @Option(parsing: .unconditional, help: "Seconds to time each for.")
    var seconds = 1.0

    @Option(help: "Write the results to this file, as JSON.")
    var json: String?

    @Option(help: "Show what became of each step's time since the results in this file.")
    var compare: String?

    func run() throws {
        let old = try compare.map { path -> [Benchmark] in
            guard let data = FileManager.default.contents(atPath: path) else {
                throw ValidationError("--compare \(path): there is no such file")
            }
            do { return try JSONDecoder().decode([Benchmark].self, from: data) } catch {
                throw ValidationError("--compare \(path): is not what --json writes")
            }
        }
        let workloads = Workload.standard.filter { filter.isEmpty || $0.name.contains(filter) }
        guard !workloads.isEmpty else { throw ValidationError("--filter \(filter): no workload has that in its name") }
        let names = backends.split(separator: ",").map(String.init)
        let available = try names.filter { name in
            guard let backend = BackendRegistry.benchmarks.backends.first(where: { $0.identifier == name }) else {
                throw ValidationError("--backends \(name): no such backend")
            }
            guard case .unavailable(let reason) = backend.probe() else { return true }
            print("\(name) is left out: \(reason)")
            return false
        }
        var results: [Benchmark] = []
        print(Table.heading(isCompared: old != nil))
        for workload in workloads {
            for backend in available {
                guard let result = try measure(workload.name, backend) else { continue }
                results.append(result)
                print(Table.row(result, since: old?.first { $0.workload == workload.name && $0.backend == backend }))
                fflush(nil)
            }
        }
        if let peak = results.last {
            print(
                "peak: \(format(peak.peakGigaflops, 0)) GFLOP/s in registers, \(format(peak.copyGigabytes, 1)) GB/s copied"
            )
        }
        if let json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(results).write(to: URL(fileURLWithPath: json), options: .atomic)
        }
    }

    /// Runs this program once more; `nil`, with a line that says why, if that fails.
    private func measure(_ workload: String, _ backend: String) throws -> Benchmark? {
        let process = Process(), output = Pipe(), errors = Pipe()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments =
            ["measure", workload, "--backend", backend, "--seconds", "\(seconds)"]
            + (threads.map { ["--threads", "\($0)"] } ?? [])
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let text = String(decoding: complaint, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            print(
                "\(workload) on \(backend): \(text.isEmpty ? "ended with status \(process.terminationStatus)" : text)")
            return nil
        }
        return try JSONDecoder().decode(Benchmark.self, from: data)
    }
}
