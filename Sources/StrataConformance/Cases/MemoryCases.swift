import StrataBackend

extension Conformance {
    /// Buffers and executables themselves: what holds before any kernel is right.
    static let memoryCases: [MemoryCase] = [
        MemoryCase(name: "memory/new-is-zero") { backend in
            let bytes = try backend.makeBuffer(byteCount: 4099).bytes()
            return bytes.firstIndex { $0 != 0 }.map { "byte \($0) of a new buffer is \(bytes[$0])" }
        },
        MemoryCase(name: "memory/empty") { backend in
            let buffer = try backend.makeBuffer(byteCount: 0)
            try buffer.write([], at: 0)
            return try buffer.bytes().isEmpty ? nil : "a buffer of 0 bytes reads as more"
        },
        MemoryCase(name: "memory/byte-count") { backend in
            let count = try backend.makeBuffer(byteCount: 131).byteCount
            return count >= 131 ? nil : "a buffer of 131 bytes says that it has \(count)"
        },
        MemoryCase(name: "memory/partial-writes") { backend in
            let buffer = try backend.makeBuffer(byteCount: 1031)
            var expected = [UInt8](repeating: 0, count: 1031)
            for (offset, count) in [(0, 1), (3, 131), (100, 7), (1030, 1), (512, 64), (5, 0)] {
                let piece = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ offset &+ 1) }
                expected.replaceSubrange(offset..<offset + count, with: piece)
                try buffer.write(piece, at: offset)
            }
            let all = try buffer.bytes()
            if let byte = all.indices.first(where: { $0 < 1031 && all[$0] != expected[$0] }) {
                return "byte \(byte) is \(all[byte]) after writes in pieces, not \(expected[byte])"
            }
            let part = try buffer.bytes(at: 77, count: 131)
            return part == Array(expected[77..<208]) ? nil : "131 bytes read from byte 77 are not those written"
        },
        // Two programs over one buffer, and writes between their runs: everything takes effect in order.
        MemoryCase(name: "memory/shared-by-programs") { backend in
            guard let square = squares(backend) else { return MemoryCase.split }
            let (x, y, z) = (
                try backend.makeBuffer(byteCount: 4), try backend.makeBuffer(byteCount: 4),
                try backend.makeBuffer(byteCount: 4)
            )
            let arena = try backend.makeBuffer(byteCount: 0)
            let first = try backend.prepare(square, buffers: [arena, x, y])
            let second = try backend.prepare(square, buffers: [arena, y, z])
            for value: Float in [2, -3, 5] {
                try x.write(value)
                try first.run()
                try second.run()
                try x.write(100)
                let (once, twice) = (try y.number(), try z.number())
                guard once == value * value, twice == once * once else {
                    return "squaring \(value) twice through two programs gives \(once) and \(twice)"
                }
            }
            return nil
        },
        // The user lets go of the buffers; the executable must not.
        MemoryCase(name: "memory/ownership") { backend in
            guard let square = squares(backend) else { return MemoryCase.split }
            let y = try backend.makeBuffer(byteCount: 4)
            let executable: any Executable
            do {
                let x = try backend.makeBuffer(byteCount: 4)
                try x.write(7)
                executable = try backend.prepare(square, buffers: [backend.makeBuffer(byteCount: 0), x, y])
            }
            let others = try (0..<16).map { _ in try backend.makeBuffer(byteCount: 4) }
            for other in others { try other.write(1) }
            try executable.run()
            try backend.synchronize()
            let result = try y.number()
            return result == 49 ? nil : "the square of 7 is \(result), its buffer having been released"
        },
        MemoryCase(name: "memory/profile") { backend in
            guard let square = squares(backend) else { return MemoryCase.split }
            let buffers = try [0, 4, 4].map { try backend.makeBuffer(byteCount: $0) }
            try buffers[1].write(3)
            guard let seconds = try backend.prepare(square, buffers: buffers).profile() else { return nil }
            let result = try buffers[2].number()
            if seconds.count != 1 || seconds.contains(where: { $0 < 0 }) {
                return "the times of one kernel are \(seconds)"
            }
            return result == 9 ? nil : "the square of 3 is \(result) in a profile"
        },
    ]

    /// A program that squares slot 1 into slot 2, of a kernel that the backend knows.
    private static func squares(_ backend: any Backend) -> Program? {
        func place(_ slot: Int) -> CaseBuilder.Place { .init(slot: slot, dtype: .float32, offset: 0) }
        let (x, y) = (place(1), place(2))
        let candidates: [Kernel] = [
            .map([1]) { e in [(e.binary(.multiply, e.load(x[1]), e.load(x[1])), y[1])] },
            .contract(1, 1, 1, 1, x[0, 0, 0], x[0, 0, 0]) { _, sum in [(sum, y[0, 0, 0])] },
        ]
        guard let kernel = candidates.first(where: backend.supports) else { return nil }
        let slots = [("arena", 0), ("x", 4), ("y", 4)].map { Program.Slot(role: .input, name: $0.0, byteCount: $0.1) }
        return Program(slots: slots, kernels: [kernel], labels: ["square"])
    }
}

/// A question to a backend's memory and executables.
struct MemoryCase: ConformanceCase {
    let name: String
    var modes: [ConformanceMode] { [.correctness] }
    /// `nil` if all is well, `split` if the backend has no kernel to ask with, else what is wrong.
    let complaint: @Sendable (any Backend) throws -> String?

    static let split = "split"

    func run(_ mode: ConformanceMode, on backend: any Backend) throws -> ConformanceOutcome {
        switch try complaint(backend) {
        case nil: .passed
        case Self.split?: .split
        case let message?: .failed(message)
        }
    }
}

extension Buffer {
    fileprivate func write(_ bytes: [UInt8], at offset: Int) throws {
        try bytes.withUnsafeBytes { try write($0, at: offset) }
    }

    fileprivate func write(_ number: Float) throws {
        try withUnsafeBytes(of: number) { try write($0, at: 0) }
    }

    fileprivate func bytes(at offset: Int = 0, count: Int? = nil) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 1, count: count ?? byteCount)
        try bytes.withUnsafeMutableBytes { try read(into: $0, at: offset) }
        return bytes
    }

    fileprivate func number() throws -> Float {
        var number: Float = .nan
        try withUnsafeMutableBytes(of: &number) { try read(into: $0, at: 0) }
        return number
    }
}
