import StrataBackend
import StrataGraph

extension GraphCase {
    private static let floats: [Float] = [0.5, -1, 2, 0.25, 3, -0.75, 1.5, 1, -2, 0.125, -0.5, 4]

    /// Constant arrays, in all places where an input may stand.
    static let literals: [GraphCase] = [
        GraphCase("literal as a factor", [Input([3, 4])]) { x in x[0].squared() * .literal(floats, [3, 4]) },
        GraphCase("literal in a contraction", [Input([2, 3])]) { x in x[0].dot(.literal(floats, [3, 4])).tanh() },
        GraphCase("literal in a contraction, transposed", [Input([2, 4])]) { x in
            x[0].dotTransposed(.literal(floats, [3, 4])).squared()
        },
        GraphCase("literal, broadcast", [Input([3, 4])]) { x in
            x[0].squared() + .literal([1, 2, 3, 4] as [Float], [4]) * .literal([0.5, 1, 2] as [Float], [3, 1])
        },
        GraphCase("literal, sliced and reversed", [Input([2, 3])]) { x in
            let part = Tensor.literal(floats, [4, 3]).slice(starts: [1, 0], limits: [4, 3], strides: [2, 1])
            return x[0].exponential() * part.reverse([1])
        },
        GraphCase("literal as a table of rows", [Input([3, 3])]) { x in
            x[0] * Tensor.literal(floats, [4, 3]).gather((Tensor.iota([3]) + 1).cast(to: .int32)).sine()
        },
        GraphCase("literal as indices", [Input([5, 2])]) { x in
            x[0].gather(.literal([4, 0, 0, 3] as [Int32], [4])).squared()
        },
        GraphCase("literal of bytes", [Input([2, 3])]) { x in
            x[0].squared() * Tensor.literal([0, 255, 7, 1, 2, 128] as [UInt8], [2, 3]).cast(to: .float32)
        },
        GraphCase("literal as a filter", [Input([1, 1, 4, 4])]) { x in
            x[0].convolve(.literal(floats, [3, 1, 2, 2])).squared()
        },
        GraphCase("literal as a result", [Input([2])], derivatives: 0) { x in
            Tensor.concatenate([.literal(floats, [12]), x[0]])
        },
        GraphCase("literal of equal elements, and of none", [Input([3])]) { x in
            x[0].squared() * .literal([2, 2, 2] as [Float], [3]) + Tensor.literal([] as [Float], [0]).sum()
        },
    ]
}
