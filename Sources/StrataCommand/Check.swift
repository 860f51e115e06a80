import ArgumentParser
import StrataBackend
import StrataConformance
import StrataRuns

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a backend against the oracle: the conformance report.")

    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "Only cases whose name contains this.")
    var filter = ""

    @Option(help: "Run the tests of the ONNX standard in this folder instead: backend/test/data of its Python package.")
    var onnx: String?

    @Flag(help: "Time the backend's kernels too.")
    var speed = false

    @Flag(help: "Name every case.")
    var verbose = false

    func run() throws {
        let backend = try backend.make()
        if let onnx { return try checkONNX(onnx, backend) }
        let report = Conformance.run(
            on: backend, modes: [.correctness, .gradient, .support] + (speed ? [.speed] : []), filter: filter
        ) { entry in
            if verbose { output.note("\(entry.mode.rawValue) \(entry.name): \(entry.outcome.word)") }
        }
        guard !report.entries.isEmpty else {
            throw StrataError(parameter: "filter", filter, "no case has that in its name")
        }
        print(output.json ? try json(report).line : report.description)
        if !report.failures.isEmpty { throw ExitCode.failure }
    }

    private func json(_ report: ConformanceReport) -> JSONValue {
        let failures = report.failures.map { entry -> JSONValue in
            .object([
                "name": .string(entry.name), "mode": .string(entry.mode.rawValue), "what": .string(entry.outcome.word),
            ])
        }
        let modes = ConformanceMode.allCases.filter { mode in report.entries.contains { $0.mode == mode } }
        let counts = modes.map { mode -> (String, JSONValue) in
            let counts = report.counts(mode: mode)
            return (
                mode.rawValue,
                .object([
                    "passed": .integer(counts.passed), "failed": .integer(counts.failed),
                    "split": .integer(counts.split),
                ])
            )
        }
        return .object([
            "backend": .string(report.backend), "device": .string(report.device), "failures": .array(failures),
            "counts": .object(Dictionary(uniqueKeysWithValues: counts)),
        ])
    }
}

extension ConformanceOutcome {
    fileprivate var word: String {
        switch self {
        case .passed: "passed"
        case .split: "split"
        case .failed(let what): "FAILED: \(what)"
        case .measured(let measured): "\(number(measured.seconds * 1000, digits: 3)) ms"
        }
    }
}
