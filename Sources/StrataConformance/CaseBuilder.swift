import StrataBackend

/// Lays out the slots of a case: one for each input and output, with sentinels round it.
///
/// ```
/// let double = KernelCase.build("map/double") { b in
///     let x = b.input(131), y = b.output(131)
///     return [.map([131]) { e in [(e.append(.binary(.add, e.load(x[1]), e.load(x[1]))), y[1])] }]
/// }
/// ```
struct CaseBuilder {
    /// A slot's array; subscripts give operands, by strides.
    struct Place {
        let slot: Int
        let dtype: DType
        let offset: Int

        subscript(_ strides: Int..., offset shift: Int = 0) -> Operand {
            operand(strides, offset: shift)
        }

        func operand(_ strides: [Int], offset shift: Int = 0) -> Operand {
            Operand(slot: slot, dtype: dtype, offset: offset + shift, strides: strides)
        }

        func array(_ shape: Shape) -> ArrayOperand {
            ArrayOperand(slot: slot, dtype: dtype, offset: offset, shape: shape)
        }
    }

    fileprivate var slots = [Program.Slot(role: .arena, name: "arena", byteCount: 0)]
    fileprivate var inputs: [KernelCase.Input] = []
    fileprivate var outputs: [KernelCase.Output] = []

    /// An array that is read. `shift` moves it by so many elements from the 64-byte boundary.
    mutating func input(
        _ count: Int, _ fill: Fill = .uniform(-1, 1), _ dtype: DType = .float32, shift: Int = 0
    ) -> Place {
        let region = region(count, dtype, shift: shift, name: "input")
        inputs.append(.init(region: region, fill: fill))
        return place(region)
    }

    /// An array that is written, and was the pattern before.
    mutating func output(
        _ count: Int, _ check: KernelCase.Check, _ dtype: DType = .float32, shift: Int = 0
    ) -> Place {
        let region = region(count, dtype, shift: shift, name: "output")
        outputs.append(.init(region: region, check: check))
        return place(region)
    }

    mutating func output(
        _ count: Int, _ tolerance: Tolerance = .exact, _ dtype: DType = .float32, shift: Int = 0
    ) -> Place {
        output(count, .near(tolerance), dtype, shift: shift)
    }

    /// An array that is read and written.
    mutating func state(
        _ count: Int, _ fill: Fill = .uniform(-1, 1), _ tolerance: Tolerance = .exact, _ dtype: DType = .float32
    ) -> Place {
        let region = region(count, dtype, shift: 0, name: "state")
        inputs.append(.init(region: region, fill: fill))
        outputs.append(.init(region: region, check: .near(tolerance)))
        return place(region)
    }

    /// Room in the arena, whose end state is not looked at.
    mutating func scratch(_ count: Int) -> Place {
        let offset = slots[0].byteCount / 4
        slots[0].byteCount += (4 * count + 63) & ~63
        return Place(slot: 0, dtype: .float32, offset: offset)
    }

    private mutating func region(_ count: Int, _ dtype: DType, shift: Int, name: String) -> KernelCase.Region {
        let offset = Sentinel.byteCount / dtype.byteCount + shift
        let end = (offset + count) * dtype.byteCount + Sentinel.byteCount
        slots.append(.init(role: .input, name: "\(name) \(slots.count)", byteCount: end))
        return .init(slot: slots.count - 1, dtype: dtype, offset: offset, count: count)
    }

    private func place(_ region: KernelCase.Region) -> Place {
        Place(slot: region.slot, dtype: region.dtype, offset: region.offset)
    }
}

extension KernelCase {
    /// A case of the kernels that `body` makes over the arrays it asks for.
    static func build(_ name: String, work: Work? = nil, _ body: (inout CaseBuilder) -> [Kernel]) -> KernelCase {
        var builder = CaseBuilder()
        let kernels = body(&builder)
        return KernelCase(
            name: name,
            program: Program(slots: builder.slots, kernels: kernels, labels: kernels.map { _ in name }),
            inputs: builder.inputs, outputs: builder.outputs, work: work)
    }
}

extension Operand {
    /// The operand with a dimension looked up in indices.
    func lookingUp(_ dimension: Int, in indices: CaseBuilder.Place, rows: Int, offset: Int = 0) -> Operand {
        var operand = self
        operand.indirection = Indirection(
            dimension: dimension, slot: indices.slot, offset: indices.offset + offset, rowCount: rows)
        return operand
    }
}

/// What an expression's builder stores where.
typealias Writes = [(value: Expression.Value, target: Operand)]

extension Kernel {
    /// A map over extents whose expression and stores `body` writes.
    static func map(_ extents: [Int], _ body: (inout Expression) -> Writes) -> Kernel {
        let (expression, stores) = assemble(body)
        return .map(Map(extents: extents, expression: expression, stores: stores))
    }

    /// A reduction of what `prologue` computes; `epilogue` is given the accumulator.
    static func reduce(
        _ kept: [Int], _ reduced: [Int], _ combiner: Reduce.Combiner, _ prologue: (inout Expression) -> Void,
        _ epilogue: (inout Expression, Expression.Value) -> Writes
    ) -> Kernel {
        var before = Expression()
        prologue(&before)
        let (after, stores) = assemble { epilogue(&$0, $0.append(.accumulator)) }
        return .reduce(
            Reduce(
                kept: kept, reduced: reduced, combiner: combiner, prologue: before, epilogue: after, stores: stores))
    }

    static func contract(
        _ batch: Int, _ m: Int, _ n: Int, _ k: Int, _ lhs: Operand, _ rhs: Operand,
        _ epilogue: (inout Expression, Expression.Value) -> Writes
    ) -> Kernel {
        let (after, stores) = assemble { epilogue(&$0, $0.append(.accumulator)) }
        return .contract(
            Contract(batch: batch, m: m, n: n, k: k, lhs: lhs, rhs: rhs, epilogue: after, stores: stores))
    }

    /// Over groups of dimensions.
    static func contract(
        _ batch: [Int], _ m: [Int], _ n: [Int], _ k: [Int], _ lhs: Operand, _ rhs: Operand,
        _ epilogue: (inout Expression, Expression.Value) -> Writes
    ) -> Kernel {
        let (after, stores) = assemble { epilogue(&$0, $0.append(.accumulator)) }
        return .contract(
            Contract(batch: batch, m: m, n: n, k: k, lhs: lhs, rhs: rhs, epilogue: after, stores: stores))
    }

    static func convolve(
        _ input: ArrayOperand, _ filter: ArrayOperand, _ window: ConvolutionWindow, _ output: Shape,
        _ epilogue: (inout Expression, Expression.Value) -> Writes
    ) -> Kernel {
        let (after, stores) = assemble { epilogue(&$0, $0.append(.accumulator)) }
        return .convolve(
            Convolve(
                input: input, filter: filter, window: window, outputShape: output, epilogue: after, stores: stores))
    }

    private static func assemble(_ body: (inout Expression) -> Writes) -> (Expression, [Store]) {
        var expression = Expression()
        let writes = body(&expression)
        return (expression, writes.map { Store(value: $0.value, target: $0.target) })
    }
}

extension Expression {
    // Shorthand in which cases read like formulas.
    mutating func unary(_ function: Unary, _ x: Value) -> Value { append(.unary(function, x)) }
    mutating func binary(_ function: Binary, _ a: Value, _ b: Value) -> Value { append(.binary(function, a, b)) }
    mutating func constant(_ value: Float) -> Value { append(.constant(value)) }

    mutating func draw(
        _ distribution: Draw.Distribution, stream: UInt32 = 1, key: CaseBuilder.Place, _ strides: [Int],
        offset: Int = 0
    ) -> Value {
        append(
            .random(
                Draw(
                    distribution: distribution, stream: stream, key: key.operand(strides.map { _ in 0 }),
                    counter: Access(offset: offset, strides: strides))))
    }
}
