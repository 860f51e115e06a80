/// A line chart as SVG: how numbers went from epoch to epoch.
///
/// ```
/// var chart = LossChart(title: "VAE on fashion-mnist", yLabel: "−ELBO (nats)")
/// chart.series = [.init("train", trainLosses), .init("test", testLosses)]
/// try AtomicFile.write("loss.svg", chart.svg.utf8)
/// ```
public struct LossChart: Sendable {
    /// One line. Points that are not finite leave a gap.
    public struct Series: Sendable {
        public var name: String
        public var points: [(x: Double, y: Double)]

        public init(_ name: String, points: [(x: Double, y: Double)]) {
            self.name = name
            self.points = points
        }

        /// One value for each epoch, from epoch 1.
        public init(_ name: String, _ values: [Double]) {
            self.init(name, points: values.enumerated().map { (Double($0 + 1), $1) })
        }
    }

    public var title: String
    public var xLabel: String
    public var yLabel: String
    public var series: [Series]

    public init(title: String, xLabel: String = "epoch", yLabel: String, series: [Series] = []) {
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.series = series
    }

    /// Okabe and Ito's colours, which people with any colour vision can tell apart.
    private static let colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
    private static let size = (width: 720.0, height: 420.0)
    private static let plot = (left: 76.0, right: 700.0, top: 64.0, bottom: 366.0)

    /// The whole SVG document, 720 × 420.
    public var svg: String {
        let finite = series.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
        let xs = Axis(finite.map(\.x), ticks: 8, isWhole: finite.allSatisfy { $0.x == $0.x.rounded() }, isPadded: false)
        let ys = Axis(finite.map(\.y), ticks: 6, isWhole: false, isPadded: true)
        let (left, right, top, bottom) = Self.plot
        func x(_ value: Double) -> Double { left + (right - left) * xs.fraction(value) }
        func y(_ value: Double) -> Double { bottom - (bottom - top) * ys.fraction(value) }

        var lines = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 420" width="720" height="420" \
            font-family="system-ui, 'Helvetica Neue', Arial, sans-serif" font-size="12" fill="#444">
            <title>\(Self.escaped(title))</title>
            <rect width="720" height="420" fill="#fff"/>
            <text x="\(Self.number(left))" y="28" font-size="16" font-weight="600" fill="#111">\(Self.escaped(title))</text>
            """
        ]
        for tick in ys.ticks {
            let place = Self.number(y(tick))
            lines.append(
                "<line x1=\"\(Self.number(left))\" x2=\"\(Self.number(right))\" y1=\"\(place)\" y2=\"\(place)\" stroke=\"#e6e6e6\"/>")
            lines.append(
                "<text x=\"\(Self.number(left - 8))\" y=\"\(place)\" dy=\"4\" text-anchor=\"end\">\(ys.label(tick))</text>")
        }
        for tick in xs.ticks {
            let place = Self.number(x(tick))
            lines.append(
                "<line x1=\"\(place)\" x2=\"\(place)\" y1=\"\(Self.number(bottom))\" y2=\"\(Self.number(bottom + 5))\" stroke=\"#888\"/>")
            lines.append(
                "<text x=\"\(place)\" y=\"\(Self.number(bottom + 20))\" text-anchor=\"middle\">\(xs.label(tick))</text>")
        }
        lines.append(
            "<line x1=\"\(Self.number(left))\" x2=\"\(Self.number(right))\" y1=\"\(Self.number(bottom))\" y2=\"\(Self.number(bottom))\" stroke=\"#888\"/>")
        lines.append(
            "<text x=\"\(Self.number((left + right) / 2))\" y=\"406\" text-anchor=\"middle\">\(Self.escaped(xLabel))</text>")
        let middle = Self.number((top + bottom) / 2)
        lines.append(
            "<text x=\"18\" y=\"\(middle)\" text-anchor=\"middle\" transform=\"rotate(-90 18 \(middle))\">\(Self.escaped(yLabel))</text>")

        var legend = left
        for (i, series) in series.enumerated() {
            let color = Self.colors[i % Self.colors.count]
            // Dashes tell the lines apart in print without colour.
            let dash = i == 0 ? "" : " stroke-dasharray=\"\(["7 4", "2 3", "9 3 2 3"][(i - 1) % 3])\""
            let style = "fill=\"none\" stroke=\"\(color)\" stroke-width=\"2\" stroke-linejoin=\"round\"\(dash)"
            for run in series.runs {
                if run.count == 1 {
                    lines.append(
                        "<circle cx=\"\(Self.number(x(run[0].x)))\" cy=\"\(Self.number(y(run[0].y)))\" r=\"3\" fill=\"\(color)\"/>")
                } else {
                    let points = run.map { "\(Self.number(x($0.x))),\(Self.number(y($0.y)))" }.joined(separator: " ")
                    lines.append("<polyline points=\"\(points)\" \(style)/>")
                }
            }
            let last = series.runs.last?.last.map { " \(ys.label($0.y, finer: 1))" } ?? ""
            lines.append("<path d=\"M\(Self.number(legend)) 46h24\" \(style)/>")
            lines.append(
                "<text x=\"\(Self.number(legend + 30))\" y=\"50\">\(Self.escaped(series.name))"
                    + "<tspan fill=\"#888\">\(last)</tspan></text>")
            legend += 30 + 7 * Double(series.name.count + last.count) + 22
        }
        return (lines + ["</svg>\n"]).joined(separator: "\n")
    }

    /// A coordinate to a tenth of a pixel.
    private static func number(_ value: Double) -> String { Decimal.text(value, digits: 1) }

    private static func escaped(_ text: String) -> String {
        let entities: [Character: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;"]
        // Control characters are not allowed in XML at all.
        return text.filter { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0xFFFE && $0.value != 0xFFFF } }
            .map { entities[$0] ?? String($0) }.joined()
    }
}

extension LossChart.Series {
    /// The points in pieces without gaps.
    fileprivate var runs: [ArraySlice<(x: Double, y: Double)>] {
        points.split { !$0.x.isFinite || !$0.y.isFinite }.map { ArraySlice(Array($0)) }
    }
}

/// A range of numbers with ticks at round ones: 1, 2 or 5 times a power of ten.
private struct Axis {
    let low: Double
    let high: Double
    let ticks: [Double]
    /// Digits after the point that tell neighbouring ticks apart.
    let digits: Int

    init(_ values: [Double], ticks count: Int, isWhole: Bool, isPadded: Bool) {
        let least = values.min() ?? 0, most = values.max() ?? 1
        // A flat line still needs a range; half a unit or a twentieth of its height either side.
        let spread = most > least ? (isPadded ? 0.04 * (most - least) : 0) : max(0.5, abs(least) / 20)
        low = least - spread
        high = most + spread
        var step = Self.roundStep((high - low) / Double(count))
        if isWhole { step = max(1, step) }
        digits = max(0, Int(-Self.exponent(step)))
        let first = (low / step).rounded(.up), last = (high / step + 1e-9).rounded(.down)
        ticks = first <= last ? (0...Int(min(50, last - first))).map { (first + Double($0)) * step } : []
    }

    func fraction(_ value: Double) -> Double { (value - low) / (high - low) }

    func label(_ value: Double, finer: Int = 0) -> String { Decimal.text(value, digits: digits + finer) }

    private static func exponent(_ step: Double) -> Double {
        var exponent = 0.0, power = 1.0
        while power * 10 <= step * 1.000001 { power *= 10; exponent += 1 }
        while power > step * 1.000001 { power /= 10; exponent -= 1 }
        return exponent
    }

    private static func roundStep(_ rough: Double) -> Double {
        guard rough.isFinite, rough > 0 else { return 1 }
        let exponent = Int(exponent(rough))
        let power = (0..<abs(exponent)).reduce(1.0) { power, _ in exponent > 0 ? power * 10 : power / 10 }
        return power * ([1, 2, 5].first { $0 * power >= rough * 0.999999 } ?? 10)
    }
}
