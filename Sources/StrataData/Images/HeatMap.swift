/// A table of numbers from 0 to 1 as an image: the greater, the darker. `svg` is the image.
///
/// ```
/// let map = HeatMap(title: "CKA", rows: ["encoder.0", "mean"], columns: ["encoder.0"], values: [[1], [0.4]])
/// try AtomicFile.write("cka.svg", map.svg.utf8)
/// ```
public struct HeatMap: Sendable {
    /// The heading above the table, and the title of the SVG document.
    public var title: String
    /// What the rows belong to, written upright to the left of their names.
    public var rowLabel: String
    /// What the columns belong to, written above their names.
    public var columnLabel: String
    /// The names of the rows from the top, to the left of the table.
    public var rows: [String]
    /// The names of the columns from the left, above the table.
    public var columns: [String]
    /// A row of numbers for each of `rows`; one that is not finite, or missing, leaves its place empty.
    public var values: [[Double]]

    /// A table with its names. Nothing is checked: values beyond the last row or column are not drawn.
    public init(
        title: String, rowLabel: String = "", columnLabel: String = "", rows: [String], columns: [String],
        values: [[Double]]
    ) {
        self.title = title
        self.rowLabel = rowLabel
        self.columnLabel = columnLabel
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    /// A blue that grows darker evenly, whose middle is that of `LossChart`'s first line.
    private static let colors: [[Double]] = [[242, 247, 251], [122, 182, 219], [0, 114, 178], [0, 47, 77]]
    /// Letters are about 7 wide, those of the title 11.
    private static let (letter, titleLetter) = (7.0, 11.0)
    private static let (cellHeight, top, margin) = (40.0, 84.0, 24.0)

    /// The whole SVG document; it is as large as the names and the table need.
    public var svg: String {
        let left = 64 + Self.letter * Double(rows.map(\.count).max() ?? 0)
        let cellWidth = max(64, 16 + Self.letter * Double(columns.map(\.count).max() ?? 0))
        let (width, height) = (cellWidth * Double(columns.count), Self.cellHeight * Double(rows.count))
        // The label of the rows stands upright beside their middle, or as far down as it is long.
        let half = Self.letter * Double(rowLabel.count) / 2
        let middle = max(Self.top + height / 2, half + Self.margin)
        let total = (
            width: max(
                left + width, Self.margin + Self.titleLetter * Double(title.count),
                left + Self.letter * Double(columnLabel.count)) + Self.margin,
            height: max(Self.top + height, middle + half) + Self.margin
        )
        let names =
            rows.enumerated().map { number, name in
                SVG.text(
                    name,
                    [
                        "x": left - 10, "y": Self.top + (Double(number) + 0.5) * Self.cellHeight + 4,
                        "text-anchor": "end",
                    ])
            }
            + columns.enumerated().map { number, name in
                SVG.text(
                    name,
                    [
                        "x": left + (Double(number) + 0.5) * cellWidth, "y": Self.top - 10, "text-anchor": "middle",
                    ])
            }
        let cells = zip(rows.indices, values).flatMap { row, values in
            zip(columns.indices, values).flatMap { column, value in
                cell(
                    value, x: left + Double(column) * cellWidth, y: Self.top + Double(row) * Self.cellHeight, cellWidth)
            }
        }
        let labels = [
            SVG.text(columnLabel, ["x": left, "y": Self.top - 32]),
            SVG.text(
                rowLabel,
                [
                    "text-anchor": "middle", "transform": "translate(34 \(SVG.number(middle))) rotate(-90)",
                ]),
        ]
        return SVG.document(
            title: title, left: Self.margin, width: total.width, height: total.height, labels + names + cells)
    }

    private func cell(_ value: Double, x: Double, y: Double, _ width: Double) -> [String] {
        guard value.isFinite else { return [] }
        return [
            // A hair of white between neighbours.
            SVG.element(
                "rect",
                [
                    "x": x, "y": y, "width": width - 1, "height": Self.cellHeight - 1, "fill": Self.color(value),
                ]),
            SVG.text(
                Decimal.text(value, digits: 2),
                [
                    "x": x + width / 2, "y": y + Self.cellHeight / 2 + 4, "text-anchor": "middle",
                    "fill": value > 0.5 ? "#fff" : "#111",
                ]),
        ]
    }

    private static func color(_ value: Double) -> String {
        let place = min(max(value, 0), 1) * Double(colors.count - 1)
        let lower = min(Int(place), colors.count - 2)
        let part = place - Double(lower)
        let channels = zip(colors[lower], colors[lower + 1]).map { Int(($0 + ($1 - $0) * part).rounded()) }
        return "rgb(" + channels.map(String.init).joined(separator: ",") + ")"
    }
}
