/// Estimates one below the other, each a dot with the interval that holds it, its name to the left. `svg` is the image.
public struct IntervalPlot: Sendable {
    /// An estimate.
    public struct Row: Sendable {
        /// Stands to the left.
        public var name: String
        /// Where the dot is.
        public var value: Double
        /// What the bar spans; a point for an estimate without one.
        public var interval: ClosedRange<Double>

        /// An estimate whose interval need not hold it.
        public init(_ name: String, _ value: Double, _ interval: ClosedRange<Double>) {
            (self.name, self.value, self.interval) = (name, value, interval)
        }
    }

    /// The heading above the plot, and the title of the SVG document.
    public var title: String
    /// What is measured, below the axis.
    public var label: String
    /// From the top down.
    public var rows: [Row]
    /// Where a line stands for no effect; `nil` for none.
    public var reference: Double?

    /// A plot of rows. Nothing is checked; rows whose value is not finite have no dot.
    public init(title: String, label: String, rows: [Row], reference: Double? = nil) {
        (self.title, self.label, self.rows, self.reference) = (title, label, rows, reference)
    }

    private static let (edge, top, bottom, rowHeight) = (420.0, 44.0, 48.0, 24.0)

    /// The whole SVG document.
    public var svg: String {
        let shown = rows.flatMap { [$0.value, $0.interval.lowerBound, $0.interval.upperBound] } + [reference ?? .nan]
        let axis = ChartAxis(shown.filter(\.isFinite), ticks: 6, isRounded: true)
        // Letters are about 7 wide, those of the title 11.
        let left = 24 + 7 * Double(rows.map(\.name.count).max() ?? 0)
        let floor = Self.top + Self.rowHeight * Double(rows.count)
        func x(_ value: Double) -> Double { left + Self.edge * axis.fraction(value) }
        func upright(_ value: Double, _ color: String) -> String {
            SVG.element("line", ["x1": x(value), "x2": x(value), "y1": Self.top, "y2": floor, "stroke": color])
        }
        let frame = axis.ticks.flatMap { tick in
            [
                upright(tick, "#e6e6e6"),
                SVG.text(axis.label(tick), ["x": x(tick), "y": floor + 18, "text-anchor": "middle"]),
            ]
        }
        let estimates = rows.enumerated().flatMap { place, row in
            let y = Self.top + (Double(place) + 0.5) * Self.rowHeight
            let name = SVG.text(row.name, ["x": left - 12, "y": y + 4, "text-anchor": "end"])
            guard row.value.isFinite else { return [name] }
            return [
                name,
                SVG.element(
                    "line",
                    [
                        "x1": x(row.interval.lowerBound), "x2": x(row.interval.upperBound), "y1": y, "y2": y,
                        "stroke": "#1f6fb4", "stroke-width": 2,
                    ]), SVG.element("circle", ["cx": x(row.value), "cy": y, "r": 4, "fill": "#1f6fb4"]),
            ]
        }
        return SVG.document(
            title: title, left: 24, width: max(left + Self.edge, 11 * Double(title.count) + 24) + 24,
            height: floor + Self.bottom,
            frame + (reference.map { [upright($0, "#888")] } ?? []) + estimates + [
                SVG.text(label, ["x": left + Self.edge / 2, "y": floor + 38, "text-anchor": "middle"])
            ])
    }
}
