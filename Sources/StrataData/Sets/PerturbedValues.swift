import StrataBackend

/// Examples of which some values are replaced at random: what is left are statistics that any examples share, for the
/// background model of a likelihood ratio (Ren et al., "Likelihood ratios for out-of-distribution detection", 2019).
///
/// ```
/// let data = try PerturbedValues(share: 0.2).dataSet(of: catalog.load("fashion-mnist"))
/// ```
public struct PerturbedValues: Sendable, Hashable {
    /// The probability of a value to be replaced.
    public var share: Double

    /// A fifth of the values where nothing is given; Ren et al. take a tenth to three. Nothing is checked here: `dataSet`
    /// throws.
    public init(share: Double = 0.2) { self.share = share }

    /// Values are replaced by bytes that are all as probable. The same seed gives the same bits.
    ///
    /// Throws `usage` for a share outside 0 ... 1, `data` for examples that are not brightness in bytes.
    ///
    /// - `name`: That of the set.
    public func dataSet(of base: DataSet, name: String = "perturbed", seed: UInt32 = 0) throws -> DataSet {
        guard (0...1).contains(share) else {
            throw StrataError(parameter: "share", share, "expected a number from 0 to 1")
        }
        guard base.dtype == .uint8, base.train.scale < 1 else {
            throw StrataError(.data, "'\(base.name)' has no brightness in bytes, which could be perturbed")
        }
        return try DataSet(
            name: name, train: split(base.train, seed, stream: 0x7065_7274),
            test: split(base.test, seed, stream: 0x7065_7465))
    }

    private func split(_ base: DataSplit, _ seed: UInt32, stream: UInt32) throws -> DataSplit {
        var bytes = try base.examples.bytes(0..<base.count)
        let limit = Float(share)
        for place in bytes.indices {
            let counter = (UInt32(truncatingIfNeeded: place), UInt32(truncatingIfNeeded: place >> 32))
            let words = Threefry.block(key: (seed, stream), counter: counter)
            if Threefry.uniform(words.0) < limit { bytes[place] = UInt8(words.1 >> 24) }
        }
        return try DataSplit(
            columns: base.columns.map { column in
                guard column.name == ColumnName.example else { return column }
                var spec = column.spec
                spec.range = nil
                return try Column(spec, bytes: bytes)
            })
    }
}
