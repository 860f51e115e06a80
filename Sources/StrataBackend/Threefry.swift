/// The counter-based generator Threefry2x32-20 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy
/// as 1, 2, 3", SC 2011).
///
/// It maps a key and a counter to two random words and holds no state, so any element of a random array can be
/// drawn anywhere at any time. An array drawn in stream `t` with key `(seed, step)` has at index `i` the block
/// `Threefry.block(key: Threefry.streamKey(seed:step:stream:), counter: (i, 0))`.
@frozen
public enum Threefry {
    /// Two words of 32 bits: a key, a counter, or the random bits that they give.
    public typealias Words = (UInt32, UInt32)

    /// Twenty rounds on one block.
    @inlinable
    public static func block(key: Words, counter: Words) -> Words {
        let keys = (key.0, key.1, key.0 ^ key.1 ^ 0x1BD1_1BDA)
        var x0 = counter.0 &+ keys.0
        var x1 = counter.1 &+ keys.1

        @inline(__always) func round(_ rotation: UInt32) {
            x0 = x0 &+ x1
            x1 = (x1 &<< rotation | x1 &>> (32 &- rotation)) ^ x0
        }
        @inline(__always) func evenRounds() { round(13); round(15); round(26); round(6) }
        @inline(__always) func oddRounds() { round(17); round(29); round(16); round(24) }
        @inline(__always) func inject(_ a: UInt32, _ b: UInt32, _ count: UInt32) {
            x0 = x0 &+ a
            x1 = x1 &+ b &+ count
        }

        evenRounds(); inject(keys.1, keys.2, 1)
        oddRounds(); inject(keys.2, keys.0, 2)
        evenRounds(); inject(keys.0, keys.1, 3)
        oddRounds(); inject(keys.1, keys.2, 4)
        evenRounds(); inject(keys.2, keys.0, 5)
        return (x0, x1)
    }

    /// The key of one stream at one step: a block keyed by (seed, step) whose counter is the stream.
    @inlinable
    public static func streamKey(seed: UInt32, step: UInt32, stream: UInt32) -> Words {
        block(key: (seed, step), counter: (stream, 0))
    }

    /// The number on [0, 1) that a word stands for: its upper 24 bits.
    @inlinable
    public static func uniform(_ word: UInt32) -> Float { Float(word &>> 8) * 0x1p-24 }

    /// The order of `count` things in an epoch: Fisher and Yates's shuffle, drawn from (seed, epoch).
    public static func permutation(count: Int, seed: UInt32, epoch: UInt32) -> [Int32] {
        var order = (0..<Int32(count)).map { $0 }
        guard count > 1 else { return order }
        let key = streamKey(seed: seed, step: epoch, stream: 0x7368_7566)
        for i in stride(from: count - 1, to: 0, by: -1) {
            let words = block(key: key, counter: (UInt32(truncatingIfNeeded: i), 0))
            let wide = UInt64(words.0) << 32 | UInt64(words.1)
            order.swapAt(i, Int(wide.multipliedFullWidth(by: UInt64(i + 1)).high))
        }
        return order
    }
}
