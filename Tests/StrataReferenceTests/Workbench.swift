import StrataBackend
import StrataReference

/// Runs kernels on the reference backend: slot i starts as `memory[i]`, and all slots' bytes come back.
func run(_ kernels: [Kernel], _ memory: [[UInt8]]) throws -> [[UInt8]] {
    let backend = ReferenceBackend()
    let slots = memory.enumerated().map { Program.Slot(name: "slot \($0)", byteCount: $1.count) }
    let buffers = try memory.map { bytes in
        let buffer = try backend.makeBuffer(byteCount: bytes.count)
        try bytes.withUnsafeBytes { try buffer.write($0, at: 0) }
        return buffer
    }
    let program = Program(slots: slots, kernels: kernels, labels: kernels.map { _ in "test" })
    try backend.prepare(program, buffers: buffers).run()
    return try buffers.map { buffer in
        var bytes = [UInt8](repeating: 0, count: buffer.byteCount)
        try bytes.withUnsafeMutableBytes { try buffer.read(into: $0, at: 0) }
        return bytes
    }
}

func bytes<Element>(_ values: [Element]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

func values<Element>(_ bytes: [UInt8], as type: Element.Type = Float.self) -> [Element] {
    bytes.withUnsafeBytes { Array($0.bindMemory(to: type)) }
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
