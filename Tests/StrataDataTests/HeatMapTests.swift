import Testing

@testable import StrataData

@Suite struct HeatMapTests {
    @Test func drawsEachCellWithItsNumber() {
        let svg = HeatMap(
            title: "A & B", rowLabel: "runs/<a>", columnLabel: "runs/b", rows: ["low", "high"],
            columns: ["one", "two", "three"], values: [[0, 0.5, 1], [0.25, .nan, 2]]
        ).svg
        #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n") && !svg.contains("nan"))
        #expect(svg.contains(">A &amp; B</text>") && svg.contains(">runs/&lt;a&gt;</text>"))
        for text in ["low", "high", "one", "two", "three", "0.00", "0.50", "1.00", "0.25", "2.00"] {
            #expect(svg.contains(">\(text)</text>"), "no \(text)")
        }
        // The background, and five numbers; 1 and what is beyond it are darkest.
        #expect(svg.ranges(of: "<rect").count == 6)
        #expect(svg.ranges(of: "fill=\"rgb(0,47,77)\"").count == 2 && svg.contains("fill=\"rgb(242,247,251)\""))
    }

    @Test func survivesTablesThatAreEmptyOrUneven() {
        for values in [[], [[]], [[1], [0.5, 0.5, 0.5]]] as [[[Double]]] {
            let svg = HeatMap(title: "t\u{7}", rows: ["a", "b"], columns: ["c", "d"], values: values).svg
            #expect(svg.contains("</svg>") && !svg.contains("\u{7}"))
        }
        #expect(HeatMap(title: "", rows: [], columns: [], values: []).svg.contains("</svg>"))
    }
}
