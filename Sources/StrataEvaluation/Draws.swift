import Foundation
import StrataBackend

/// Numbers one after another from Threefry: the same for the same seed and stream, on any machine.
struct Draws {
    private let key: Threefry.Words
    private var counter: UInt32 = 0

    init(seed: UInt32, stream: UInt32, number: UInt32 = 0) {
        key = Threefry.streamKey(seed: seed, step: number, stream: stream)
    }

    /// From 0 to `count` − 1.
    ///
    /// - Precondition: `count` is positive.
    mutating func next(below count: Int) -> Int {
        let words = Threefry.block(key: key, counter: (counter, 0))
        counter &+= 1
        let wide = UInt64(words.0) << 32 | UInt64(words.1)
        return Int(wide.multipliedFullWidth(by: UInt64(count)).high)
    }

    /// From the standard normal distribution (Box and Muller 1958).
    mutating func normal() -> Double {
        let words = Threefry.block(key: key, counter: (counter, 0))
        counter &+= 1
        let radius = (-2 * log(1 - Double(Threefry.uniform(words.0)))).squareRoot()
        return radius * cos(2 * .pi * Double(Threefry.uniform(words.1)))
    }
}
