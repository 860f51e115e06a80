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
        /// The name in the legend, where the last value stands beside it.
        public var name: String
        /// The points in the order in which the line joins them: x is an epoch or the position of a case.
        public var points: [(x: Double, y: Double)]
        /// How far a bar reaches up and down from each point, where there are bars.
        public var errors: [Double]

        /// A line through any points. `errors` has a number for each point, which has no bar where it is missing, not
        /// finite, or 0 or less. Nothing is checked.
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

    /// The heading above the chart, and the title of the SVG document.
    public var title: String
    /// What is counted from left to right, written below the chart; "epoch" by default.
    public var xLabel: String
    /// What is measured, with its unit, written upright to the left of the chart.
    public var yLabel: String
    /// The lines in the order in which they are drawn and named in the legend; colors repeat after six.
    public var series: [Series]
    /// What stands at x = 0, 1, 2, … in place of numbers.
    public var categories: [String] = []

    /// A chart with numbers along both axes; set `categories` for names along the x axis. Nothing is checked.
    public init(title: String, xLabel: String = "epoch", yLabel: String, series: [Series] = []) {
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.series = series
    }
}
