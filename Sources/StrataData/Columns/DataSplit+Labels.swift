import StrataBackend

extension DataSplit {
    /// The positions, in ascending order, of `budget` examples whose labels or targets may be used: as many of each
    /// class as can be, or any where there are no classes, drawn at random from the seed. All examples where no budget
    /// is given.
    ///
    /// Throws `data` where there are neither labels nor targets, `usage` for a budget that is not from 1 to the number
    /// of examples.
    public func withLabels(_ budget: Int?, seed: UInt32 = 0) throws -> [Int32] {
        guard let budget else { return (0..<Int32(count)).map { $0 } }
        guard labels != nil || targets != nil else {
            throw StrataError(
                .data, "a budget of \(budget) labels: these \(count) examples have neither labels nor targets")
        }
        guard (1...max(count, 1)).contains(budget) else {
            throw StrataError(parameter: "labels", budget, "expected a number from 1 to \(count)")
        }
        // Rounds in which each class gives one example, in a random order of all.
        var ofClass: [Int32: Int] = [:]
        let ranked = Threefry.permutation(count: count, seed: seed, epoch: 0x6C61_6265).map { position in
            let label = labels?.values[Int(position)] ?? 0
            defer { ofClass[label, default: 0] += 1 }
            return (round: ofClass[label, default: 0], position: position)
        }
        let chosen = ranked.enumerated().sorted { ($0.element.round, $0.offset) < ($1.element.round, $1.offset) }
        return chosen.prefix(budget).map(\.element.position).sorted()
    }
}
