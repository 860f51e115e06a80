import StrataBackend
import StrataReference

@testable import StrataSIMD

extension InstructionSet {
    /// Those that this machine can run.
    static var runnable: [InstructionSet] { allCases.filter { $0.rawValue <= best.rawValue } }

    func backend(threads: Int = 1) throws -> SIMDBackend {
        try SIMDBackend(configuration: BackendConfiguration(threads: threads), instructionSet: self)
    }
}

/// Runs kernels on a backend: slot i starts as `memory[i]`, and all slots' bytes come back.
func run(_ kernels: [Kernel], _ memory: [[UInt8]], on backend: any Backend) throws -> [[UInt8]] {
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

/// Row-major float32 access over extents.
func dense(_ slot: Int, _ extents: [Int], offset: Int = 0) -> Operand {
    Operand(slot: slot, dtype: .float32, offset: offset, strides: Shape(extents).strides)
}
