import ArgumentParser
import Strata
import StrataBackend
import StrataBenchmark
import StrataFiles

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Time a workload: a model's training step, an inference, a kernel.",
        discussion: """
            Without a name, lists the workloads. Any model of the zoo is one too, and its settings are options after its
            name: strata bench vae --hidden 1000. So is any product: strata bench contract-nt-128x400x784.
            """)

    @Argument(help: "The workload.")
    var workload: String?

    @OptionGroup var options: WorkloadOptions

    func run() throws {
        guard let workload else { return try list() }
        let (chosen, setup) = try options.prepare(workload)
        let result = try Benchmark.run(chosen, setup, seconds: options.seconds)
        let peak = try ProcessorPeak.measure(threads: options.backend.threads)
        let part = result.partOfPeak(flopsPerSecond: peak.flopsPerSecond, bytesPerSecond: peak.bytesPerSecond)
        if options.output.json {
            print(try json(result, peak, part).line)
            return
        }
        let rows: [(String, String)] = [
            ("step", "\(number(result.stepMedian, digits: 4)) ms (median), \(number(result.stepLeast, digits: 4)) ms (least)"),
            ("samples", "\(number(result.samplesPerSecond, digits: 0)) a second, \(result.batch) a step"),
            ("operations", "\(number(result.gigaflops, digits: 1)) GFLOP/s"),
            ("of the peak", "\(number(part * 100, digits: 1)) % of \(describe(peak))"),
            ("first step", "\(number(result.firstStep, digits: 2)) s after the start of the process"),
            ("memory", "\(number(result.peakMegabytes, digits: 0)) MB at most"),
        ]
        print("\(result.workload) on \(setup.backend.deviceDescription)")
        for (name, value) in rows { print("\(padded(name, 12))  \(value)") }
        if let loss = result.finalLoss { print("\(padded("loss", 12))  \(number(Double(loss), digits: 4)) over steps 181 to 200") }
    }

    private func list() throws {
        if options.output.json {
            let list = Workload.standard.map { workload -> JSONValue in
                .object(["name": .string(workload.name), "summary": .string(workload.summary)])
            }
            return print(try JSONValue.object(["workloads": .array(list)]).line)
        }
        let width = Workload.standard.map(\.name.count).max() ?? 0
        for workload in Workload.standard { print("\(padded(workload.name, width))  \(workload.summary)") }
    }

    private func json(_ result: Benchmark, _ peak: ProcessorPeak, _ part: Double) -> JSONValue {
        .object([
            "workload": .string(result.workload), "backend": .string(result.backend), "batch": .integer(result.batch),
            "threads": options.backend.threads.map(JSONValue.integer) ?? .null,
            "step_ms_median": .number(result.stepMedian), "step_ms_min": .number(result.stepLeast),
            "samples_per_s": .number(result.samplesPerSecond), "gflops": .number(result.gigaflops),
            "flops": .integer(result.operations), "bytes": .integer(result.bytes),
            "peak_gflops": .number(peak.flopsPerSecond / 1e9), "copy_gb_per_s": .number(peak.bytesPerSecond / 1e9),
            "part_of_peak": .number(part), "peak_rss_mb": .number(result.peakMegabytes),
            "first_step_s": .number(result.firstStep),
            "final_loss": result.finalLoss.map { .number(Double("\($0)") ?? .nan) } ?? .null,
        ])
    }
}

/// What is timed, where and for how long.
struct WorkloadOptions: ParsableArguments {
    @Option(help: "The data of training steps.")
    var data = "fashion-mnist"

    @Option(parsing: .unconditional, help: "Seconds to time for.")
    var seconds = 3.0

    @Option(parsing: .unconditional, help: "Examples in a training step (default: the model's own).")
    var batchSize: Int?

    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("Settings of the model.", valueName: "--setting value"))
    var settings: [String] = []

    func prepare(_ name: String) throws -> (Workload, Workload.Setup) {
        guard seconds > 0, seconds <= 3600 else {
            throw StrataError(.usage, "--seconds \(seconds): wants a number up to 3600, greater than 0")
        }
        let workload = try Workload.named(name)
        let setup = Workload.Setup(
            backend: try backend.make(), settings: try ModelSettings.parse(settings), batchSize: batchSize,
            data: { [data] in try DataCatalog.standard.load(data, codecs: .system) })
        return (workload, setup)
    }
}

func describe(_ peak: ProcessorPeak) -> String {
    "\(number(peak.flopsPerSecond / 1e9, digits: 0)) GFLOP/s, \(number(peak.bytesPerSecond / 1e9, digits: 1)) GB/s"
}
