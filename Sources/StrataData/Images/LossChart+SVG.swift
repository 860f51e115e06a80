extension LossChart {
    /// Okabe and Ito's colours, which people with any colour vision can tell apart.
    private static let colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
    /// Dashes tell the lines apart in print without colour.
    private static let dashes = ["none", "7 4", "2 3", "9 3 2 3"]
    /// The square that the lines are drawn in, of an image of 720 × 420.
    private static let plot = (left: 76.0, right: 700.0, top: 70.0, bottom: 366.0)

    /// The whole SVG document, 720 × 420 pixels.
    public var svg: String {
        let points = series.flatMap(\.runs).joined()
        let wholeEpochs = points.allSatisfy { $0.x == $0.x.rounded() }
        let horizontal = ChartAxis(points.map(\.x), ticks: 10, isWhole: wholeEpochs)
        let ends = series.flatMap { series in zip(series.points, series.errors).flatMap { [$0.y - $1, $0.y + $1] } }
        let vertical = ChartAxis(points.map(\.y) + ends.filter(\.isFinite), ticks: 6, isRounded: true)
        let curves = series.indices.flatMap { lines($0, horizontal, vertical) + bars($0, horizontal, vertical) }
        let (names, rows) = legend(vertical)
        // What further rows of names take, the image grows by.
        let extra = Double(rows - 1) * Self.rowHeight
        let moved = SVG.element(
            "g", ["transform": "translate(0 \(SVG.number(extra)))"],
            (frame(horizontal, vertical) + curves).joined(separator: "\n"))
        return SVG.document(
            title: title, left: Self.plot.left, width: 720, height: 420 + extra,
            names + (rows > 1 ? [moved] : frame(horizontal, vertical) + curves))
    }

    private func x(_ value: Double, _ axis: ChartAxis) -> Double {
        // Cases keep off the frame, so that their bars have room.
        let inset = categories.isEmpty ? 0 : 20.0
        return Self.plot.left + inset + (Self.plot.right - Self.plot.left - 2 * inset) * axis.fraction(value)
    }

    private func y(_ value: Double, _ axis: ChartAxis) -> Double {
        Self.plot.bottom - (Self.plot.bottom - Self.plot.top) * axis.fraction(value)
    }

    private func frame(_ horizontal: ChartAxis, _ vertical: ChartAxis) -> [String] {
        let (left, right, top, bottom) = Self.plot
        let middle = (top + bottom) / 2
        let gridLines = vertical.ticks.flatMap { tick in
            let y = y(tick, vertical)
            return [
                SVG.element("line", ["x1": left, "x2": right, "y1": y, "y2": y, "stroke": "#e6e6e6"]),
                SVG.text(vertical.label(tick), ["x": left - 10, "y": y + 4, "text-anchor": "end"]),
            ]
        }
        let ticks = horizontal.ticks.flatMap { tick in
            let x = x(tick, horizontal)
            return [
                SVG.element("line", ["x1": x, "x2": x, "y1": bottom, "y2": bottom + 5, "stroke": "#888"]),
                SVG.text(
                    category(tick) ?? horizontal.label(tick), ["x": x, "y": bottom + 20, "text-anchor": "middle"]),
            ]
        }
        return gridLines + ticks + [
            SVG.element("line", ["x1": left, "x2": right, "y1": bottom, "y2": bottom, "stroke": "#888"]),
            SVG.text(xLabel, ["x": (left + right) / 2, "y": 406, "text-anchor": "middle"]),
            SVG.text(
                yLabel, ["text-anchor": "middle", "transform": "translate(20 \(SVG.number(middle))) rotate(-90)"]),
        ]
    }

    private static let rowHeight = 18.0

    /// Name and last value of each line, under the title, in as many rows as it takes.
    private func legend(_ axis: ChartAxis) -> (elements: [String], rows: Int) {
        var (left, row) = (Self.plot.left, 0.0)
        let elements = series.indices.flatMap { i -> [String] in
            let last = series[i].runs.last?.last.map { axis.label($0.y, finer: 1) } ?? ""
            // Letters are about 7 wide at this size.
            let width = 64 + 7 * Double(series[i].name.count + last.count)
            if left + width > Self.plot.right + 20, left > Self.plot.left { (left, row) = (Self.plot.left, row + 1) }
            defer { left += width }
            let value = SVG.element("tspan", ["dx": 6, "fill": "#888"], last)
            let y = 48 + row * Self.rowHeight
            return [
                element("path", ["d": "M\(SVG.number(left)) \(SVG.number(y))h24"], style: i),
                SVG.element("text", ["x": left + 32, "y": y + 4], SVG.escaped(series[i].name) + value),
            ]
        }
        return (elements, Int(row) + 1)
    }

    private func lines(_ i: Int, _ horizontal: ChartAxis, _ vertical: ChartAxis) -> [String] {
        series[i].runs.map { run in
            let places = run.map { (x($0.x, horizontal), y($0.y, vertical)) }
            guard places.count > 1 else {
                return SVG.element("circle", ["cx": places[0].0, "cy": places[0].1, "r": 3, "fill": color(i)])
            }
            let list = places.map { "\(SVG.number($0)),\(SVG.number($1))" }.joined(separator: " ")
            return element("polyline", ["points": list], style: i)
        }
    }

    private func bars(_ i: Int, _ horizontal: ChartAxis, _ vertical: ChartAxis) -> [String] {
        zip(series[i].points, series[i].errors).compactMap { point, error in
            guard point.y.isFinite, error.isFinite, error > 0 else { return nil }
            // Side by side, so that none hides another.
            let x = x(point.x, horizontal) + (Double(i) - Double(series.count - 1) / 2) * 3
            let (top, bottom) = (y(point.y + error, vertical), y(point.y - error, vertical))
            let path = [(x - 3, top), (x + 3, top), (x, top), (x, bottom), (x - 3, bottom), (x + 3, bottom)]
                .map { "\(SVG.number($0.0)),\(SVG.number($0.1))" }.joined(separator: " ")
            return SVG.element("polyline", ["points": path, "fill": "none", "stroke": color(i), "stroke-width": "1.5"])
        }
    }

    private func category(_ tick: Double) -> String? {
        guard let position = Int(exactly: tick), categories.indices.contains(position) else { return nil }
        return categories[position]
    }

    private func color(_ i: Int) -> String { Self.colors[i % Self.colors.count] }

    private func element(_ name: String, _ attributes: KeyValuePairs<String, Any>, style i: Int) -> String {
        let list = attributes.map { key, value in " \(key)=\"\(value)\"" }.joined()
        let dash = Self.dashes[i % Self.dashes.count]
        return "<\(name)\(list) fill=\"none\" stroke=\"\(color(i))\" stroke-width=\"2\" stroke-linejoin=\"round\""
            + " stroke-dasharray=\"\(dash)\"/>"
    }
}
