import StrataData
import Testing

@Suite struct ScatterPlotTests {
    @Test func pointsLieInTheirPlacesWithTheirNames() {
        let plot = ScatterPlot(
            title: "codes", groups: [("a < b", [(0, 0), (10, 10)]), ("c", [(5, 10), (.nan, 1)]), ("", [(0, 10)])])
        // Four points, two marks beside names.
        #expect(plot.svg.components(separatedBy: "<circle").count == 7)
        // The frame is 480 wide from 64 on and 480 high from 44 on.
        for place in [
            "cx=\"64.0\" cy=\"524.0\"", "cx=\"544.0\" cy=\"44.0\"", "cx=\"304.0\" cy=\"44.0\"",
            "cx=\"64.0\" cy=\"44.0\"",
        ] {
            #expect(plot.svg.contains(place), "\(place)")
        }
        #expect(plot.svg.contains(">a &lt; b</text>") && !plot.svg.contains("nan"))
    }

    @Test func nothingIsAImageToo() {
        #expect(ScatterPlot(title: "none", groups: []).svg.hasSuffix("</svg>\n"))
        #expect(ScatterPlot(title: "one", groups: [("x", [(3, 3)])]).svg.contains("<circle"))
    }
}
