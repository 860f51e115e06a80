import StrataBackend
import StrataModels
public import StrataTraining

/// The codes of a model as a space to move in: of any model that makes examples of codes, whether it encodes or has its
/// decoder inverted.
///
/// ```
/// let space = LatentSpace(predictor)
/// let sleeves = try LatentSpace.attribute(codes, isLong)
/// let images = try space.decode(LatentSpace.moved(codes, along: sleeves, by: [-1, 0, 1]))
/// ```
public struct LatentSpace: Sendable {
    /// The model.
    public let model: Predictor
    /// The numbers of a code.
    public let width: Int
    private let seed: UInt32

    /// Throws `unsupported` for a model without a decoder, or whose codes are not those that it decodes.
    ///
    /// - `seed`: Of the inversion, for a model without an encoder.
    public init(_ model: Predictor, seed: UInt32 = 0) throws {
        guard let decoder = model.model as? any DecodingModel else {
            throw StrataError(.unsupported, "this model has no latent space to move in: it has no decoder")
        }
        (self.model, width, self.seed) = (model, decoder.codeSize, seed)
    }

    /// Whether codes are found by descent, which takes long, for want of an encoder.
    public var invertsDecoder: Bool { !(model.model is any EncodingModel) }

    /// The codes of examples [count · features].
    public func encode(_ examples: [Float]) throws -> Codes {
        guard !invertsDecoder else { return try Codes(model.invert(examples, seed: seed), width: width) }
        let (codes, size) = try model.encode(examples)
        guard size == width || examples.isEmpty else {
            throw StrataError(
                .unsupported, "this model has no latent space: it encodes to \(size) numbers and decodes \(width)")
        }
        return try Codes(codes, width: width)
    }

    /// The examples of codes: [count · features].
    public func decode(_ codes: Codes) throws -> [Float] { try model.decode(codes.values) }

    /// The direction of an attribute: the mean code of the examples that have it, less that of those that have it not
    /// (Larsen et al., "Autoencoding beyond pixels using a learned similarity metric", 2016).
    ///
    /// Throws `shape` where there is not one answer for each code, `data` where all have it or none.
    public static func attribute(_ codes: Codes, _ has: [Bool]) throws -> [Float] {
        guard has.count == codes.count else {
            throw StrataError(.shape, "\(has.count) attributes do not fit \(codes.count) codes")
        }
        let groups = [true, false].map { wanted in codes.rows(has.indices.filter { has[$0] == wanted }) }
        guard groups[0].count > 0, groups[1].count > 0 else {
            throw StrataError(
                .data, "an attribute that \(groups[0].count > 0 ? "all" : "no") examples have has no direction")
        }
        let means = groups.map { $0.moments().means }
        return zip(means[0], means[1]).map { Float($0 - $1) }
    }

    /// The mean code of the examples that have something. Throws `data` where none has.
    public func mean(_ codes: Codes, _ has: [Bool]) throws -> [Float] {
        let having = codes.rows(has.indices.filter { has[$0] })
        try having.require(1, for: "a mean code")
        return having.moments().means.map { Float($0) }
    }

    /// The positions of the nearest codes, the nearest first, for each of some codes.
    public func nearest(_ codes: Codes, among known: Codes, count: Int) throws -> [[Int]] {
        try codes.requireSameWidth(as: known)
        var found: [[Int]] = []
        try NearestNeighbours.search(codes, among: known, count: count, backend: model.backend) { found.append($1) }
        return found
    }

    /// The mean of codes, one of whose first numbers after the other goes from so many standard deviations below the mean
    /// to as many above: [units · steps, width].
    ///
    /// Throws `data` for no codes, `usage` for less than 2 steps or more units than there are.
    public static func traversals(of codes: Codes, units: Int, steps: Int, deviations: Double) throws -> Codes {
        try codes.require(1, for: "a traversal")
        guard steps > 1, (0...codes.width).contains(units) else {
            throw StrataError(
                .usage, "\(units) units in \(steps) steps: codes have \(codes.width), and 2 steps are least")
        }
        let (means, variances) = codes.moments()
        let values = (0..<units).flatMap { unit in
            (0..<steps).flatMap { step -> [Float] in
                var code = means
                code[unit] += deviations * variances[unit].squareRoot() * (2 * Double(step) / Double(steps - 1) - 1)
                return code.map { Float($0) }
            }
        }
        return try Codes(values, width: codes.width)
    }

    /// Codes moved along a direction, each to all of some multiples of it: [codes.count · multiples.count, width].
    public static func moved(_ codes: Codes, along direction: [Float], by multiples: [Float]) throws -> Codes {
        guard direction.count == codes.width else {
            throw StrataError(.shape, "a direction of \(direction.count) numbers is none of codes of \(codes.width)")
        }
        let values = (0..<codes.count).flatMap { row in
            multiples.flatMap { multiple in
                zip(codes.values[row * codes.width..<(row + 1) * codes.width], direction).map { $0 + multiple * $1 }
            }
        }
        return try Codes(values, width: codes.width)
    }

    /// Codes near others: each with as much noise in every number as that varies among `codes`, times `deviations`.
    ///
    /// - `count`: Of each code: [codes.count · count, width], those of a code one after the other.
    public static func variations(
        of centres: Codes, among codes: Codes, count: Int, deviations: Double, seed: UInt32
    ) throws -> Codes {
        try codes.requireSameWidth(as: centres)
        let scales = codes.moments().variances.map { $0.squareRoot() * deviations }
        var draws = Draws(seed: seed, stream: 0x7661_7279)
        let values = (0..<centres.count * count * codes.width).map { place -> Float in
            let (row, unit) = (place / codes.width / count, place % codes.width)
            return centres.values[row * codes.width + unit] + Float(scales[unit] * draws.normal())
        }
        return try Codes(values, width: codes.width)
    }
}
