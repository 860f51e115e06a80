import StrataData
import Testing

@Suite struct OutlinesTests {
    private func images(_ set: Outlines, _ count: Int) throws -> [(label: Int32, white: [[Int]])] {
        let split = try set.dataSet(train: count, test: 10, seed: 5).train
        let size = Outlines.side * Outlines.side
        let bytes = try split.bytes
        return (0..<count).map { number in
            let white = (0..<size).filter { bytes[number * size + $0] > 0 }
            return (split.labels?.values[number] ?? -1, white.map { [$0 % Outlines.side, $0 / Outlines.side] })
        }
    }

    @Test func sameSeedSameBits() throws {
        for set in Outlines.allCases {
            let data = try set.dataSet(train: 40, test: 20, seed: 2)
            #expect(try set.dataSet(train: 40, test: 20, seed: 2).test == data.test)
            #expect(try set.dataSet(train: 40, test: 20, seed: 3).train != data.train)
            #expect(data.train.labels?.values.count { $0 == 0 } == 20 && data.classNames?.count == 2)
        }
    }

    @Test func rectanglesAreOutlinesOfTheirClass() throws {
        for (label, white) in try images(.rectangles, 200) {
            let (xs, ys) = (white.map { $0[0] }, white.map { $0[1] })
            let width = (xs.max() ?? 0) - (xs.min() ?? 0) + 1, height = (ys.max() ?? 0) - (ys.min() ?? 0) + 1
            #expect(abs(width - height) >= 3 && (height > width) == (label == 1))
            #expect(white.count == 2 * (width + height) - 4)
        }
    }

    /// In a convex region every pixel between two of a row or a column is white.
    @Test func convexRegionsHaveNoGaps() throws {
        var dented = 0
        for (label, white) in try images(.convex, 200) {
            let hasGap = [0, 1].contains { axis in
                Dictionary(grouping: white) { $0[axis] }.values.contains { line in
                    let places = line.map { $0[1 - axis] }
                    return (places.max() ?? 0) - (places.min() ?? 0) + 1 != places.count
                }
            }
            if label == 0 { #expect(!hasGap) } else if hasGap { dented += 1 }
        }
        // A dent may lie askew, where no row and no column crosses it; most do not.
        #expect(dented > 60)
    }
}
