import StrataBackend
import StrataSIMD

/// How long the steps of a workload took, and what this machine could have done in the time.
public struct Benchmark: Sendable, Hashable, Codable {
    public var workload: String
    public var backend: String
    /// Examples in a step.
    public var batch: Int
    /// Milliseconds of a step: the median, and the least, over spans of steps.
    public var stepMedian: Double
    public var stepLeast: Double
    public var samplesPerSecond: Double
    /// 10⁹ floating-point operations a second; a function such as `exp` counts as one.
    public var gigaflops: Double
    /// Floating-point operations of a step, and the bytes that it has to read and write at least.
    public var operations: Int
    public var bytes: Int
    /// The processor's peak, measured in the same run: see `ProcessorPeak`.
    public var peakGigaflops: Double
    public var copyGigabytes: Double
    /// The part of the processor's operations that the median step reached.
    public var partOfOperations: Double
    /// The part of a copy's bandwidth that the median step reached; above 1 where what is counted as memory stays in cache.
    public var partOfBandwidth: Double
    /// The most memory that the process has held, in 2²⁰ bytes.
    public var peakMegabytes: Double
    /// Seconds from the start of the process to the end of the first step.
    public var firstStep: Double
    /// The loss that was reached, for a training step.
    public var finalLoss: Float?
    /// Calls of `malloc` in a step, where somebody counts them.
    public var allocations: Double?

    enum CodingKeys: String, CodingKey {
        case workload, backend, batch, gigaflops = "gflops", operations = "flops", bytes
        case stepMedian = "step_ms_median", stepLeast = "step_ms_min", samplesPerSecond = "samples_per_s"
        case peakGigaflops = "peak_gflops", copyGigabytes = "copy_gb_per_s"
        case partOfOperations = "part_of_peak_gflops", partOfBandwidth = "part_of_copy_bandwidth"
        case peakMegabytes = "peak_rss_mb", firstStep = "first_step_s", finalLoss = "final_loss"
        case allocations = "allocations_per_step"
    }

    /// Runs a workload for about so many seconds, after warming up.
    ///
    /// Steps are timed in spans of some milliseconds with a wait at the end of each, as a training waits only when
    /// somebody reads a number.
    ///
    /// - `allocationCount`: how often this thread has called `malloc` so far, where somebody counts.
    public static func run(
        _ workload: Workload, _ setup: Workload.Setup, seconds: Double, threads: Int? = nil,
        allocationCount: (() -> Int)? = nil
    ) throws -> Benchmark {
        let backend = setup.backend
        let prepared = try workload.prepare(setup)
        try prepared.step()
        try backend.synchronize()
        let firstStep = ProcessUsage.age
        let loss = try prepared.warmUp()
        let times = try Self.times(of: prepared, on: backend, seconds: seconds)
        let allocations = try allocationCount.map { count in
            let before = count()
            for _ in 0..<10 { try prepared.step() }
            return Double(count() - before) / 10
        }
        let memory = ProcessUsage.peakMegabytes
        let peak = try ProcessorPeak.measure(threads: threads)
        let cost = prepared.program.cost, step = times[times.count / 2]
        let part = PartOfPeak(cost, seconds: step / 1000, of: peak)
        return Benchmark(
            workload: workload.name, backend: type(of: backend).identifier, batch: prepared.batch,
            stepMedian: step, stepLeast: times[0], samplesPerSecond: Double(prepared.batch) / step * 1000,
            gigaflops: Double(cost.flops) / step / 1e6, operations: cost.flops, bytes: cost.bytes,
            peakGigaflops: peak.flopsPerSecond / 1e9, copyGigabytes: peak.bytesPerSecond / 1e9,
            partOfOperations: part.operations, partOfBandwidth: part.bandwidth, peakMegabytes: memory,
            firstStep: firstStep, finalLoss: loss,
            allocations: allocations)
    }

    /// Milliseconds of a step in each span, sorted.
    private static func times(of prepared: PreparedWorkload, on backend: any Backend, seconds: Double) throws
        -> [Double]
    {
        let clock = ContinuousClock()
        func time(_ steps: Int) throws -> Double {
            let start = clock.now
            for _ in 0..<steps { try prepared.step() }
            try backend.synchronize()
            let elapsed = (clock.now - start).components
            return (Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18) / Double(steps)
        }
        var span = 1
        while try time(span) * Double(span) < 0.01, span < 1 << 16 { span *= 2 }
        let end = clock.now + .seconds(seconds)
        var times: [Double] = []
        repeat { times.append(try time(span) * 1000) } while clock.now < end || times.count < 3
        return times.sorted()
    }
}
