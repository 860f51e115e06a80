import StrataData
import Testing

@Suite struct SpiralsTests {
    @Test func sameSeedSameBitsAndNoTestPointIsATrainingPoint() throws {
        let data = try Spirals().dataSet(train: 500, test: 100, seed: 3)
        #expect(try Spirals().dataSet(train: 500, test: 100, seed: 3).train == data.train)
        #expect(try Spirals().dataSet(train: 500, test: 100, seed: 4).train != data.train)
        let points = { (split: DataSplit) in
            let values = try split.values(0..<split.count)
            return Set(stride(from: 0, to: values.count, by: 2).map { [values[$0], values[$0 + 1]] })
        }
        #expect(try points(data.train).isDisjoint(with: points(data.test)) && points(data.train).count == 500)
    }

    /// A point of the second arm, turned by half a turn about the middle, lies on the first.
    @Test func armsAreHalfATurnApart() throws {
        let split = try Spirals(turns: 1, noise: 0).dataSet(train: 400, test: 0).train
        let values = try split.values(0..<400)
        for point in 0..<400 {
            let side: Float = split.labels?.values[point] == 0 ? 1 : -1
            let (x, y) = (side * (values[2 * point] - 0.5) / 0.42, side * (values[2 * point + 1] - 0.5) / 0.42)
            let way = (x * x + y * y).squareRoot()
            // The angle is 2π times the way along: cos of both must agree.
            #expect(way <= 1.0001)
            let angle = 2 * Double.pi * Double(way)
            #expect(abs(Double(x) - Double(way) * cosine(angle)) < 1e-3)
        }
    }

    /// By its series, as this target has no C library.
    private func cosine(_ angle: Double) -> Double {
        var (term, sum) = (1.0, 1.0)
        for n in stride(from: 1, through: 39, by: 2) {
            term *= -angle * angle / Double(n * (n + 1))
            sum += term
        }
        return sum
    }
}
