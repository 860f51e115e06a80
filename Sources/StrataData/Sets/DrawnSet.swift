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

/// One random number after the other, for one image.
struct ImageDraws {
    let key: Threefry.Words
    let image: UInt32
    private var position: UInt32 = 0

    init(key: Threefry.Words, image: UInt32) {
        self.key = key
        self.image = image
    }

    /// On [0, 1).
    mutating func uniform() -> Float {
        position += 1
        return Threefry.uniform(Threefry.block(key: key, counter: (image, position)).0)
    }

    /// On [low, high).
    mutating func uniform(_ low: Float, _ high: Float) -> Float { low + (high - low) * uniform() }

    /// A whole number from `range`.
    mutating func integer(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + min(Int(uniform() * Float(range.count)), range.count - 1)
    }
}
