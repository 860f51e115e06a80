/// Arrows on the unit square, over points: where a model moves each place, and where the examples are. `svg` is the image.
///
/// An autoencoder that learned to undo small noise points to where examples are denser (Alain and Bengio, "What regularized
/// auto-encoders learn from the data-generating distribution", 2014).
public struct VectorField: Sendable {
    /// A place in the plane: (0, 0) is the lower left corner of the unit square, (1, 1) the upper right one.
    public typealias Point = (x: Double, y: Double)

    /// The heading above the field, and the title of the SVG document.
    public var title: String
    /// The examples. One that lies more than 0.05 outside the unit square is not drawn.
    public var points: [Point]
    /// Others, in another colour: what a model made up.
    public var made: [Point]
    /// From where to where; drawn shorter if the next arrow would be met.
    public var arrows: [(from: Point, to: Point)]

    /// A field of arrows over points. Nothing is checked; an arrow that is too short to see is not drawn.
    public init(title: String, points: [Point], made: [Point] = [], arrows: [(from: Point, to: Point)] = []) {
        self.title = title
        self.points = points
        self.made = made
        self.arrows = arrows
    }

    /// Places on a square grid over the unit square: [edge · edge, 2].
    public static func grid(_ edge: Int) -> [Float] {
        let places = (0..<max(edge, 0)).map { (Float($0) + 0.5) / Float(edge) }
        return places.flatMap { y in places.flatMap { x in [x, y] } }
    }

    private static let (edge, margin, top) = (480.0, 24.0, 44.0)

    /// The whole SVG document, 528 × 548 pixels; y goes up.
    public var svg: String {
        let frame = SVG.element(
            "rect",
            [
                "x": Self.margin, "y": Self.top, "width": Self.edge, "height": Self.edge, "fill": "none",
                "stroke": "#e6e6e6",
            ])
        return SVG.document(
            title: title, left: Self.margin, width: Self.edge + 2 * Self.margin,
            height: Self.edge + Self.top + Self.margin,
            [frame] + dots(points, "#E69F00") + dots(made, "#009E73") + arrows.compactMap { arrow($0.from, $0.to) })
    }

    private func dots(_ points: [Point], _ color: String) -> [String] {
        points.filter { (-0.05...1.05).contains($0.x) && (-0.05...1.05).contains($0.y) }.map { point in
            let (x, y) = place(point)
            return SVG.element("circle", ["cx": x, "cy": y, "r": 1.2, "fill": color])
        }
    }

    /// A line with a head at its end, as one path.
    private func arrow(_ from: Point, _ to: Point) -> String? {
        guard to.x.isFinite, to.y.isFinite else { return nil }
        let spacing = Self.edge / Double(arrows.count).squareRoot()
        let (x, y) = place(from)
        var (dx, dy) = ((to.x - from.x) * Self.edge, (from.y - to.y) * Self.edge)
        let length = (dx * dx + dy * dy).squareRoot()
        guard length > 0.3 else { return nil }
        let drawn = min(length, 0.9 * spacing)
        (dx, dy) = (dx * drawn / length, dy * drawn / length)
        let head = min(4, drawn / 2) / drawn
        let tip: Point = (x + dx, y + dy)
        let left: Point = (tip.x - (dx - dy * 0.5) * head, tip.y - (dy + dx * 0.5) * head)
        let right: Point = (tip.x - (dx + dy * 0.5) * head, tip.y - (dy - dx * 0.5) * head)
        let path = "M\(Self.text((x, y)))L\(Self.text(tip))M\(Self.text(left))L\(Self.text(tip))L\(Self.text(right))"
        return SVG.element("path", ["d": path, "fill": "none", "stroke": "#0072B2"])
    }

    private static func text(_ point: Point) -> String { "\(SVG.number(point.x)) \(SVG.number(point.y))" }

    private func place(_ point: Point) -> (Double, Double) {
        (Self.margin + point.x * Self.edge, Self.top + (1 - point.y) * Self.edge)
    }
}
