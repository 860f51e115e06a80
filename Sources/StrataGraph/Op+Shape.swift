package import StrataBackend

/// Why inputs do not fit an op.
package struct ShapeMismatch: Error {
    package let message: String
    init(_ message: String) { self.message = message }
}

extension Op {
    /// The shape rule of each op: the type of its result, or what is wrong with its inputs or attributes.
    package func resultType(_ inputs: [TensorType]) throws(ShapeMismatch) -> TensorType {
        let type = try rule(inputs)
        if let extent = type.shape.first(where: { $0 < 0 }) {
            throw ShapeMismatch("expected extents that are not negative, \(type.shape) has \(extent)")
        }
        try require(type.shape.isPossible, "\(type.shape) has more elements than any memory")
        return type
    }

    private func rule(_ inputs: [TensorType]) throws(ShapeMismatch) -> TensorType {
        switch self {
        case .input(_, let type):
            try expect(inputs, count: 0)
            return type
        case .state(let variable):
            try expect(inputs, count: 0)
            return variable.type
        case .constant(_, let shape):
            try expect(inputs, count: 0)
            return TensorType(shape)
        case .literal(let literal):
            try expect(inputs, count: 0)
            return literal.type
        case .iota(let shape, let axis):
            try expect(inputs, count: 0)
            try require(shape.indices.contains(axis), "axis \(axis) of \(shape)")
            return TensorType(shape)
        case .random(_, _, let shape):
            try expect(inputs, count: 1)
            try require(inputs[0] == TensorType([2], .int32), "the key is \(inputs[0]), expected int32 [2]")
            return TensorType(shape)

        case .unary:
            try expect(inputs, count: 1, float: true)
            return inputs[0]
        case .binary:
            try expect(inputs, count: 2, float: true)
            try require(inputs[0] == inputs[1], "shapes \(inputs[0].shape) and \(inputs[1].shape) differ")
            return inputs[0]
        case .select:
            try expect(inputs, count: 3, float: true)
            try require(
                inputs[0] == inputs[1] && inputs[1] == inputs[2],
                "shapes \(inputs[0].shape), \(inputs[1].shape) and \(inputs[2].shape) differ")
            return inputs[0]
        case .cast(let dtype):
            try expect(inputs, count: 1)
            return TensorType(inputs[0].shape, dtype)
        case .stopGradient:
            try expect(inputs, count: 1)
            return inputs[0]

        case .broadcast(let shape, let axes):
            try expect(inputs, count: 1)
            let from = inputs[0].shape
            try require(
                axes.count == from.rank && axes.allSatisfy(shape.indices.contains)
                    && zip(axes, axes.dropFirst()).allSatisfy(<),
                "axes \(axes) do not place \(from) in \(shape)")
            for (axis, extent) in zip(axes, from) {
                try require(extent == shape[axis] || extent == 1, "\(from) does not fit into \(shape)")
            }
            return TensorType(shape, inputs[0].dtype)
        case .reshape(let shape):
            try expect(inputs, count: 1)
            try require(
                shape.elementCount == inputs[0].shape.elementCount,
                "\(inputs[0].shape) has \(inputs[0].shape.elementCount) elements, expected \(shape.elementCount) for \(shape)"
            )
            return TensorType(shape, inputs[0].dtype)
        case .transpose(let permutation):
            try expect(inputs, count: 1)
            try require(
                permutation.sorted() == Array(0..<inputs[0].shape.rank),
                "\(permutation) is not a permutation of the axes of \(inputs[0].shape)")
            return TensorType(Shape(permutation.map { inputs[0].shape[$0] }), inputs[0].dtype)
        case .slice(let starts, let limits, let strides):
            try expect(inputs, count: 1)
            let shape = inputs[0].shape
            try require(
                [starts.count, limits.count, strides.count].allSatisfy { $0 == shape.rank },
                "bounds do not have the rank of \(shape)")
            var extents: [Int] = []
            for axis in 0..<shape.rank {
                try require(
                    0 <= starts[axis] && starts[axis] <= limits[axis] && limits[axis] <= shape[axis]
                        && strides[axis] > 0,
                    "\(starts[axis])..<\(limits[axis]) by \(strides[axis]) lies outside axis \(axis) of \(shape)")
                let length = limits[axis] - starts[axis]
                extents.append(length == 0 ? 0 : (length - 1) / strides[axis] + 1)
            }
            return TensorType(Shape(extents), inputs[0].dtype)
        case .pad(let low, let high, let interior):
            try expect(inputs, count: 1)
            let shape = inputs[0].shape
            try require(
                [low.count, high.count, interior.count].allSatisfy { $0 == shape.rank }
                    && (low + high + interior).allSatisfy { 0...1 << 48 ~= $0 },
                "padding \(low), \(high), \(interior) does not fit \(shape)")
            return TensorType(
                Shape(
                    shape.indices.map {
                        let between = max(shape[$0] - 1, 0).saturatingMultiplied(by: interior[$0])
                        return low[$0].saturatingAdding(high[$0]).saturatingAdding(shape[$0]).saturatingAdding(between)
                    }),
                inputs[0].dtype)
        case .reverse(let axes):
            try expect(inputs, count: 1)
            try require(axes.allSatisfy(inputs[0].shape.indices.contains), "axes \(axes) of \(inputs[0].shape)")
            return inputs[0]
        case .concatenate(let axis):
            guard var result = inputs.first else { throw ShapeMismatch("nothing to concatenate") }
            try require(result.shape.indices.contains(axis), "axis \(axis) of \(result.shape)")
            for other in inputs.dropFirst() {
                var rest = other
                if rest.shape.rank == result.shape.rank { rest.shape.extents[axis] = result.shape[axis] }
                try require(rest == result, "\(inputs[0].shape) and \(other.shape) differ beside axis \(axis)")
            }
            result.shape.extents[axis] = inputs.reduce(0) { $0.saturatingAdding($1.shape[axis]) }
            return result

        case .windows(let size, let strides, let dilations):
            try expect(inputs, count: 1)
            let shape = inputs[0].shape
            let lead = shape.rank - size.count
            try require(
                lead >= 0 && strides.count == size.count && dilations.count == size.count
                    && (size + strides + dilations).allSatisfy { $0 > 0 },
                "windows of \(size) by \(strides), \(dilations) do not fit \(shape)")
            let positions = size.indices.map { axis in
                let room = shape[lead + axis] - dilated(size[axis], dilations[axis])
                return room < 0 ? 0 : room / strides[axis] + 1
            }
            return TensorType(Shape(shape.extents.prefix(lead) + size + positions), inputs[0].dtype)

        case .reduce(_, let axes):
            try expect(inputs, count: 1, float: true)
            let shape = inputs[0].shape
            try require(
                Set(axes).count == axes.count && axes.allSatisfy(shape.indices.contains), "axes \(axes) of \(shape)")
            return TensorType(Shape(shape.indices.filter { !axes.contains($0) }.map { shape[$0] }))
        case .dot(let axes):
            try expect(inputs, count: 2, float: true)
            return TensorType(try axes.resultShape(inputs[0].shape, inputs[1].shape))
        case .convolve(let window):
            try expect(inputs, count: 2, float: true)
            return TensorType(try window.resultShape(input: inputs[0].shape, filter: inputs[1].shape))

        case .gather:
            try expect(inputs, count: 2)
            try require(inputs[0].shape.rank > 0, "a scalar has no rows")
            try require(
                inputs[0].shape[0] > 0 || inputs[1].shape.elementCount == 0, "the table \(inputs[0].shape) has no rows")
            try require(
                inputs[1].dtype == .int32 && inputs[1].shape.rank == 1, "indices are \(inputs[1]), expected int32 [n]")
            return TensorType(
                Shape([inputs[1].shape[0]] + inputs[0].shape.extents.dropFirst()), inputs[0].dtype)
        case .scatterAdd(let rows):
            try expect(inputs, count: 2)
            try require(
                inputs[0].dtype == .int32 && inputs[0].shape.rank == 1 && inputs[1].dtype == .float32
                    && inputs[1].shape.rank > 0 && inputs[1].shape[0] == inputs[0].shape[0],
                "indices are \(inputs[0]) and updates \(inputs[1]), expected int32 [n] and float32 [n, …]")
            try require(rows > 0 || inputs[0].shape[0] == 0, "\(inputs[0].shape[0]) updates for \(rows) rows")
            return TensorType(Shape([rows] + inputs[1].shape.extents.dropFirst()))
        case .addRows:
            try expect(inputs, count: 3)
            try require(
                inputs[0].dtype == .float32 && inputs[0].shape.rank > 0 && inputs[1].dtype == .int32
                    && inputs[1].shape.rank == 1 && inputs[2].dtype == .float32
                    && inputs[2].shape.extents == inputs[1].shape.extents + inputs[0].shape.extents.dropFirst(),
                "a table \(inputs[0]), indices \(inputs[1]) and rows \(inputs[2]), expected float32 [rows, …], int32 [n] "
                    + "and float32 [n, …]")
            try require(inputs[0].shape[0] > 0 || inputs[1].shape[0] == 0, "the table \(inputs[0].shape) has no rows")
            return inputs[0]

        case .decompose(let method):
            try expect(inputs, count: inputs.count, float: true)
            return TensorType(
                [try method.resultShapes(inputs.map(\.shape)).reduce(0) { $0.saturatingAdding($1.elementCount) }])

        case .invalid(let message):
            throw ShapeMismatch(message)
        }
    }
}

private func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(ShapeMismatch) {
    if !condition { throw ShapeMismatch(message()) }
}

private func expect(_ inputs: [TensorType], count: Int, float: Bool = false) throws(ShapeMismatch) {
    try require(inputs.count == count, "\(inputs.count) inputs, expected \(count)")
    if float, let other = inputs.first(where: { $0.dtype != .float32 }) {
        throw ShapeMismatch("an input is \(other), expected float32; cast it")
    }
}

extension DotAxes {
    func resultShape(_ left: Shape, _ right: Shape) throws(ShapeMismatch) -> Shape {
        let (used, usedRight) = (leftBatch + leftContract, rightBatch + rightContract)
        try require(
            Set(used).count == used.count && used.allSatisfy(left.indices.contains)
                && Set(usedRight).count == usedRight.count && usedRight.allSatisfy(right.indices.contains)
                && leftBatch.count == rightBatch.count && leftContract.count == rightContract.count,
            "axes \(leftBatch), \(leftContract) and \(rightBatch), \(rightContract) of \(left) and \(right)")
        for (l, r) in zip(used, usedRight) {
            try require(
                left[l] == right[r], "axis \(l) of \(left) has \(left[l]), axis \(r) of \(right) has \(right[r])")
        }
        return Shape(
            leftBatch.map { left[$0] } + leftFree(rank: left.rank).map { left[$0] }
                + rightFree(rank: right.rank).map { right[$0] })
    }
}

extension ConvolutionWindow {
    func resultShape(input: Shape, filter: Shape) throws(ShapeMismatch) -> Shape {
        try require(
            input.rank == 4 && filter.rank == 4,
            "input is \(input), filter \(filter); expected [N, C, H, W] and [O, C, KH, KW]")
        try require(
            groups > 0 && input[1] == filter[1].saturatingMultiplied(by: groups) && filter[0] % groups == 0,
            "input has \(input[1]) channels, the filter has \(filter[1]) in each of \(groups) groups")
        try require(
            [stride, paddingLow, paddingHigh, inputDilation, filterDilation].allSatisfy { $0.count == 2 }
                && (stride + inputDilation + filterDilation).allSatisfy { $0 > 0 },
            "strides and dilations are pairs of positive numbers")
        try require(
            (stride + paddingLow + paddingHigh + inputDilation + filterDilation).allSatisfy { $0.magnitude <= 1 << 31 },
            "strides, padding and dilations are at most 2³¹")
        var extents = [input[0], filter[0]]
        for axis in 0..<2 {
            let span = dilated(input[axis + 2], inputDilation[axis])
                .saturatingAdding(paddingLow[axis]).saturatingAdding(paddingHigh[axis])
            let window = dilated(filter[axis + 2], filterDilation[axis])
            try require(max(span, window) <= 1 << 48, "the padded input and the dilated filter are too large")
            extents.append(span < window || window == 0 ? 0 : (span - window) / stride[axis] + 1)
        }
        return Shape(extents)
    }
}

/// The extent of `count` elements with `dilation − 1` zeros between neighbours, saturating.
package func dilated(_ count: Int, _ dilation: Int) -> Int {
    count <= 0 ? 0 : (count - 1).saturatingMultiplied(by: dilation).saturatingAdding(1)
}

extension Decompose.Method {
    /// The shapes of the results, in their order.
    package func resultShapes(_ inputs: [Shape]) throws(ShapeMismatch) -> [Shape] {
        try require(
            inputs.count == (self == .solve ? 2 : 1) && inputs.allSatisfy { $0.rank == 2 },
            "expected \(self == .solve ? "two matrices" : "a matrix"), the inputs are \(inputs)")
        let (m, n) = (inputs[0][0], inputs[0][1])
        let r = min(m, n)
        switch self {
        case .singularValues: return [[m, r], [r], [r, n]]
        case .qr: return [[m, r], [r, n]]
        case .symmetricEigen:
            try require(m == n, "\(inputs[0]) is not square")
            return [[n], [n, n]]
        case .cholesky:
            try require(m == n, "\(inputs[0]) is not square")
            return [[n, n]]
        case .solve:
            try require(m == n && inputs[1][0] == n, "\(inputs[0]) and \(inputs[1]) do not fit")
            return [inputs[1]]
        }
    }
}
