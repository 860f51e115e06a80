import StrataBackend

/// The gradient rule of each op: given the gradient `g` of a node's result, those of its inputs (`nil` for an input
/// that has none, such as an index). `wanted` tells which inputs lead to a source.
func inputGradients(_ node: Node, _ g: Tensor, _ wanted: [Bool]) -> [Tensor?] {
    let inputs = node.inputs.map(Tensor.init(node:))
    let y = Tensor(node: node)
    switch node.op {
    case .input, .state, .constant, .literal, .iota, .stopGradient: return []
    case .random: return [nil]

    case .unary(let function): return [unaryGradient(function, inputs[0], y, g)]
    case .binary(let function): return binaryGradients(function, inputs[0], inputs[1], y, g)
    case .select:
        let zero = Tensor.constant(0, y.shape)
        return [nil, inputs[0].select(g, zero), inputs[0].select(zero, g)]
    case .cast(let dtype): return [dtype == .float32 && inputs[0].dtype == .float32 ? g : nil]

    case .broadcast(let shape, let axes):
        let from = inputs[0].shape
        let repeated = shape.indices.filter { axis in
            axes.firstIndex(of: axis).map { from[$0] != shape[axis] } ?? true
        }
        return [g.sum(repeated).reshape(from)]
    case .reshape: return [g.reshape(inputs[0].shape)]
    case .transpose(let permutation): return [g.transpose(inverse(permutation))]
    case .slice(let starts, _, let strides):
        let from = inputs[0].shape
        let covered = from.indices.map { y.shape[$0] == 0 ? 0 : (y.shape[$0] - 1) * strides[$0] + 1 }
        return [
            g.pad(
                low: from.indices.map { y.shape[$0] == 0 ? 0 : starts[$0] },
                high: from.indices.map { from[$0] - covered[$0] - (y.shape[$0] == 0 ? 0 : starts[$0]) },
                interior: strides.map { $0 - 1 })
        ]
    case .pad(let low, _, let interior):
        let from = inputs[0].shape
        let steps = interior.map { $0 + 1 }
        let limits = from.indices.map { low[$0] + (from[$0] == 0 ? 0 : (from[$0] - 1) * steps[$0] + 1) }
        return [g.slice(starts: low, limits: limits, strides: steps)]
    case .reverse(let axes): return [g.reverse(axes)]
    case .concatenate(let axis):
        var offset = 0
        return inputs.map { input in
            defer { offset += input.shape[axis] }
            return g.slice(offset..<offset + input.shape[axis], axis: axis)
        }

    case .windows(let size, let strides, let dilations):
        return [overlapAdd(g, onto: inputs[0].shape, size, strides, dilations)]

    case .reduce(.sum, let axes): return [spread(g, over: axes, of: inputs[0].shape)]
    case .reduce(_, let axes):
        // An extremum shared by several elements is shared by its gradient too.
        let isPeak = inputs[0].equal(spread(y, over: axes, of: inputs[0].shape))
        let share = g / isPeak.sum(axes)
        return [isPeak * spread(share, over: axes, of: inputs[0].shape)]
    case .dot(let axes): return dotGradients(axes, inputs[0], inputs[1], g, wanted)
    case .convolve(let window): return convolutionGradients(window, inputs[0], inputs[1], g, wanted)

    case .gather:
        guard inputs[0].dtype == .float32 else { return [nil, nil] }
        return [g.scatterAdd(to: inputs[0].shape[0], indices: inputs[1]), nil]
    case .scatterAdd: return [nil, g.gather(inputs[0])]
    case .addRows: return [g, nil, g.gather(inputs[1])]
    case .decompose(let method): return decompositionGradients(method, inputs, y, g)
    case .invalid: return []
    }
}

private func unaryGradient(_ function: Unary, _ x: Tensor, _ y: Tensor, _ g: Tensor) -> Tensor? {
    switch function {
    case .negate: -g
    case .absolute: g * x.sign()
    case .sign, .floor, .round, .isFinite: nil
    case .exponential: g * y
    case .exponentialMinusOne: g * (y + 1)
    case .logarithm: g / x
    case .logarithmOnePlus: g / (x + 1)
    case .squareRoot: g * 0.5 / y
    case .reciprocal: -(g * y * y)
    case .sine: g * x.cosine()
    case .cosine: -(g * x.sine())
    case .tanh: g * (1 - y * y)
    case .sigmoid: g * (y * (1 - y))
    case .softplus: g * x.sigmoid()
    // Through the result, which is not 0 just where x is positive, so that x need not outlive the forward pass.
    case .relu: y.select(g, .constant(0, g.shape))
    case .errorFunction: g * (-(x * x)).exponential() * 1.128_379_2
    }
}

private func binaryGradients(_ function: Binary, _ a: Tensor, _ b: Tensor, _ y: Tensor, _ g: Tensor) -> [Tensor?] {
    switch function {
    case .add: return [g, g]
    case .subtract: return [g, -g]
    case .multiply: return [g * b, g * a]
    case .divide: return [g / b, -(g * y / b)]
    case .maximum, .minimum:
        // Where both sides are equal each gets half, as the limit of both directions.
        let first = (function == .maximum ? a.greater(b) : a.less(b)) + a.equal(b) * 0.5
        return [g * first, g * (1 - first)]
    case .power:
        let zero = Tensor.constant(0, a.shape)
        return [
            b.equal(zero).select(zero, g * b * a.power(b - 1)),
            a.greater(0).select(g * y * a.maximum(.leastNormalMagnitude).logarithm(), zero),
        ]
    case .less, .lessOrEqual, .equal, .notEqual: return [nil, nil]
    }
}

/// Repeats a reduced tensor along the axes that it lost.
private func spread(_ tensor: Tensor, over axes: [Int], of shape: Shape) -> Tensor {
    tensor.broadcast(to: shape, axes: shape.indices.filter { !axes.contains($0) })
}

/// The transpose of `windows`: each place in a window sends its gradient back to where it was read, and what
/// several windows send to one element adds up.
private func overlapAdd(
    _ g: Tensor, onto shape: Shape, _ size: [Int], _ strides: [Int], _ dilations: [Int]
) -> Tensor {
    let lead = shape.rank - size.count
    let positions = Array(g.shape.extents.suffix(size.count))
    guard !positions.contains(0) else { return .constant(0, shape) }
    return placesInWindow(size).reduce(nil as Tensor?) { sum, place in
        let starts = Array(repeating: 0, count: lead) + place + positions.map { _ in 0 }
        let limits = g.shape.extents.prefix(lead) + place.map { $0 + 1 } + positions
        let part = g.slice(starts: starts, limits: Array(limits)).reshape(Shape(shape.extents.prefix(lead) + positions))
        let low = size.indices.map { place[$0] * dilations[$0] }
        let high = size.indices.map { shape[lead + $0] - low[$0] - dilated(positions[$0], strides[$0]) }
        let zeros = Array(repeating: 0, count: lead)
        let term = part.pad(low: zeros + low, high: zeros + high, interior: zeros + strides.map { $0 - 1 })
        return sum.map { $0 + term } ?? term
    } ?? .constant(0, shape)
}

/// All indices within a window, row-major.
private func placesInWindow(_ size: [Int]) -> [[Int]] {
    size.reduce([[]]) { places, extent in places.flatMap { place in (0..<extent).map { place + [$0] } } }
}

/// The order of axes that undoes another.
package func inverse(_ permutation: [Int]) -> [Int] {
    var inverse = permutation
    for (i, axis) in permutation.enumerated() { inverse[axis] = i }
    return inverse
}

/// g has the axes (batch, left free, right free). Contracting it with one side over that side's free axes leaves
/// the other side's axes in the order (batch, free, contracted), which a transposition then puts right.
private func dotGradients(_ axes: DotAxes, _ left: Tensor, _ right: Tensor, _ g: Tensor, _ wanted: [Bool]) -> [Tensor?]
{
    let batch = Array(0..<axes.leftBatch.count)
    let leftFree = axes.leftFree(rank: left.rank), rightFree = axes.rightFree(rank: right.rank)
    let gLeft = leftFree.indices.map { $0 + batch.count }
    let gRight = rightFree.indices.map { $0 + batch.count + leftFree.count }

    var gradients: [Tensor?] = [nil, nil]
    // A factor of zeros, as the state before the first step of a recurrence, sends nothing to the other.
    if wanted[0], !right.isZero {
        let product = g.dot(
            right,
            DotAxes(leftBatch: batch, rightBatch: axes.rightBatch, leftContract: gRight, rightContract: rightFree))
        // The contracted axes come out in the order that they have in the right side.
        let contracted = zip(axes.rightContract, axes.leftContract).sorted { $0.0 < $1.0 }.map(\.1)
        gradients[0] = product.transpose(inverse(axes.leftBatch + leftFree + contracted))
    }
    if wanted[1], !left.isZero {
        let product = left.dot(
            g, DotAxes(leftBatch: axes.leftBatch, rightBatch: batch, leftContract: leftFree, rightContract: gLeft))
        let contracted = zip(axes.leftContract, axes.rightContract).sorted { $0.0 < $1.0 }.map(\.1)
        gradients[1] = product.transpose(inverse(axes.rightBatch + contracted + rightFree))
    }
    return gradients
}

/// Both gradients of a convolution are convolutions: of the result's gradient with the flipped filter, and of the
/// input with the result's gradient, batch and channels exchanged; strides and dilations trade places.
private func convolutionGradients(
    _ window: ConvolutionWindow, _ x: Tensor, _ filter: Tensor, _ g: Tensor, _ wanted: [Bool]
) -> [Tensor?] {
    let groups = window.groups
    let (n, c, o) = (x.shape[0], x.shape[1], filter.shape[0])
    let input = [x.shape[2], x.shape[3]], kernel = [filter.shape[2], filter.shape[3]]
    let output = [g.shape[2], g.shape[3]]
    var gradients: [Tensor?] = [nil, nil]
    if wanted[0] {
        let low = (0..<2).map { dilated(kernel[$0], window.filterDilation[$0]) - 1 - window.paddingLow[$0] }
        let high = (0..<2).map {
            dilated(input[$0], window.inputDilation[$0]) - 1 + dilated(kernel[$0], window.filterDilation[$0])
                - dilated(output[$0], window.stride[$0]) - low[$0]
        }
        let exchanged =
            groups == 1
            ? filter.transpose([1, 0, 2, 3])
            : filter.reshape([groups, o / groups, c / groups, kernel[0], kernel[1]])
                .transpose([0, 2, 1, 3, 4]).reshape([c, o / groups, kernel[0], kernel[1]])
        gradients[0] = g.convolve(
            exchanged.reverse([2, 3]),
            ConvolutionWindow(
                stride: window.inputDilation, paddingLow: low, paddingHigh: high, inputDilation: window.stride,
                filterDilation: window.filterDilation, groups: groups))
    }
    if wanted[1] {
        let high = (0..<2).map {
            (kernel[$0] - 1) * window.filterDilation[$0] + dilated(output[$0], window.stride[$0])
                - dilated(input[$0], window.inputDilation[$0]) - window.paddingLow[$0]
        }
        let channels =
            groups == 1
            ? x.transpose([1, 0, 2, 3])
            : x.reshape([n, groups, c / groups, input[0], input[1]])
                .transpose([2, 1, 0, 3, 4]).reshape([c / groups, groups * n, input[0], input[1]])
        let product = channels.convolve(
            g.transpose([1, 0, 2, 3]),
            ConvolutionWindow(
                stride: window.filterDilation, paddingLow: window.paddingLow, paddingHigh: high,
                inputDilation: window.inputDilation, filterDilation: window.stride, groups: groups))
        gradients[1] = product.transpose([1, 0, 2, 3])
    }
    return gradients
}

/// After Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation"
/// (2008), and Murray, "Differentiation of the Cholesky decomposition" (2016).
private func decompositionGradients(
    _ method: Decompose.Method, _ inputs: [Tensor], _ y: Tensor, _ g: Tensor
) -> [Tensor?] {
    let n = inputs[0].shape[0]
    switch method {
    case .solve:
        let x = y.reshape(inputs[1].shape)
        let right = inputs[0].transpose().solve(g.reshape(inputs[1].shape))
        return [-right.dotTransposed(x), right]
    case .symmetricEigen:
        let values = y.slice(0..<n, axis: 0), vectors = y.slice(n..<n + n * n, axis: 0).reshape([n, n])
        let gValues = g.slice(0..<n, axis: 0), gVectors = g.slice(n..<n + n * n, axis: 0).reshape([n, n])
        let identity = Tensor.identity(n)
        // 1 / (λⱼ − λᵢ) off the diagonal, 0 on it.
        let gaps = values.reshape([1, n]) - values.reshape([n, 1]) + identity
        let inner = (1 - identity) / gaps * vectors.transpose().dot(gVectors) + identity * gValues.reshape([1, n])
        let gradient = vectors.dot(inner).dotTransposed(vectors)
        return [(gradient + gradient.transpose()) * 0.5]
    case .cholesky:
        let l = y.reshape([n, n])
        let rows = Tensor.iota([n, n], axis: 0), columns = Tensor.iota([n, n], axis: 1)
        // The lower triangle with half its diagonal.
        let half = rows.greater(columns) + rows.equal(columns) * 0.5
        let inner = l.transpose().dot(g.reshape([n, n])) * half
        let left = l.transpose().solve(inner)
        let gradient = l.transpose().solve(left.transpose()).transpose()
        return [(gradient + gradient.transpose()) * 0.5]
    case .singularValues, .qr:
        return [.invalid("gradient: \(method) has none; use symmetricEigen of AᵀA, or solve")]
    }
}

extension Tensor {
    init(node: Node) { self.node = node }
}
