import StrataData
import Testing

@Suite struct VectorFieldTests {
    @Test func arrowsPointWhereTheyShould() {
        let field = VectorField(
            title: "a < b", points: [(0.5, 0.5), (3, 3)],
            arrows: [((0.25, 0.25), (0.35, 0.25)), ((0.5, 0.5), (0.5, 0.5))])
        // One point lies outside, one arrow goes nowhere.
        #expect(field.svg.components(separatedBy: "<circle").count == 2)
        #expect(field.svg.components(separatedBy: "<path").count == 2)
        // From 24 + 480/4 across and 44 + 480·3/4 down, 48 to the right.
        #expect(field.svg.contains("M144.0 404.0L192.0 404.0"), "\(field.svg)")
        #expect(field.svg.contains("a &lt; b"))
    }

    @Test func theGridCoversTheUnitSquare() {
        #expect(VectorField.grid(2) == [0.25, 0.25, 0.75, 0.25, 0.25, 0.75, 0.75, 0.75])
    }
}
