import StrataBackend
import StrataCompiler
import StrataGraph
import StrataModels

/// What single numbers of a code stand for, as examples to look at.
extension Predictor {
    /// The direction in which each of the first numbers of a code grows fastest at an example: the gradient of the number,
    /// [count, features]. Of a single layer that is its weights, but for a factor.
    ///
    /// Throws `unsupported` for a model without an encoder, or whose code has no gradient.
    public func receptiveFields(at example: [Float], count: Int) throws -> [Float] {
        guard let model = model as? any EncodingModel else { throw unable("show its filters: it has no encoder") }
        guard !model.hasTokens else {
            throw unable("show its filters: its examples are tokens, which have no gradient")
        }
        guard example.count == features else {
            throw StrataError(.shape, "receptiveFields: \(example.count) numbers are no example of \(features)")
        }
        let width = model.encode(.input("example", [1, features])).shape.last ?? 0
        let count = min(count, width)
        // A row for each number, so that one gradient gives all: of number j, it takes row j.
        let rows = Tensor.input("example", [1, features]).broadcast(to: [count, features], axes: [0, 1])
        let codes = model.encode(rows)
        let isOwn = Tensor.iota([count, width], axis: 0).equal(.iota([count, width], axis: 1))
        let fields = gradient(of: (codes * isOwn).sum(), withRespectTo: [rows])[0]
        guard let graph = try? Graph(outputs: [("fields", fields)]) else {
            throw unable("show its filters: its code has no gradient")
        }
        let values = try session.prepare(graph).results(["example": example])
        guard values.contains(where: { $0 != 0 }) else { throw unable("show its filters: its code has no gradient") }
        return values
    }
}
