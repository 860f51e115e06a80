import StrataData
import StrataEvaluation
import Testing

@Suite struct PositionBaselineTests {
    private func split(_ rows: [[Int32]], vocabulary: Int = 6) throws -> DataSplit {
        let spec = ColumnSpec(
            ColumnName.example, dtype: .int32, shape: [rows[0].count], meaning: .tokens(vocabulary: vocabulary))
        return try DataSplit(columns: [Column(spec, rows.flatMap { $0 })])
    }

    /// First position: 3, 3, 5; second: 0, 0, 0. Of six tokens, (2 + 1) / 9, 1 / 9 and 4 / 9 are probable.
    @Test func byHand() throws {
        let train = try split([[3, 0], [3, 0], [5, 0]])
        let test = try split([[3, 0], [4, 4]])
        let baseline = try #require(try PositionBaseline(train: train, test: test, firstOnset: 2))
        let byHand = (logarithm(3.0 / 9) + logarithm(4.0 / 9) + 2 * logarithm(1.0 / 9)) / 2
        #expect(abs(baseline.logLikelihood - byHand) < 1e-12)
        #expect(baseline.accuracy == 0.5)
        #expect(baseline.accuracyOfOnsets == 1.0 / 3)
        #expect(try PositionBaseline(train: train, test: test)?.accuracyOfOnsets == nil)
    }

    /// Of equally frequent tokens the least counts; numbers that are no tokens have no baseline.
    @Test func tiesAndNumbers() throws {
        let train = try split([[4], [2]])
        let baseline = try PositionBaseline(train: train, test: split([[2], [2], [4]]))
        #expect(baseline?.accuracy == 2.0 / 3)
        let numbers = try DataSplit(dtype: .int32, exampleShape: [1], bytes: [0, 0, 0, 0], count: 1)
        #expect(try PositionBaseline(train: numbers, test: numbers) == nil)
    }
}
