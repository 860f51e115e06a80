import Glibc
import StrataBackend

/// Points of the plane about modes that all weigh the same: what shows whether a model that draws examples leaves modes
/// out (Srivastava et al., "VEEGAN: reducing mode collapse in GANs using implicit variational learning", 2017; Lin et al.,
/// "PacGAN: the power of two samples in generative adversarial networks", 2018).
///
/// ```
/// let data = try PlanarMixture.ring.dataSet()
/// print(data.modes!.count)       // 8
/// ```
public enum PlanarMixture: String, Sendable, CaseIterable {
    /// 8 Gaussians of standard deviation 0.01 on the unit circle.
    case ring
    /// 25 Gaussians of standard deviation 0.05 at (−4, −2, 0, 2, 4)².
    case grid

    /// The centres and the standard deviation of the modes, which the data set carries.
    public var modes: GaussianModes {
        switch self {
        case .ring:
            let angles = (0..<8).map { Float.pi / 4 * Float($0) }
            return GaussianModes(
                centres: angles.flatMap { [cosf($0), sinf($0)] }, width: 2, standardDeviation: 0.01)
        case .grid:
            let places: [Float] = [-4, -2, 0, 2, 4]
            return GaussianModes(
                centres: places.flatMap { y in places.flatMap { x in [x, y] } }, width: 2, standardDeviation: 0.05)
        }
    }

    /// As many points of each mode as can be; the label is the mode. The same seed gives the same bits; test points are
    /// drawn apart from the training ones.
    ///
    /// Throws `usage` for numbers of examples that cannot be drawn, `data` where there are no examples to learn from.
    public func dataSet(train: Int = 100_000, test: Int = 2_500, seed: UInt32 = 0) throws -> DataSet {
        try DrawnSet.check(train: train, test: test)
        var data = try DataSet(name: rawValue, train: split(0..<train, seed), test: split(train..<train + test, seed))
        data.modes = modes
        return data
    }

    private func split(_ points: Range<Int>, _ seed: UInt32) throws -> DataSplit {
        let modes = modes
        let stream: UInt32 = self == .ring ? 0x7269_6E67 : 0x6772_6964
        var values: [Float] = []
        values.reserveCapacity(points.count * 2)
        for point in points {
            let words = Threefry.block(key: (seed, stream), counter: (UInt32(point), 0))
            let radius = modes.standardDeviation * (-2 * logf(1 - Threefry.uniform(words.0))).squareRoot()
            let (angle, centre) = (2 * Float.pi * Threefry.uniform(words.1), point % modes.count * 2)
            values += [modes.centres[centre] + radius * cosf(angle), modes.centres[centre + 1] + radius * sinf(angle)]
        }
        return try DataSplit(
            dtype: .float32, exampleShape: [2], bytes: values.withUnsafeBytes { Array($0) }, count: points.count,
            labels: Labels(
                values: points.map { Int32($0 % modes.count) }, classNames: (0..<modes.count).map(String.init)))
    }
}
