/// Draws of words with given probabilities, each in constant time, by Walker's method of aliases (1977): the words
/// stand side by side with equal shares, and what a frequent one has too much fills up the shares of rare ones.
struct NoiseDistribution {
    /// The part of its own share that a word has, in units of 2⁻³², and whose the rest is.
    private var shares: [(part: UInt64, other: Int32)]

    init(_ probabilities: [Double]) {
        let count = probabilities.count
        shares = (0..<count).map { (1 << 32, Int32(truncatingIfNeeded: $0)) }
        var rest = probabilities.map { $0 * Double(count) }
        var small = rest.indices.filter { rest[$0] < 1 }
        var large = rest.indices.filter { rest[$0] >= 1 }
        while let low = small.popLast(), let high = large.last {
            shares[low] = (UInt64(rest[low] * 0x1p32), Int32(truncatingIfNeeded: high))
            rest[high] -= 1 - rest[low]
            if rest[high] < 1 {
                large.removeLast()
                small.append(high)
            }
        }
    }

    /// The word that a random number stands for: the upper part of `bits · count` is a share, the lower a place in it.
    func word(_ bits: UInt32) -> Int32 {
        let product = UInt64(bits) * UInt64(shares.count)
        let (share, place) = (Int(product >> 32), product & 0xFFFF_FFFF)
        return place < shares[share].part ? Int32(truncatingIfNeeded: share) : shares[share].other
    }
}
