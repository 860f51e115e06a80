import StrataBackend

extension DataSet {
    /// A rehearsal of zero-shot learning within the training split, to choose by without a look at the test split: some
    /// seen classes are unseen here, and tested are their examples and a part of those of the other seen classes.
    ///
    /// Throws `usage` for a share that is not between 0 and 1, `data` where nothing describes the classes or fewer than
    /// three are seen.
    ///
    /// - `share`: The share of the seen classes that is held out, and of the other classes' examples that are tested
    ///   on.
    public func holdingOutClasses(_ share: Double, seed: UInt32 = 0) throws -> DataSet {
        guard share > 0, share < 1 else {
            throw StrataError(parameter: "heldOut", share, "expected a share between 0 and 1")
        }
        guard let attributes else {
            throw StrataError(.data, "'\(name)' has nothing that describes its classes")
        }
        let held = attributes.heldOut(share, seed: seed)
        guard !held.isEmpty else {
            throw StrataError(
                .data, "'\(name)' has \(attributes.seen.count) seen classes, too few to hold some out; three will do")
        }
        let split = try validating(share, seed: seed)
        let data = try DataSet(name: name, train: split.train, test: split.validation ?? split.test)
        return try data.describingClasses(
            by: attributes.leavingUnseen(attributes.unseen + held), leavesOutUnseen: true)
    }
}
