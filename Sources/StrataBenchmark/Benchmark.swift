import StrataBackend

/// How long the steps of a workload took.
public struct Benchmark: Sendable, Hashable {
    public var workload: String
    public var backend: String
    public var batch: Int
    /// Milliseconds of a step: the median, and the least, of stretches of steps.
    public var stepMedian: Double
    public var stepLeast: Double
    /// Floating-point operations of a step; a function such as `exp` counts as one.
    public var operations: Int
    /// What a step has to read and write at least.
    public var bytes: Int
    /// The loss that was reached, for a training step.
    public var finalLoss: Float?
    /// Seconds from the start of the process to the end of the first step.
    public var firstStep: Double
    /// The most memory that the process has held so far, in 2²⁰ bytes.
    public var peakMegabytes: Double

    public var samplesPerSecond: Double { Double(batch) / stepMedian * 1000 }
    public var gigaflops: Double { Double(operations) / stepMedian / 1e6 }

    /// The greatest part of what the processor could do: of its operations, or of its bandwidth to memory. Above 1
    /// where what is counted as memory stays in cache.
    public func partOfPeak(flopsPerSecond: Double, bytesPerSecond: Double) -> Double {
        max(Double(operations) / flopsPerSecond, Double(bytes) / bytesPerSecond) / (stepMedian / 1000)
    }

    /// Runs a workload for about so many seconds, after warming up.
    ///
    /// Steps are timed in stretches of some milliseconds with a wait at the end of each, as a training waits only when
    /// somebody reads a number.
    public static func run(
        _ workload: Workload, _ setup: Workload.Setup, seconds: Double, betweenStretches: () -> Void = {}
    ) throws -> Benchmark {
        let clock = ContinuousClock(), backend = setup.backend
        let prepared = try workload.prepare(setup)
        try prepared.step()
        try backend.synchronize()
        let firstStep = ProcessUsage.age
        let loss = try prepared.warmUp()

        func time(_ steps: Int) throws -> Double {
            let start = clock.now
            for _ in 0..<steps { try prepared.step() }
            try backend.synchronize()
            let elapsed = (clock.now - start).components
            return (Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18) / Double(steps)
        }
        var stretch = 1
        while try time(stretch) * Double(stretch) < 0.01, stretch < 1 << 16 { stretch *= 2 }
        let end = clock.now + .seconds(seconds)
        var times: [Double] = []
        repeat {
            times.append(try time(stretch) * 1000)
            betweenStretches()
        } while clock.now < end || times.count < 3
        times.sort()
        let cost = prepared.program.cost
        return Benchmark(
            workload: workload.name, backend: type(of: backend).identifier, batch: prepared.batch,
            stepMedian: times[times.count / 2], stepLeast: times[0], operations: cost.flops, bytes: cost.bytes,
            finalLoss: loss, firstStep: firstStep, peakMegabytes: ProcessUsage.peakMegabytes)
    }
}
