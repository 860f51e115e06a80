public import StrataBackend

/// Tells whether a backend does what it claims, and how fast, from one list of cases.
///
/// ```
/// let report = Conformance.run(on: backend)
/// print(report)
/// precondition(report.failures.isEmpty)
/// ```
public enum Conformance {
    /// Every case on kernels: right results in the regions written and not a byte changed around them, for all
    /// functions, types, accesses and edges of the contract, and a few sizes to be timed.
    public static let kernelCases = kernelGroups.flatMap { $0 }

    /// Every case on whole graphs, through the compiler: each op's value, gradient and gradient of the gradient.
    public static let graphCases: [any ConformanceCase] = GraphCase.all

    /// All there is to ask.
    public static let allCases = kernelCases + graphCases

    private static let kernelGroups: [[any ConformanceCase]] = [
        memoryCases, functionCases, accessCases, indirectionCases, drawCases, reduceCases, contractCases,
        contractGroupCases,
        convolveCases, scatterAddCases, decomposeCases, programCases, speedCases,
    ]

    /// Runs cases on a backend.
    ///
    /// - `cases`: what to run; cases of one's own can be added to `allCases`.
    /// - `modes`: the questions to ask; a case answers those it has an answer to.
    /// - `filter`: only cases whose name contains this; empty for all.
    /// - `progress`: called with each entry when it is known.
    public static func run(
        on backend: any Backend, cases: [any ConformanceCase] = allCases,
        modes: [ConformanceMode] = [.correctness, .gradient], filter: String = "",
        progress: (ConformanceReport.Entry) -> Void = { _ in }
    ) -> ConformanceReport {
        var report = ConformanceReport(
            backend: type(of: backend).identifier, device: backend.deviceDescription, entries: [])
        for mode in modes {
            for test in cases where test.modes.contains(mode) && test.name.holds(filter) {
                let outcome: ConformanceOutcome
                do { outcome = try test.run(mode, on: backend) } catch { outcome = .failed("threw: \(error)") }
                let entry = ConformanceReport.Entry(name: test.name, mode: mode, outcome: outcome)
                report.entries.append(entry)
                progress(entry)
            }
        }
        return report
    }
}

/// The questions that cases answer.
public enum ConformanceMode: String, Sendable, Codable, CaseIterable {
    /// Are the results those of the oracle?
    case correctness
    /// Are the gradients those of finite differences?
    case gradient
    /// How long does it take?
    case speed
    /// Does the backend take it whole?
    case support
}

/// One thing to ask of a backend.
public protocol ConformanceCase: Sendable {
    /// Unique, and words between slashes, the first of which is the report's heading: `contract/NT/37x131x1031`.
    var name: String { get }
    /// The questions that the case can answer; `run` is asked no others.
    var modes: [ConformanceMode] { get }
    /// An error thrown is reported as a failure.
    func run(_ mode: ConformanceMode, on backend: any Backend) throws -> ConformanceOutcome
}

/// What came of asking a backend one question about one case.
public enum ConformanceOutcome: Sendable, Hashable, Codable {
    /// The answer is as it should be; of `support`, that the backend takes every kernel whole.
    case passed
    /// The backend leaves it to the compiler, which splits it or runs it on the host.
    case split
    /// What differed, where.
    case failed(String)
    /// How fast it was: the answer to `speed`, which counts as passed.
    case measured(Measurement)
}

/// How long something took, and how much it did.
public struct Measurement: Sendable, Hashable, Codable {
    /// The median of the runs.
    public var seconds: Double
    /// Floating-point operations.
    public var operations: Double
    /// Bytes that had to be read or written at least once.
    public var bytes: Double

    /// A measurement of work done in `seconds`. Nothing is checked; the rates need more than 0 seconds.
    public init(seconds: Double, operations: Double, bytes: Double) {
        self.seconds = seconds
        self.operations = operations
        self.bytes = bytes
    }

    /// Floating-point operations in a second, in units of 10⁹.
    public var gigaflopsPerSecond: Double { operations / seconds / 1e9 }
    /// Bytes in a second, in units of 10⁹ (not 2³⁰).
    public var gigabytesPerSecond: Double { bytes / seconds / 1e9 }
}

extension String {
    /// Whether the words occur in the text; no words always do.
    fileprivate func holds(_ words: String) -> Bool {
        guard !words.isEmpty else { return true }
        let (text, words) = (Array(utf8), Array(words.utf8))
        guard words.count <= text.count else { return false }
        return (0...text.count - words.count).contains { text[$0..<$0 + words.count].elementsEqual(words) }
    }
}
