import Foundation
import StrataBackend
import StrataCompiler
import StrataGraph
import StrataModels
import StrataNN

/// A way from one code to another.
public enum LatentPath: String, Sendable, Hashable, CaseIterable {
    /// Along the straight line.
    case linear
    /// Along the arc between their directions (Shoemake, "Animating rotation with quaternion curves", 1985), so that codes
    /// on the way are as long as those at the ends: the midpoint of two draws of a Gaussian is as probable as they are
    /// (White, "Sampling generative networks", 2016). Straight where the ends are opposite, or one is 0.
    case spherical
    /// The shortest among the examples: the curve whose decoded points are as near to each other as can be (Shao, Kumar
    /// and Fletcher, "The Riemannian geometry of deep generative models", 2018), found by descent from the straight line.
    case geodesic

    /// Codes at even steps from `a` to `b`, both included; from `a` alone where there is a single step. [steps · code],
    /// of which a geodesic is only the beginning.
    func codes(from a: ArraySlice<Float>, to b: ArraySlice<Float>, steps: Int) -> [Float] {
        let angle = self == .spherical ? Self.angle(a, b) : 0
        return (0..<steps).flatMap { step -> [Float] in
            let t = steps > 1 ? Double(step) / Double(steps - 1) : 0
            let isArc = sin(angle) > 1e-6
            let (first, second) =
                isArc ? (sin((1 - t) * angle) / sin(angle), sin(t * angle) / sin(angle)) : (1 - t, t)
            return zip(a, b).map { $0 * Float(first) + $1 * Float(second) }
        }
    }

    private static func angle(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
        func dot(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
            zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        let lengths = (dot(a, a) * dot(b, b)).squareRoot()
        return lengths > 0 ? acos(min(max(dot(a, b) / lengths, -1), 1)) : 0
    }
}

extension Predictor {
    /// Examples on the way from one to another: for each pair of rows of `from` and `to`, `steps` of them.
    ///
    /// Ends are examples for a model with an encoder, codes for one without. Throws `unsupported` for a model without a
    /// decoder, `shape` for rows that do not pair.
    public func interpolate(
        from: [Float], to: [Float], steps: Int, along path: LatentPath = .linear
    ) throws -> [Float] {
        guard let decoder = model as? any DecodingModel else { throw unable("interpolate: it has no decoder") }
        if path == .geodesic, model.hasTokens {
            throw unable("interpolate along a geodesic: its examples are tokens, which have no gradient")
        }
        let hasEncoder = model is any EncodingModel
        let (a, b) = hasEncoder ? (try encode(from).codes, try encode(to).codes) : (from, to)
        let width = decoder.codeSize
        guard a.count == b.count, width > 0, a.count % width == 0, steps > 0 else {
            throw StrataError(
                .shape,
                "interpolate: \(from.count) and \(to.count) numbers are not as many rows, with \(steps) steps between")
        }
        var codes: [Float] = []
        for start in stride(from: 0, to: a.count, by: width) {
            let row = start..<start + width
            codes += path.codes(from: a[row], to: b[row], steps: steps)
        }
        if path == .geodesic, steps > 2, !a.isEmpty { codes = try shortened(codes, decoder, steps: steps) }
        return try decode(codes)
    }

    /// The curves [curves · steps, code] with the same ends and the least energy, the sum of the squared distances
    /// between the examples of neighbouring codes: of curves with that least energy none is shorter.
    private func shortened(_ codes: [Float], _ decoder: any DecodingModel, steps: Int) throws -> [Float] {
        let width = decoder.codeSize
        let (curves, all) = (codes.count / (steps * width), Tensor.input("start", [codes.count / width, width]))
        // What moves are the codes between, as differences from where they were.
        let place = Tensor.iota([curves, steps, width], axis: 1)
        let inside = place.greater(0.5) * place.less(Float(steps) - 1.5)
        return try minimized(["start": codes], [curves, steps, width], scale: spread(codes, width)) { moved in
            let points = all + (moved * inside).reshape([curves * steps, width])
            let examples = decoder.decode(points).reshape([curves, steps, features])
            let legs = examples.slice(1..<steps, axis: 1) - examples.slice(0..<steps - 1, axis: 1)
            return (legs.squared().sum(), points)
        }
    }

    /// The root of the mean square about the mean of all numbers: what a step is measured in.
    private func spread(_ values: [Float], _ width: Int) -> Float {
        let mean = values.reduce(0, +) / Float(max(values.count, 1))
        let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(max(values.count, 1))
        return square > 0 ? square.squareRoot() : 1
    }
}
