import StrataBackend
import StrataGraph

extension Graph {
    /// Folds transpositions into contractions: a transposed operand becomes other axes of the same `dot`, and a
    /// transposed result becomes the `dot` with its sides exchanged. A contraction reads any strides, so the
    /// transposition costs nothing there, while a transposed result would keep its consumers from fusing.
    func withTransposesFolded() throws -> Graph {
        try rewritten { builder, node in
            switch node.op {
            case .dot(var axes):
                var inputs = node.inputs
                if case .transpose(let permutation) = builder[inputs[0]].op {
                    let free = axes.leftFree(rank: permutation.count).map { permutation[$0] }
                    if free == free.sorted() {
                        axes.leftBatch = axes.leftBatch.map { permutation[$0] }
                        axes.leftContract = axes.leftContract.map { permutation[$0] }
                        inputs[0] = builder[inputs[0]].inputs[0]
                    }
                }
                if case .transpose(let permutation) = builder[inputs[1]].op {
                    let free = axes.rightFree(rank: permutation.count).map { permutation[$0] }
                    if free == free.sorted() {
                        axes.rightBatch = axes.rightBatch.map { permutation[$0] }
                        axes.rightContract = axes.rightContract.map { permutation[$0] }
                        inputs[1] = builder[inputs[1]].inputs[0]
                    }
                }
                return try builder.add(.dot(axes), inputs, location: node.location)

            case .transpose(let permutation):
                let input = builder[node.inputs[0]]
                if case .dot(let axes) = input.op {
                    let batch = axes.leftBatch.count
                    let left = axes.leftFree(rank: builder[input.inputs[0]].type.shape.rank).count
                    let exchanged = Array(0..<batch) + (batch + left..<permutation.count) + (batch..<batch + left)
                    if permutation == exchanged {
                        return try builder.add(
                            .dot(axes.exchanged), input.inputs.reversed(), location: input.location)
                    }
                }
                return try builder.add(node.op, node.inputs, location: node.location)

            default: return try builder.add(node.op, node.inputs, location: node.location)
            }
        }
    }
}

extension DotAxes {
    /// The same contraction with its sides exchanged.
    fileprivate var exchanged: DotAxes {
        DotAxes(
            leftBatch: rightBatch, rightBatch: leftBatch, leftContract: rightContract, rightContract: leftContract)
    }
}
