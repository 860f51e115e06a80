import StrataBackend

extension DataSet {
    /// Splits examples that came without a test part: the last tenth of their order shuffled by `seed`, at least one.
    ///
    /// Throws `data` where there are fewer than two examples.
    public init(name: String, splitting all: DataSplit, seed: UInt32) throws {
        guard all.count >= 2 else {
            throw StrataError(.data, "\(name): has \(all.count) examples; a training and a test part need at least 2")
        }
        let order = Threefry.permutation(count: all.count, seed: seed, epoch: 0)
        let testCount = max(1, all.count / 10)
        try self.init(
            name: name, train: all.subset(Array(order.dropLast(testCount))), test: all.subset(order.suffix(testCount)),
            notes: [
                "\(name) has no test part: the last 10 % (\(testCount) of \(all.count), shuffled by seed \(seed)) are it"
            ])
    }
}
