import KernelWorkbench
import StrataBackend
import StrataReference

/// Runs kernels on the reference backend.
func run(_ kernels: [Kernel], _ memory: [[UInt8]]) throws -> [[UInt8]] {
    try run(kernels, memory, on: ReferenceBackend())
}

func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: 4 * count) }

/// A map that loads slot 0 and stores `body` of it in slot 1, both float32 and contiguous.
func map(_ count: Int, _ body: (inout Expression, Expression.Value) -> Expression.Value) -> Kernel {
    var expression = Expression()
    let x = expression.load(Operand(slot: 0, dtype: .float32, strides: [1]))
    let y = body(&expression, x)
    return .map(
        Map(
            extents: [count], expression: expression,
            stores: [Store(value: y, target: Operand(slot: 1, dtype: .float32, strides: [1]))]))
}

func epilogue() -> Expression {
    var expression = Expression()
    _ = expression.append(.accumulator)
    return expression
}
