import StrataData
import Testing

@Suite struct PlanarMixtureTests {
    @Test(arguments: PlanarMixture.allCases) func pointsLieAboutTheirModes(_ mixture: PlanarMixture) throws {
        let data = try mixture.dataSet(train: 5000, test: 100, seed: 3)
        #expect(try mixture.dataSet(train: 5000, test: 100, seed: 3).train == data.train)
        #expect(try mixture.dataSet(train: 5000, test: 100, seed: 4).train != data.train)
        let modes = try #require(data.modes)
        #expect(modes == mixture.modes && modes.count == data.classNames?.count)
        #expect(try data.validating(0.1).modes == modes)
        let values = try data.train.values(0..<5000)
        let labels = try #require(data.train.labels?.values)
        // Of both numbers about the centre of the label.
        var (sums, squares) = ([Double](repeating: 0, count: 2), [Double](repeating: 0, count: 2))
        for (place, value) in values.enumerated() {
            let offset = Double(value - modes.centres[Int(labels[place / 2]) * 2 + place % 2])
            sums[place % 2] += offset / 5000
            squares[place % 2] += offset * offset / 5000
        }
        let deviation = Double(modes.standardDeviation)
        for axis in 0..<2 {
            // Four standard errors.
            #expect(abs(sums[axis]) < 4 * deviation / 5000.0.squareRoot(), "\(sums)")
            #expect(abs(squares[axis].squareRoot() / deviation - 1) < 4 / 10000.0.squareRoot(), "\(squares)")
        }
        for mode in 0..<modes.count { #expect(labels.count { $0 == mode } == 5000 / modes.count) }
    }

    @Test func modesLieOnTheCircleAndOnTheGrid() {
        let (ring, grid) = (PlanarMixture.ring.modes, PlanarMixture.grid.modes)
        #expect(ring.count == 8 && ring.standardDeviation == 0.01 && grid.count == 25 && grid.standardDeviation == 0.05)
        for mode in 0..<8 {
            let (x, y) = (ring.centres[2 * mode], ring.centres[2 * mode + 1])
            #expect(abs(x * x + y * y - 1) < 1e-6)
        }
        let places = (0..<25).map { (mode: Int) -> [Float] in Array(grid.centres[2 * mode..<2 * mode + 2]) }
        #expect(Set(places).count == 25)
        #expect(Set(grid.centres) == [-4, -2, 0, 2, 4])
    }
}
