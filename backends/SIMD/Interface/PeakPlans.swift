/// Twelve vectors that are multiplied by `factor` and added to `term`, again and again.
public struct PeakPlan {
    public static let chains = 12
    public var iterations: Int
    public var factor: Float
    public var term: Float

    public init(iterations: Int, factor: Float, term: Float) {
        self.iterations = iterations
        self.factor = factor
        self.term = term
    }
}

/// Every task copies a share of as many bytes.
public struct CopyPlan {
    public var source: UnsafeRawPointer
    public var target: UnsafeMutableRawPointer
    public var bytesPerTask: Int

    public init(source: UnsafeRawPointer, target: UnsafeMutableRawPointer, bytesPerTask: Int) {
        self.source = source
        self.target = target
        self.bytesPerTask = bytesPerTask
    }
}
