public import StrataBackend
public import StrataSIMD

/// Which parts of what the processor can do some work reached: each by itself, as work that is limited by one of them may
/// hardly use the other.
public struct PartOfPeak: Sendable, Hashable {
    /// Of the floating-point operations of a second.
    public var operations: Double
    /// Of the bytes that a copy in memory moves in a second; above 1 where what is counted as memory stayed in cache.
    public var bandwidth: Double

    /// What work of that cost reached that took so many seconds.
    public init(_ cost: KernelCost, seconds: Double, of peak: ProcessorPeak) {
        operations = Double(cost.flops) / seconds / peak.flopsPerSecond
        bandwidth = Double(cost.bytes) / seconds / peak.bytesPerSecond
    }
}
