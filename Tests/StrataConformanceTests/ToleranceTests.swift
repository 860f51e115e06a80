import StrataConformance
import Testing

@Suite struct ToleranceTests {
    @Test func specialValuesMustBeTheSame() {
        let generous = Tolerance("generous", absolute: 1, relative: 1)
        #expect(generous.admits(.nan, expected: .nan))
        #expect(generous.admits(.infinity, expected: .infinity))
        #expect(generous.admits(-0.0, expected: 0))
        #expect(!generous.admits(-.infinity, expected: .infinity))
        #expect(!generous.admits(3, expected: .infinity))
        #expect(!generous.admits(.infinity, expected: 3))
        #expect(!generous.admits(.nan, expected: 3))
        #expect(!generous.admits(3, expected: .nan))
    }

    @Test func theBoundIsAbsolutePlusRelative() {
        let tolerance = Tolerance("test", absolute: 0.5, relative: 0.25)
        #expect(tolerance.admits(5.5, expected: 4))
        #expect(!tolerance.admits(5.501, expected: 4))
        #expect(tolerance.admits(-5.5, expected: -4))
        #expect(!Tolerance.exact.admits(1.0000001, expected: 1))
    }
}
