import StrataBackend

extension DataSet {
    /// Splits examples that came without a test split: the last tenth of their order shuffled by `seed`, at least one.
    ///
    /// Throws `data` where there are fewer than two examples.
    public init(name: String, splitting all: DataSplit, seed: UInt32) throws {
        guard all.count >= 2 else {
            throw StrataError(.data, "\(name): has \(all.count) examples; a training and a test split take at least 2")
        }
        let (train, test) = Self.drawn(all.count, seed: seed)
        let testCount = test.count
        try self.init(
            name: name, train: all.subset(train), test: all.subset(test),
            notes: [
                "\(name) has no test split: the last 10 % (\(testCount) of \(all.count), shuffled by seed \(seed)) are it"
            ])
        isTestDrawn = true
    }

    /// The positions of so many examples, at least two, that are trained on, and those of the test split.
    static func drawn(_ count: Int, seed: UInt32) -> (train: [Int32], test: [Int32]) {
        let order = Threefry.permutation(count: count, seed: seed, epoch: 0)
        let testCount = max(1, count / 10)
        return (order.dropLast(testCount), order.suffix(testCount))
    }

    /// The same data with a share of the training split held out for validation: drawn at random from the seed, of each
    /// class the same share where there are labels. What is left keeps its order. A validation split that the data have
    /// already is put aside.
    ///
    /// ```
    /// let data = try DataCatalog.standard.load("fashion-mnist", options).validating(0.1, seed: 7)
    /// ```
    ///
    /// Throws `usage` for a fraction that is not between 0 and 1, and `data` where one of the two parts would be empty.
    public func validating(_ fraction: Double, seed: UInt32 = 0) throws -> DataSet {
        guard fraction > 0, fraction < 1 else {
            throw StrataError(
                .usage, "validation of \(fraction): expected a share of the training split between 0 and 1")
        }
        let count = Int((Double(train.count) * fraction).rounded())
        guard count >= 1, count < train.count else {
            throw StrataError(
                .data,
                "\(name): \(fraction) of \(train.count) training examples leaves none for validation or for training")
        }
        let positions = Threefry.permutation(count: train.count, seed: seed, epoch: Self.validationStream)
        let held = train.labels.map { Self.stratified(positions, $0, count: count) } ?? Array(positions.prefix(count))
        let isHeld = Set(held)
        let rest = (0..<Int32(train.count)).filter { !isHeld.contains($0) }
        let ofClass = train.labels == nil ? "" : ", of each class the same share"
        let replaced = validation == nil ? "" : "; the data's own validation split is put aside"
        var data = try DataSet(
            name: name, train: train.subset(rest), test: test, validation: train.subset(held.sorted()),
            notes: notes + [
                "\(count) of \(train.count) training examples are held out for validation (seed \(seed)\(ofClass))\(replaced)"
            ])
        data.isTestDrawn = isTestDrawn
        data.modes = modes
        data.fills = fills
        data.vocabulary = vocabulary
        data.attributes = attributes
        return data
    }

    private static let validationStream: UInt32 = 0x7661_6C69

    /// `count` of the shuffled positions, from each class its share. What rounding leaves over goes to the classes with
    /// the largest remainders.
    private static func stratified(_ shuffled: [Int32], _ labels: Labels, count: Int) -> [Int32] {
        var ofClass = [[Int32]](repeating: [], count: labels.classNames.count)
        for position in shuffled { ofClass[Int(labels.values[Int(position)])].append(position) }
        let shares = ofClass.map { ($0.count * count).quotientAndRemainder(dividingBy: shuffled.count) }
        let left = count - shares.reduce(0) { $0 + $1.quotient }
        let favoured = Set(
            shares.indices.sorted { (-shares[$0].remainder, $0) < (-shares[$1].remainder, $1) }.prefix(left))
        return ofClass.indices.flatMap { ofClass[$0].prefix(shares[$0].quotient + (favoured.contains($0) ? 1 : 0)) }
    }
}
