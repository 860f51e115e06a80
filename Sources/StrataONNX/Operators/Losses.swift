import StrataBackend
import StrataGraph

extension Operator {
    static let losses: [Operator] = [
        Operator("NegativeLogLikelihoodLoss") { call in
            [Value(try call.likelihoodLoss(call.number(0)), try call.operand(0).type)]
        },
        Operator("SoftmaxCrossEntropyLoss") { call in
            let scores = try call.number(0)
            guard scores.rank >= 2 else { throw call.fail("scores are \(scores.shape)", .shape) }
            let logarithms = scores.logSoftmax(axis: 1)
            let type = try call.operand(0).type
            return [Value(try call.likelihoodLoss(logarithms), type), Value(logarithms, type)]
        },
    ]
}

extension Call {
    /// Of logarithms of probabilities [N, C, …], those of the classes [N, …] that are named.
    fileprivate func likelihoodLoss(_ x: Tensor) throws -> Tensor {
        let labels = try number(1)
        guard x.rank >= 2, labels.rank == x.rank - 1 else { throw fail("\(labels.shape) for \(x.shape)", .shape) }
        let isLabel = Tensor.iota(x.shape, axis: 1).equal(labels.unsqueezed(1))
        let chosen = isLabel.select(x, .constant(0)).sum([1])
        var weight =
            try optionalNumber(2).map {
                isLabel.select($0.along(axis: 1, rank: x.rank), .constant(0)).sum([1])
            } ?? .constant(1, labels.shape)
        if has("ignore_index") {
            let ignored = Tensor.constant(Float(try int("ignore_index")))
            weight = labels.equal(ignored).select(.constant(0), weight)
        }
        let loss = -(chosen * weight)
        switch try string("reduction", "mean") {
        case "none": return loss
        case "sum": return loss.sum()
        case "mean": return loss.sum() / weight.sum()
        case let other: throw fail("reduction '\(other)' does not exist")
        }
    }
}
