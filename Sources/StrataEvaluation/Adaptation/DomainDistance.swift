public import StrataBackend
import StrataData

/// How well two domains can be told apart by their codes: what a fresh linear classifier learns on half of them, and tells of the
/// other half (Ben-David, Blitzer, Crammer and Pereira, "Analysis of representations for domain adaptation", 2006). The loss of
/// a network that a model was trained against says less: one that has learned nothing is as confused as one that cannot know.
public enum DomainDistance {
    /// The share of codes whose domain is told, from about ½ for domains that are alike to 1. As many codes of either domain
    /// are taken.
    ///
    /// Throws `shape` for codes of different widths, `data` for fewer than four of either domain.
    public static func accuracy(
        source: Codes, target: Codes, backend: any Backend, seed: UInt32 = 0
    ) throws -> Double {
        try source.requireSameWidth(as: target)
        for codes in [source, target] { try codes.require(4, for: "telling domains apart") }
        let half = min(source.count, target.count) / 2
        func labelled(_ places: [[Int]]) throws -> LabelledCodes {
            let values = source.rows(places[0]).values + target.rows(places[1]).values
            return try LabelledCodes(
                Codes(values, width: source.width),
                Labels(
                    values: places.enumerated().flatMap { [Int32](repeating: Int32($0), count: $1.count) },
                    classNames: JoinedDomains.names))
        }
        let orders = [source, target].enumerated().map { place, codes in
            Threefry.permutation(count: codes.count, seed: seed, epoch: 0x646F_6D61 &+ UInt32(place)).map { Int($0) }
        }
        return try LinearProbe.accuracy(
            train: labelled(orders.map { Array($0[..<half]) }),
            test: labelled(orders.map { Array($0[half..<2 * half]) }), backend: backend, seed: seed)
    }

    /// The proxy A-distance, `2 (1 − 2 ε)` of the error ε of telling domains apart: 0 for domains that are alike, 2 for such
    /// that are told apart without error.
    public static func proxy(accuracy: Double) -> Double { 2 * (2 * accuracy - 1) }
}
