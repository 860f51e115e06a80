import StrataBackend
import StrataData
import StrataEvaluation
import StrataReference
import Testing

@Suite struct ProbeTests {
    private let backend = ReferenceBackend(configuration: BackendConfiguration())

    private func points(_ values: [Float], _ labels: [Int32], width: Int, classes: Int = 2) throws -> LabelledCodes {
        try LabelledCodes(
            examples: DataSplit(
                dtype: .float32, exampleShape: [width], bytes: values.withUnsafeBytes { Array($0) },
                count: labels.count,
                labels: Labels(values: labels, classNames: (0..<classes).map { "\($0)" })))
    }

    @Test func neighboursVoteAndTiesGoToTheFirstClass() throws {
        // On a line: class 1 at 0, class 0 at 2 and 3, class 1 at 10.
        let known = try points([0, 2, 3, 10], [1, 0, 0, 1], width: 1)
        let queries = try points([0.9, 9], [1, 1], width: 1)
        // One neighbour: 0 and 10, both right. Two: {0, 2} tie and so class 0; {10, 3} tie. Three: {0, 2, 3}; {10, 3, 2}.
        // Four: ties for both.
        let found = try NearestNeighbours.accuracies(
            of: queries, among: known, neighbours: [1, 2, 3, 4], backend: backend)
        #expect(found == [1, 0, 0, 0])
        let others = try points([0.9, 9], [0, 0], width: 1)
        #expect(
            try NearestNeighbours.accuracies(of: others, among: known, neighbours: [1, 2, 3, 4], backend: backend)
                == [0, 1, 1, 1])
        #expect(throws: StrataError.self) {
            try NearestNeighbours.accuracies(of: queries, among: known, neighbours: [5], backend: backend)
        }
    }

    @Test func aProbeReadsWhatIsLinearAndNothingElse() throws {
        var (values, linear, parity): ([Float], [Int32], [Int32]) = ([], [], [])
        for i in 0..<200 {
            let words = Threefry.block(key: (5, 6), counter: (UInt32(i), 0))
            let (x, y) = (Threefry.uniform(words.0) - 0.5, Threefry.uniform(words.1) - 0.5)
            // One number varies little about a large mean, one not at all.
            values += [100 + x * 0.01, y * 30, 7]
            linear.append(x * 100 + y * 30 > 0 ? 1 : 0)
            parity.append(x * y > 0 ? 1 : 0)
        }
        func accuracy(_ labels: [Int32]) throws -> Double {
            let codes = try points(values, labels, width: 3)
            return try LinearProbe.accuracy(train: codes, test: codes, backend: backend, seed: 1)
        }
        let (easy, hard) = (try accuracy(linear), try accuracy(parity))
        #expect(easy > 0.96, "\(easy)")
        #expect(hard < 0.7, "\(hard)")
    }

    @Test func examplesWithoutLabelsAreRefused() throws {
        let split = try DataSplit(dtype: .uint8, exampleShape: [1], bytes: [1, 2], count: 2)
        let error = try #require(throws: StrataError.self) { try LabelledCodes(examples: split) }
        #expect(error.kind == .data && error.message.contains("labels"))
    }
}
