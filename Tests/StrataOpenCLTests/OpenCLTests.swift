#if OpenCL
import KernelWorkbench
import StrataBackend
import StrataConformance
import StrataReference
import Testing

@testable import StrataOpenCL

@Suite("OpenCL", .enabled(if: device != nil, "no OpenCL platform; install an ICD such as pocl-opencl-icd"))
struct OpenCLTests {
    private func float(_ slot: Int, _ strides: [Int], offset: Int = 0) -> Operand {
        Operand(slot: slot, dtype: .float32, offset: offset, strides: strides)
    }

    /// `slot ← slot + 1`, in place.
    private func increment(_ slot: Int, _ count: Int, offset: Int = 0) -> Kernel {
        var expression = Expression()
        let x = expression.load(float(slot, [1], offset: offset))
        let y = expression.append(.binary(.add, x, expression.append(.constant(1))))
        return .map(
            Map(
                extents: [count], expression: expression,
                stores: [Store(value: y, target: float(slot, [1], offset: offset))]))
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "nothing was thrown"
        } catch {
            return "\(error)"
        }
    }

    // MARK: Devices

    @Test func probeNamesADevice() throws {
        let first = try #require(device)
        #expect(OpenCLBackend.probe() == .available(first.description))
        #expect(first.computeUnits > 0 && !first.name.isEmpty && first.largestAllocation > 0)
    }

    @Test func deviceIsChosenByNumberOrName() throws {
        let first = try #require(device)
        let ways = [
            "0", "0:0", ":0", first.platformName, first.platformName.uppercased(),
            "\(first.platformName.prefix(4)):\(first.name.prefix(3))",
        ]
        for way in ways { #expect(try Device.find(way).id == first.id, "\(way)") }
    }

    @Test(arguments: ["nonesuch", "7", "0:99", "0:nonesuch", "-1"]) func unknownDevice(wanted: String) throws {
        let text = message { _ = try OpenCLBackend(configuration: BackendConfiguration(device: wanted)) }
        #expect(text.hasPrefix("no OpenCL device '\(wanted)'; name a platform, or platform:device, of 0:0 "))
    }

    @Test func threadsConfineAProcessor() throws {
        let first = try #require(device)
        let backend = try OpenCLBackend(configuration: BackendConfiguration(threads: 1))
        if first.isProcessor { #expect(backend.deviceDescription.hasSuffix(", 1 compute unit")) }
        #expect(
            try run([increment(0, 3)], [bytes([1, 2, 3] as [Float])], on: backend) == [bytes([2, 3, 4] as [Float])])
    }

    @Test func tuningFitsTheDevice() throws {
        let tuning = Tuning.suited(to: try #require(device))
        #expect(tuning.largestGroup <= device?.largestGroup ?? 0)
        #expect(tuning.contract.rows.isMultiple(of: tuning.contract.registerRows))
    }

    // MARK: Memory

    @Test func emptyBuffer() throws {
        let backend = try Kind.native.backend()
        let buffer = try backend.makeBuffer(byteCount: 0)
        #expect(buffer.byteCount == 0)
        try buffer.write(UnsafeRawBufferPointer(start: nil, count: 0), at: 0)
        try buffer.read(into: UnsafeMutableRawBufferPointer(start: nil, count: 0), at: 0)
        let program = Program(
            slots: [.init(role: .arena, name: "empty", byteCount: 0)], kernels: [increment(0, 0)], labels: ["none"])
        try backend.prepare(program, buffers: [buffer]).run()
        try backend.synchronize()
    }

    @Test func buffersStartAsZeros() throws {
        let backend = try Kind.native.backend()
        for count in [1, 3, 64, 4097] {
            var bytes = [UInt8](repeating: 7, count: count)
            let buffer = try backend.makeBuffer(byteCount: count)
            try bytes.withUnsafeMutableBytes { try buffer.read(into: $0, at: 0) }
            #expect(bytes == [UInt8](repeating: 0, count: count))
        }
    }

    @Test func rangesOutsideABufferAreErrors() throws {
        let buffer = try Kind.native.backend().makeBuffer(byteCount: 8)
        for offset in [-1, 5, 9, Int.max] {
            let text = message { try bytes([Float(1)]).withUnsafeBytes { try buffer.write($0, at: offset) } }
            #expect(text.hasSuffix("are outside a buffer of 8 bytes"), "\(text)")
        }
    }

    @Test func tooLargeABufferIsAnError() throws {
        let backend = try Kind.native.backend()
        #expect(message { _ = try backend.makeBuffer(byteCount: .max) }.hasSuffix("use a smaller batch or model"))
    }

    /// The source of a write is the caller's again at once, while kernels before it still run; both above and below
    /// the size from which writes wait.
    @Test(arguments: [1000, 3_000_000]) func sourceMayBeReused(count: Int) throws {
        let backend = try Kind.native.backend()
        let buffer = try backend.makeBuffer(byteCount: 4 * count)
        let total = try backend.makeBuffer(byteCount: 4 * count)
        var sum = Expression()
        let value = sum.append(.binary(.add, sum.load(float(0, [1])), sum.load(float(1, [1]))))
        let kernel = Kernel.map(
            Map(extents: [count], expression: sum, stores: [Store(value: value, target: float(1, [1]))]))
        let slots = ["x", "total"].map { Program.Slot(role: .input, name: $0, byteCount: 4 * count) }
        let executable = try backend.prepare(
            Program(slots: slots, kernels: [kernel], labels: ["sum"]), buffers: [buffer, total])
        var source = [Float](repeating: 0, count: count)
        for round in 1...20 {
            for i in source.indices { source[i] = Float(round) }
            try source.withUnsafeBytes { try buffer.write($0, at: 0) }
            try executable.run()
        }
        try source.withUnsafeMutableBytes { try total.read(into: $0, at: 0) }
        #expect(source.allSatisfy { $0 == 210 })
    }

    // MARK: Programs

    @Test func manyStepsRunInOrder() throws {
        let backend = try Kind.native.backend()
        let count = 1000
        let buffer = try backend.makeBuffer(byteCount: 4 * count)
        // Step i adds 1 to the first i + 1 elements, then all are doubled.
        var double = Expression()
        let twice = double.load(float(0, [1]))
        let result = double.append(.binary(.add, twice, twice))
        let kernels = (0..<200).flatMap { step in
            [
                increment(0, step + 1),
                .map(Map(extents: [count], expression: double, stores: [Store(value: result, target: float(0, [1]))])),
            ]
        }.prefix(24)
        let program = Program(
            slots: [.init(role: .input, name: "x", byteCount: 4 * count)], kernels: Array(kernels),
            labels: kernels.map { _ in "step" })
        let executable = try backend.prepare(program, buffers: [buffer])
        try executable.run()
        let seconds = try #require(try executable.profile())
        #expect(seconds.count == 24 && seconds.allSatisfy { $0 > 0 })

        var expected = [Float](repeating: 0, count: count)
        for _ in 0..<2 {
            for step in 0..<12 {
                for i in 0...step { expected[i] += 1 }
                for i in expected.indices { expected[i] *= 2 }
            }
        }
        var actual = [Float](repeating: 0, count: count)
        try actual.withUnsafeMutableBytes { try buffer.read(into: $0, at: 0) }
        #expect(actual == expected)
    }

    @Test func sizesDoNotMakeAnotherKernel() {
        let texts = [3, 1000, 70_000].map { count in
            guard case .map(let map) = increment(count % 7, count, offset: count) else { return "" }
            return Launch.launches(for: map, tuning: .processor(vector: 16))[0].text
        }
        #expect(Set(texts).count == 1)
    }

    /// Numbers beyond 2³¹ make kernels with 64-bit indices.
    @Test(arguments: Kind.allCases) func wideIndices(kind: Kind) throws {
        var expression = Expression()
        let far = Access(offset: 1 << 40, strides: [1 << 20, 1 << 33])
        let number = expression.append(.iota(far))
        let draw = Draw(
            distribution: .uniform, stream: 3, key: Operand(slot: 0, dtype: .int32, strides: []), counter: far)
        let random = expression.append(.random(draw))
        let map = Map(
            extents: [5, 37], expression: expression,
            stores: [
                Store(value: number, target: float(1, [37, 1])), Store(value: random, target: float(2, [1, 5])),
            ])
        #expect(Launch.launches(for: map, tuning: .processor(vector: 16))[0].isWide)
        let memory = [
            bytes([1, 2] as [Int32]), bytes([Float](repeating: 0, count: 185)),
            bytes([Float](repeating: 0, count: 185)),
        ]
        #expect(try run([.map(map)], memory, on: kind.backend()) == run([.map(map)], memory, on: ReferenceBackend()))
    }

    /// More numbers than arguments can carry go into the text.
    @Test func manyOperands() throws {
        var expression = Expression()
        var sum = expression.append(.constant(0))
        for number in 0..<50 {
            let x = expression.load(float(0, [2, 3, 5], offset: number))
            sum = expression.append(.binary(.add, sum, x))
        }
        let map = Map(
            extents: [3, 4, 5], expression: expression, stores: [Store(value: sum, target: float(1, [20, 5, 1]))])
        let memory = [bytes((0..<100).map { Float($0 % 13) }), bytes([Float](repeating: 0, count: 60))]
        #expect(
            try run([.map(map)], memory, on: Kind.native.backend()) == run([.map(map)], memory, on: ReferenceBackend()))
    }

    @Test func kernelsOfTooManySlotsAreDeclined() throws {
        var expression = Expression()
        for slot in 0..<70 { _ = expression.load(float(slot, [1])) }
        let map = Map(extents: [1], expression: expression, stores: [Store(value: 0, target: float(0, [1]))])
        #expect(try !Kind.native.backend().supports(.map(map)))
    }

    /// The suite that every backend runs uses the device's own kernels; these are the kernels of other kinds.
    @Test(arguments: [Kind.graphics, .narrow], ["reduce", "contract", "contract-groups", "scatter-add"])
    func otherKernelsConform(kind: Kind, group: String) throws {
        let report = Conformance.run(on: try kind.backend(), filter: group + "/")
        #expect(report.failures.isEmpty, "\(report)")
        #expect(report.counts(group: group).passed > 8)
    }
}
#endif
