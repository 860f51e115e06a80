/// Points of the plane in groups, each with a colour and its name beside the image. `svg` is the image.
public struct ScatterPlot: Sendable {
    /// A place in the plane, in the units of the data; y goes up.
    public typealias Point = (x: Double, y: Double)

    /// The heading above the plot, and the title of the SVG document.
    public var title: String
    /// Without a name a group does not stand beside the image.
    public var groups: [(name: String, points: [Point])]

    /// A plot whose axes span all points that are finite, with a color for each group. Nothing is checked.
    public init(title: String, groups: [(name: String, points: [Point])]) {
        self.title = title
        self.groups = groups
    }

    private static let (edge, left, top, bottom) = (480.0, 64.0, 44.0, 40.0)
    private static let rowHeight = 18.0

    /// The whole SVG document, 564 pixels high; y goes up. Points that are not finite are left out.
    public var svg: String {
        let points = groups.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
        let across = ChartAxis(points.map(\.x), ticks: 6, isRounded: true)
        let up = ChartAxis(points.map(\.y), ticks: 6, isRounded: true)
        // Letters are about 7 wide, those of the title 11.
        let names = 7 * Double(groups.map(\.name.count).max() ?? 0)
        let width = max(Self.left + Self.edge + 48 + names, Self.left + 11 * Double(title.count) + 24)
        return SVG.document(
            title: title, left: Self.left, width: width, height: Self.top + Self.edge + Self.bottom,
            frame(across, up) + groups.indices.flatMap { group($0, across, up) } + legend)
    }

    private func x(_ value: Double, _ axis: ChartAxis) -> Double { Self.left + Self.edge * axis.fraction(value) }
    private func y(_ value: Double, _ axis: ChartAxis) -> Double { Self.top + Self.edge * (1 - axis.fraction(value)) }

    private func frame(_ across: ChartAxis, _ up: ChartAxis) -> [String] {
        let (right, floor) = (Self.left + Self.edge, Self.top + Self.edge)
        return across.ticks.flatMap { tick in
            let x = x(tick, across)
            return [
                SVG.element("line", ["x1": x, "x2": x, "y1": Self.top, "y2": floor, "stroke": "#e6e6e6"]),
                SVG.text(across.label(tick), ["x": x, "y": floor + 18, "text-anchor": "middle"]),
            ]
        }
            + up.ticks.flatMap { tick in
                let y = y(tick, up)
                return [
                    SVG.element("line", ["x1": Self.left, "x2": right, "y1": y, "y2": y, "stroke": "#e6e6e6"]),
                    SVG.text(up.label(tick), ["x": Self.left - 8, "y": y + 4, "text-anchor": "end"]),
                ]
            }
    }

    private func group(_ i: Int, _ across: ChartAxis, _ up: ChartAxis) -> [String] {
        groups[i].points.filter { $0.x.isFinite && $0.y.isFinite }.map { point in
            SVG.element(
                "circle",
                ["cx": x(point.x, across), "cy": y(point.y, up), "r": "1.8", "fill": color(i), "fill-opacity": "0.7"])
        }
    }

    private var legend: [String] {
        groups.indices.filter { !groups[$0].name.isEmpty }.flatMap { i in
            let y = Self.top + (Double(i) + 0.5) * Self.rowHeight
            return [
                SVG.element("circle", ["cx": Self.left + Self.edge + 20, "cy": y, "r": 4, "fill": color(i)]),
                SVG.text(groups[i].name, ["x": Self.left + Self.edge + 32, "y": y + 4]),
            ]
        }
    }

    /// As many hues as there are groups, neighbours of different darkness.
    private func color(_ i: Int) -> String {
        "hsl(\(360 * i / max(groups.count, 1) + 205) 70% \(i % 2 == 0 ? 40 : 58)%)"
    }
}
