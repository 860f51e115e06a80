public import StrataBackend

/// Where the time of a step goes, kernel by kernel.
public struct KernelProfile: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        public var label: String
        public var kernel: Kernel
        /// The median of the runs.
        public var seconds: Double
    }

    /// In the order of the program.
    public var entries: [Entry]
    public var seconds: Double { entries.reduce(0) { $0 + $1.seconds } }

    /// Runs a workload's kernels one by one for about so many seconds. Throws `unsupported` where the backend cannot
    /// time its kernels.
    public static func measure(
        _ workload: Workload, _ setup: Workload.Setup, seconds: Double
    ) throws -> KernelProfile {
        let prepared = try workload.prepare(setup)
        for _ in 0..<2 { try prepared.step() }
        let clock = ContinuousClock(), end = clock.now + .seconds(seconds)
        var runs: [[Double]] = []
        repeat {
            guard let times = try prepared.profile() else {
                throw StrataError(
                    .unsupported, "backend '\(type(of: setup.backend).identifier)' cannot time its kernels one by one")
            }
            runs.append(times)
        } while clock.now < end || runs.count < 3
        let program = prepared.program
        return KernelProfile(
            entries: program.kernels.indices.map { number in
                let times = runs.map { number < $0.count ? $0[number] : 0 }.sorted()
                return Entry(
                    label: number < program.labels.count ? program.labels[number] : "",
                    kernel: program.kernels[number], seconds: times[times.count / 2])
            })
    }
}
