import ArgumentParser
import FoundationEssentials
import StrataBackend
import StrataBenchmark
import StrataFiles
import StrataRuns

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Time a workload: a model's training step, an inference, a kernel.",
        discussion: """
            Without a name, lists the workloads. Any model of the zoo is one too, and its settings are options after its
            name: strata bench vae --hidden 1000. So is any run's, by its folder, and any product: strata bench
            contract-nt-128x400x784.
            """)

    @Argument(help: "The workload.")
    var workload: String?

    @OptionGroup var options: WorkloadOptions

    func run() throws {
        guard let workload else { return try list() }
        let (chosen, setup) = try options.prepare(workload)
        let result = try Benchmark.run(chosen, setup, seconds: options.seconds, threads: options.backend.threads)
        if options.output.json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return print(String(decoding: try encoder.encode(result), as: UTF8.self))
        }
        let rows: [(String, String)] = [
            (
                "step",
                "\(number(result.stepMedian, digits: 4)) ms (median), \(number(result.stepLeast, digits: 4)) ms (least)"
            ),
            ("samples", "\(number(result.samplesPerSecond, digits: 0)) a second, \(result.batch) a step"),
            ("operations", "\(number(result.gigaflops, digits: 1)) GFLOP/s"),
            (
                "of the peak",
                "\(number(result.partOfOperations * 100, digits: 1)) % of \(number(result.peakGigaflops, digits: 0)) GFLOP/s,"
                    + " \(number(result.partOfBandwidth * 100, digits: 1)) % of \(number(result.copyGigabytes, digits: 1)) GB/s"
            ),
            ("first step", "\(number(result.firstStep, digits: 2)) s after the start of the process"),
            ("memory", "\(number(result.peakMegabytes, digits: 0)) MB at most"),
        ]
        print("\(result.workload) on \(setup.backend.deviceDescription)")
        for (name, value) in rows { print("\(padded(name, 12))  \(value)") }
        if let loss = result.finalLoss {
            print("\(padded("loss", 12))  \(number(Double(loss), digits: 4)) over steps 181 to 200")
        }
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
}

/// What is timed, where and for how long.
struct WorkloadOptions: ParsableArguments {
    @Option(help: "The data of training steps (default: fashion-mnist).")
    var data: String?

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
            throw StrataError(parameter: "seconds", seconds, "expected a number up to 3600, greater than 0")
        }
        if RunFolder.isRun(name) { return try prepareRun(name) }
        let workload = try Workload.named(name, zoo: Toolbox.current.zoo)
        let settings = try ModelSettings.parse(settings)
        if !workload.isTraining {
            let given =
                settings.first.map { ("--\($0.key)", $0.value) } ?? batchSize.map { ("--batch-size", "\($0)") }
                ?? data.map { ("--data", $0) }
            if let (option, value) = given {
                throw StrataError(.usage, "\(option) \(value): is for training steps, and '\(name)' trains nothing")
            }
        }
        let setup = Workload.Setup(
            backend: try backend.make(), settings: settings, batchSize: batchSize,
            data: { [data] in try Toolbox.current.load(data ?? "fashion-mnist") })
        return (workload, setup)
    }

    /// The model of a run, with its settings and on its data.
    private func prepareRun(_ path: String) throws -> (Workload, Workload.Setup) {
        if let first = settings.first { throw StrataError(.usage, "\(first): a run has settings of its own") }
        let run = try Toolbox.current.open(path)
        let configuration = run.configuration
        let workload = try Workload.of(
            Toolbox.current.zoo[configuration.model], configuration.settings, for: configuration.spec, named: path)
        let setup = Workload.Setup(
            backend: try backend.make(fallback: configuration.backend), batchSize: batchSize,
            data: { [data] in try run.data(data) })
        return (workload, setup)
    }
}
