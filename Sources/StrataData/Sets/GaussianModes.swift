/// The modes of a distribution that is a mixture of equal Gaussians: what samples of a model can be counted by.
public struct GaussianModes: Hashable, Sendable {
    /// The centres, [count, width], row-major, as models see examples.
    public let centres: [Float]
    /// The numbers of an example.
    public let width: Int
    /// The standard deviation of each number about its centre, the same in all modes.
    public let standardDeviation: Float

    /// Modes about these centres. Nothing is checked: a width below 1 leaves none.
    public init(centres: [Float], width: Int, standardDeviation: Float) {
        self.centres = centres
        self.width = max(width, 1)
        self.standardDeviation = standardDeviation
    }

    /// The number of modes.
    public var count: Int { centres.count / width }
}
