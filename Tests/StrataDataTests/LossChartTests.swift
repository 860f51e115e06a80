import Testing

@testable import StrataData

@Suite struct LossChartTests {
    @Test func drawsEachSeriesWithItsName() {
        let chart = LossChart(
            title: "A & B", yLabel: "<loss>",
            series: [.init("train", [280, 260, 250]), .init("test", [270, 255, 252.5])])
        let svg = chart.svg
        #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n"))
        #expect(svg.contains(">A &amp; B</text>") && svg.contains(">&lt;loss&gt;</text>"))
        #expect(svg.contains(">train<tspan") && svg.contains(">252.5</tspan>"))
        // The highest value is the top of the plot, the lowest its bottom, the epochs its width.
        #expect(svg.contains("<polyline points=\"76.0,70.0 388.0,267.3 700.0,366.0\""))
        for tick in ["250", "260", "280", "1", "2", "3"] {
            #expect(svg.contains(">\(tick)</text>"), "no tick at \(tick)")
        }
    }

    @Test func leavesGapsAndMarksSinglePoints() {
        let svg = LossChart(title: "", yLabel: "", series: [.init("a", [1, .nan, 2, 3, .infinity])]).svg
        #expect(
            svg.contains("<circle") && svg.components(of: "<polyline") == 1 && !svg.contains("nan")
                && !svg.contains("inf"))
    }

    @Test(
        arguments: [
            [], [.nan], [5], [0, 0, 0], [1e-12, 2e-12], [1e17, 1e17], [-1e308, 1e308], [.leastNonzeroMagnitude, 0],
        ] as [[Double]])
    func survivesAnyNumbers(_ values: [Double]) {
        let svg = LossChart(title: "t\u{7}", yLabel: "y", series: [.init("s", values)]).svg
        #expect(svg.contains("</svg>") && !svg.contains("\u{7}"))
    }

    @Test func ticksStandAtRoundNumbers() {
        #expect(ChartAxis([1, 10], ticks: 10, isWhole: true).ticks == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
        #expect(ChartAxis([242.3, 278.2], ticks: 6, isRounded: true).ticks == [240, 250, 260, 270, 280])
        let fine = ChartAxis([0.011, 0.049], ticks: 6, isRounded: true)
        #expect(fine.ticks.map { fine.label($0) } == ["0.01", "0.02", "0.03", "0.04", "0.05"])
        #expect(ChartAxis([1, 3], ticks: 10, isWhole: true).ticks == [1, 2, 3])
    }

    @Test func roundsDecimals() {
        #expect(Decimal.text(-0.04, digits: 1) == "0.0" && Decimal.text(-1.25, digits: 1) == "-1.3")
        #expect(Decimal.text(0.05, digits: 2) == "0.05" && Decimal.text(12, digits: 0) == "12")
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
