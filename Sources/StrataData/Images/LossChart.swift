/// A line chart: how numbers went from epoch to epoch, or from case to case. `svg` is the image.
///
/// ```
/// var chart = LossChart(title: "VAE on fashion-mnist", yLabel: "−ELBO (nats per example)")
/// chart.series = [.init("train", trainLosses), .init("test", testLosses)]
/// try AtomicFile.write("loss.svg", chart.svg.utf8)
/// ```
public struct LossChart: Sendable {
    /// One line. Points that are not finite leave a gap.
    public struct Series: Sendable {
        public var name: String
        public var points: [(x: Double, y: Double)]
        /// How far a bar reaches up and down from each point, where there are bars.
        public var errors: [Double]

        public init(_ name: String, points: [(x: Double, y: Double)], errors: [Double] = []) {
            self.name = name
            self.points = points
            self.errors = errors
        }

        /// One value for each epoch, from epoch 1.
        public init(_ name: String, _ values: [Double]) {
            self.init(name, points: values.enumerated().map { (Double($0 + 1), $1) })
        }

        /// The points in pieces without gaps.
        var runs: [ArraySlice<(x: Double, y: Double)>] {
            points.split { !$0.x.isFinite || !$0.y.isFinite }.map { ArraySlice(Array($0)) }
        }
    }

    public var title: String
    public var xLabel: String
    public var yLabel: String
    public var series: [Series]
    /// What stands at x = 0, 1, 2, … in place of numbers.
    public var categories: [String] = []

    public init(title: String, xLabel: String = "epoch", yLabel: String, series: [Series] = []) {
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.series = series
    }
}
