import StrataBackend
import StrataData
import Testing

@Suite struct BatchReaderTests {
    /// 1,000 rows of 3 floats as a file, four times the memory that is allowed.
    static func data(_ folder: TemporaryFolder) throws -> (streamed: DataSet, resident: DataSet) {
        let rows = try StoredArray((0..<3000).map { Float($0) / 7 }, shape: [1000, 3])
        let path = try folder.put("x.npy", NPY.encode(rows))
        return (try DataPath.load(path, DataOptions(seed: 3, memory: 3000)), try DataPath.load(path, seed: 3))
    }

    @Test func fileBackedDataAreTheSame() throws {
        let (streamed, resident) = try Self.data(TemporaryFolder())
        #expect(streamed.train.examples.storage.resident == nil && resident.train.examples.storage.resident != nil)
        #expect(streamed.train == resident.train && streamed.test == resident.test)
        #expect(streamed.spec == resident.spec)
        #expect(try DataFingerprint(streamed) == DataFingerprint(resident))
    }

    @Test(arguments: [1, 2, 5]) func givesTheBytesOfTheSubset(ahead: Int) throws {
        let (streamed, _) = try Self.data(TemporaryFolder())
        let order = Threefry.permutation(count: streamed.train.count, seed: 9, epoch: 1)
        let reader = try BatchReader(streamed.train, order: order, batchSize: 128, ahead: ahead)
        var (found, counts) = ([UInt8](), [Int]())
        func add(_ batch: BatchReader.Batch) throws -> Bool {
            counts.append(batch.count)
            found += try #require(batch[ColumnName.example])
            return true
        }
        while try reader.next(add) == true {}
        #expect(counts == [Int](repeating: 128, count: 7) + [4])
        #expect(try found == streamed.train.subset(order).bytes)
        #expect(try reader.next { $0.count } == nil)
    }

    @Test func throwsWhatWentWrongAndStops() throws {
        let (streamed, _) = try Self.data(TemporaryFolder())
        let reader = try BatchReader(streamed.train, order: [0, 1, 5000, 2], batchSize: 2)
        #expect(try reader.next { $0.count } == 2)
        for _ in 0..<2 { #expect(message { try reader.next { $0.count } }.contains("row 5000 is outside 0..<900")) }
        #expect(
            message { try BatchReader(streamed.train, order: [], batchSize: 0) }.contains("expected numbers from 1"))
        #expect(
            message { try BatchReader(streamed.train, order: [], batchSize: 1, columns: ["z"]) }.contains(
                "no column 'z'"))
        // One that nobody reads to the end lets go of its thread.
        _ = try BatchReader(streamed.train, order: [Int32](repeating: 0, count: 500), batchSize: 1)
    }
}
