public import StrataBackend

extension Program {
    /// Throws `shape` unless every kernel is well formed and stays inside its slots: accesses of the right rank,
    /// values defined before they are used, and all that can be read or written within the slot's bytes.
    ///
    /// Cost: the size of the program, not of its data.
    public func check() throws {
        for (number, kernel) in kernels.enumerated() {
            let label = number < labels.count ? labels[number] : "unnamed"
            do {
                try KernelCheck(slots: slots).check(kernel)
            } catch let error as StrataError {
                throw StrataError(error.kind, "kernel \(number) (\(label)): \(error.message)")
            }
        }
    }
}

private struct KernelCheck {
    let slots: [Program.Slot]

    func check(_ kernel: Kernel) throws {
        switch kernel {
        case .map(let map):
            try check(map.expression, map.stores, over: map.extents, hasAccumulator: false)
        case .reduce(let reduce):
            try check(reduce.prologue, [], over: reduce.kept + reduce.reduced, hasAccumulator: false)
            try require(!reduce.prologue.instructions.isEmpty, "the prologue of a reduction computes nothing")
            try check(reduce.epilogue, reduce.stores, over: reduce.kept, hasAccumulator: true)
        case .contract(let contract):
            let (batch, m, n, k) = (contract.batch, contract.m, contract.n, contract.k)
            try check(contract.lhs, over: batch + m + k)
            try check(contract.rhs, over: batch + k + n)
            try require(contract.lhs.dtype == .float32 && contract.rhs.dtype == .float32, "operands must be float32")
            try check(contract.epilogue, contract.stores, over: batch + m + n, hasAccumulator: true)
        case .convolve(let convolve):
            try check(convolve)
        case .scatterAdd(let scatter):
            try check(scatter.target, .float32)
            try check(scatter.indices, .int32)
            try check(scatter.updates, .float32)
            let (rows, width) = (scatter.target.shape.first, scatter.target.shape.dropFirst().reduce(1, *))
            try require(rows != nil, "the target of a scatter has no rows")
            try require(
                scatter.updates.shape.elementCount == scatter.indices.shape.elementCount * width,
                "updates \(scatter.updates.shape) do not fit \(scatter.indices.shape) indices of rows of \(width)")
        case .decompose(let decompose):
            try check(decompose)
        }
    }

    private func check(_ convolve: Convolve) throws {
        try check(convolve.input, .float32)
        try check(convolve.filter, .float32)
        let (image, taps, output) = (convolve.input.shape, convolve.filter.shape, convolve.outputShape)
        let window = convolve.window
        let pairs = [
            window.stride, window.paddingLow, window.paddingHigh, window.inputDilation, window.filterDilation,
        ]
        try require(
            image.rank == 4 && taps.rank == 4 && output.rank == 4 && pairs.allSatisfy { $0.count == 2 },
            "a convolution is of four dimensions and its window of two")
        try require(
            window.groups > 0
                && [window.stride, window.inputDilation, window.filterDilation].joined().allSatisfy { $0 > 0 },
            "groups, strides and dilations are at least 1")
        try require(
            taps[1] * window.groups == image[1] && taps[0].isMultiple(of: window.groups)
                && output[0] == image[0] && output[1] == taps[0],
            "input \(image), filter \(taps) in \(window.groups) groups and output \(output) do not fit")
        try check(convolve.epilogue, convolve.stores, over: output.extents, hasAccumulator: true)
    }

    private func check(_ decompose: Decompose) throws {
        let square: Bool
        let inputs: Int
        switch decompose.method {
        case .singularValues, .qr: (square, inputs) = (false, 1)
        case .symmetricEigen, .cholesky: (square, inputs) = (true, 1)
        case .solve: (square, inputs) = (true, 2)
        }
        let shapes = decompose.inputs.map(\.shape)
        try require(shapes.count == inputs && shapes[0].rank == 2, "\(decompose.method) takes \(inputs) matrices")
        let (m, n) = (shapes[0][0], shapes[0][1])
        try require(!square || m == n, "\(decompose.method) takes a square matrix, not \(shapes[0])")
        try require(
            inputs == 1 || shapes[1].first == n, "\(decompose.method) of \(shapes[0]) does not take \(shapes[1])")
        for input in decompose.inputs { try check(input, .float32) }
        let r = min(m, n)
        let count =
            switch decompose.method {
            case .singularValues: m * r + r + r * n
            case .symmetricEigen: n + n * n
            case .qr: m * r + r * n
            case .cholesky: n * n
            case .solve: shapes[1].elementCount
            }
        try check(decompose.output, .float32)
        try require(
            decompose.output.shape.elementCount == count,
            "\(decompose.method) gives \(count) numbers, its output holds \(decompose.output.shape.elementCount)")
    }

    private func check(
        _ expression: Expression, _ stores: [Store], over extents: [Int], hasAccumulator: Bool
    ) throws {
        try require(extents.allSatisfy { $0 >= 0 }, "an extent is negative: \(extents)")
        for operand in expression.operands { try check(operand, over: extents) }
        for (number, instruction) in expression.instructions.enumerated() {
            let uses: [Int]
            switch instruction {
            case .load(let operand):
                try require(expression.operands.indices.contains(operand), "there is no operand \(operand)")
                uses = []
            case .accumulator:
                try require(hasAccumulator, "only an epilogue has an accumulator")
                uses = []
            case .constant: uses = []
            case .iota(let access):
                try require(access.strides.count == extents.count, "an iota has the wrong rank")
                uses = []
            case .random(let draw):
                try require(draw.counter.strides.count == extents.count, "a draw's counter has the wrong rank")
                try check(slot: draw.key.slot, .int32, draw.key.access.offset...draw.key.access.offset + 1)
                uses = []
            case .unary(_, let x): uses = [x]
            case .binary(_, let a, let b): uses = [a, b]
            case .select(let condition, let a, let b): uses = [condition, a, b]
            }
            try require(uses.allSatisfy { 0..<number ~= $0 }, "value \(number) uses one that is not defined yet")
        }
        for store in stores {
            try require(
                expression.instructions.indices.contains(store.value), "there is no value \(store.value) to store")
            try require(store.target.indirection == nil, "a store cannot be indirect")
            try check(store.target, over: extents)
        }
    }

    private func check(_ operand: Operand, over extents: [Int]) throws {
        let access = operand.access
        try require(
            access.strides.count == extents.count, "an access of \(access.strides.count) strides over \(extents)")
        guard extents.allSatisfy({ $0 > 0 }) else { return }
        var extents = extents
        if let indirection = operand.indirection {
            try require(
                extents.indices.contains(indirection.dimension) && indirection.rowCount > 0,
                "dimension \(indirection.dimension) of \(extents) is looked up in \(indirection.rowCount) rows")
            let last = indirection.offset + extents[indirection.dimension] - 1
            try check(slot: indirection.slot, .int32, indirection.offset...last)
            extents[indirection.dimension] = indirection.rowCount
        }
        let reaches = zip(extents, access.strides).map { ($0 - 1) * $1 }
        let lowest = reaches.reduce(access.offset) { $0 + min($1, 0) }
        let highest = reaches.reduce(access.offset) { $0 + max($1, 0) }
        try check(slot: operand.slot, operand.dtype, lowest...highest)
    }

    private func check(_ array: ArrayOperand, _ dtype: DType) throws {
        try require(array.dtype == dtype, "an array is \(array.dtype.name), not \(dtype.name)")
        try require(array.shape.allSatisfy { $0 >= 0 }, "an extent is negative: \(array.shape)")
        guard array.shape.elementCount > 0 else { return }
        try check(slot: array.slot, dtype, array.offset...array.offset + array.shape.elementCount - 1)
    }

    private func check(slot: Int, _ dtype: DType, _ elements: ClosedRange<Int>) throws {
        try require(slots.indices.contains(slot), "there is no slot \(slot)")
        let held = slots[slot].byteCount / dtype.byteCount
        try require(
            elements.lowerBound >= 0 && elements.upperBound < held,
            "elements \(elements.lowerBound)…\(elements.upperBound) of slot '\(slots[slot].name)', which holds \(held)")
    }

    private func require(_ holds: Bool, _ message: @autoclosure () -> String) throws {
        guard holds else { throw StrataError(.shape, message()) }
    }
}
