import StrataBackend

/// What data sets that are drawn have in common.
enum DrawnSet {
    /// Throws `usage` for numbers of examples that cannot be drawn.
    static func check(train: Int, test: Int, limit: Int = 10_000_000) throws {
        for (parameter, count) in [("train", train), ("test", test)] where !(0...limit).contains(count) {
            throw StrataError(parameter: parameter, count, "expected a number of examples from 0 to \(limit)")
        }
    }
}
