import KernelWorkbench
import StrataBackend
import StrataReference
import Testing

@Suite struct HostBackendTests {
    private let kernel = map(4) { $0.append(.unary(.negate, $1)) }

    private func program(_ kernel: Kernel, _ byteCounts: [Int]) -> Program {
        Program(
            slots: byteCounts.enumerated().map { .init(role: .input, name: "s\($0)", byteCount: $1) },
            kernels: [kernel],
            labels: ["negate"])
    }

    @Test func bothAreFoundByName() throws {
        let registry = BackendRegistry([ReferenceBackend.self, PlanningBackend.self])
        #expect(try registry.make("reference") is ReferenceBackend)
        #expect(try registry.make("plan") is PlanningBackend)
    }

    @Test func theReferenceTimesEveryKernel() throws {
        let backend = ReferenceBackend()
        let buffers = try [16, 16].map { try backend.makeBuffer(byteCount: $0) }
        let seconds = try backend.prepare(program(kernel, [16, 16]), buffers: buffers).profile()
        #expect(seconds?.count == 1)
    }

    /// A model of a petabyte can be looked at.
    @Test func planningTakesNoMemory() throws {
        let backend = PlanningBackend()
        let huge = 1 << 50
        let buffers = [huge, huge].map { backend.makeBuffer(byteCount: $0) }
        let executable = try backend.prepare(program(kernel, [huge, huge]), buffers: buffers)
        try executable.run()
        var last: [UInt8] = [1, 2]
        try last.withUnsafeMutableBytes { try buffers[1].read(into: $0, at: huge - 2) }
        #expect(last == [0, 0])
    }

    @Test func wrongBuffersAreRefused() throws {
        let backend = ReferenceBackend()
        let small = try backend.makeBuffer(byteCount: 15)
        let right = try backend.makeBuffer(byteCount: 16)
        let program = program(kernel, [16, 16])
        #expect(throws: StrataError(.usage, "a program of 2 slots was given 1 buffers")) {
            try backend.prepare(program, buffers: [right])
        }
        #expect(throws: StrataError(.usage, "slot 's1' needs 16 bytes and its buffer has 15")) {
            try backend.prepare(program, buffers: [right, small])
        }
        #expect(throws: StrataError.self) {
            try backend.prepare(program, buffers: [right, PlanningBackend().makeBuffer(byteCount: 16)])
        }
        #expect(throws: StrataError.self) { try backend.makeBuffer(byteCount: -1) }
        var bytes = [UInt8](repeating: 0, count: 8)
        #expect(throws: StrataError.self) { try bytes.withUnsafeMutableBytes { try right.read(into: $0, at: 9) } }
        #expect(throws: StrataError.self) { try bytes.withUnsafeBytes { try right.write($0, at: -1) } }
    }

    @Test func kernelsThatLeaveTheirSlotsAreRefused() throws {
        #expect(throws: Never.self) { try program(kernel, [16, 16]).check() }
        #expect(
            throws: StrataError(.shape, "kernel 0 (negate): elements 0…3 of slot 's1', which holds 3")
        ) { try program(kernel, [16, 12]).check() }

        func broken(_ change: (inout Map) -> Void) -> Program {
            guard case .map(var map) = kernel else { return program(kernel, []) }
            change(&map)
            return program(.map(map), [16, 16])
        }
        let changes: [(inout Map) -> Void] = [
            { $0.stores[0].target.slot = 2 },
            { $0.stores[0].target.access.strides = [1, 1] },
            { $0.stores[0].target.access.strides = [-1] },
            { $0.stores[0].value = 9 },
            { $0.expression.instructions[1] = .unary(.negate, 1) },
            { $0.expression.instructions[1] = .accumulator },
            { $0.expression.instructions[0] = .load(1) },
            { $0.expression.operands[0].indirection = Indirection(dimension: 0, slot: 1, offset: 1, rowCount: 4) },
            { $0.extents = [-1] },
        ]
        for change in changes { #expect(throws: StrataError.self) { try broken(change).check() } }
    }
}
