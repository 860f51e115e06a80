public import StrataBackend

/// Runs kernels on a backend: slot i starts as `memory[i]`, and all slots' bytes come back.
public func run(_ kernels: [Kernel], _ memory: [[UInt8]], on backend: any Backend) throws -> [[UInt8]] {
    let slots = memory.enumerated().map { Program.Slot(role: .input, name: "slot \($0)", byteCount: $1.count) }
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

public func bytes<Element>(_ values: [Element]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

public func values<Element>(_ bytes: [UInt8], as type: Element.Type = Float.self) -> [Element] {
    bytes.withUnsafeBytes { Array($0.bindMemory(to: type)) }
}
