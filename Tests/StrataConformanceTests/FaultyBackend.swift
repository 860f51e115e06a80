import StrataBackend
import StrataReference

/// The reference backend with one fault: kernels are changed before they are run.
final class FaultyBackend: Backend {
    static let identifier = "faulty"
    static func probe() -> Availability { .available("for tests") }

    let deviceDescription = "for tests"
    private let inner = ReferenceBackend()
    private let supported: @Sendable (Kernel) -> Bool
    private let fault: @Sendable (Kernel) -> [Kernel]

    init(
        supporting supported: @escaping @Sendable (Kernel) -> Bool = { _ in true },
        _ fault: @escaping @Sendable (Kernel) -> [Kernel]
    ) {
        self.supported = supported
        self.fault = fault
    }

    convenience init(configuration: BackendConfiguration) { self.init { [$0] } }

    func supports(_ kernel: Kernel) -> Bool { supported(kernel) }
    func makeBuffer(byteCount: Int) throws -> any Buffer { try inner.makeBuffer(byteCount: byteCount) }
    func synchronize() {}

    func prepare(_ program: Program, buffers: [any Buffer]) throws -> any Executable {
        let kernels = program.kernels.flatMap(fault)
        let changed = Program(slots: program.slots, kernels: kernels, labels: kernels.map { _ in "faulty" })
        return try inner.prepare(changed, buffers: buffers)
    }
}

/// A backend whose every second run is another program's, whose results are within tolerance of the first's.
final class WaveringBackend: Backend {
    static let identifier = "wavering"
    static func probe() -> Availability { .available("for tests") }

    let deviceDescription = "for tests"
    private let steady = ReferenceBackend()
    private let other: FaultyBackend

    init(_ fault: @escaping @Sendable (Kernel) -> [Kernel]) { other = FaultyBackend(fault) }
    convenience init(configuration: BackendConfiguration) { self.init { [$0] } }

    func supports(_ kernel: Kernel) -> Bool { true }
    func makeBuffer(byteCount: Int) throws -> any Buffer { try steady.makeBuffer(byteCount: byteCount) }
    func synchronize() {}

    func prepare(_ program: Program, buffers: [any Buffer]) throws -> any Executable {
        Alternating(
            try steady.prepare(program, buffers: buffers), try other.prepare(program, buffers: buffers))
    }

    /// Used by one thread at a time, as all executables are.
    private final class Alternating: Executable, @unchecked Sendable {
        var next: any Executable, following: any Executable

        init(_ first: any Executable, _ second: any Executable) { (next, following) = (first, second) }

        func run() throws {
            try next.run()
            swap(&next, &following)
        }
    }
}

/// A backend that makes buffers with what was there before.
final class DirtyBackend: Backend {
    static let identifier = "dirty"
    static func probe() -> Availability { .available("for tests") }

    let deviceDescription = "for tests"
    private let inner = ReferenceBackend()

    init(configuration: BackendConfiguration = .init()) {}

    func supports(_ kernel: Kernel) -> Bool { true }
    func synchronize() {}

    func makeBuffer(byteCount: Int) throws -> any Buffer {
        let buffer = try inner.makeBuffer(byteCount: byteCount)
        try [UInt8](repeating: 1, count: byteCount).withUnsafeBytes { try buffer.write($0, at: 0) }
        return buffer
    }

    func prepare(_ program: Program, buffers: [any Buffer]) throws -> any Executable {
        try inner.prepare(program, buffers: buffers)
    }
}

extension Kernel {
    /// The kernel with its (last) expression and stores changed; kernels without are left alone.
    func rewritten(_ change: (inout Expression, inout [Store]) -> Void) -> Kernel {
        switch self {
        case .map(var map):
            change(&map.expression, &map.stores)
            return .map(map)
        case .reduce(var reduce):
            change(&reduce.epilogue, &reduce.stores)
            return .reduce(reduce)
        case .contract(var contract):
            change(&contract.epilogue, &contract.stores)
            return .contract(contract)
        case .convolve(var convolve):
            change(&convolve.epilogue, &convolve.stores)
            return .convolve(convolve)
        case .scatterAdd, .decompose: return self
        }
    }

    /// The kernel with something added to whatever it stores as float32.
    func adding(_ error: Float, where applies: (Expression.Instruction) -> Bool = { _ in true }) -> Kernel {
        rewritten { expression, stores in
            for i in stores.indices
            where stores[i].target.dtype == .float32 && applies(expression.instructions[stores[i].value]) {
                let constant = expression.append(.constant(error))
                stores[i].value = expression.append(.binary(.add, stores[i].value, constant))
            }
        }
    }

    /// Writes a 0 into the element after (or before) the last of each array that the kernel stores.
    func straying(by step: Int) -> [Kernel] {
        var extents: [Int] = []
        var stores: [Store] = []
        switch self {
        case .map(let map): (extents, stores) = (map.extents, map.stores)
        case .reduce(let reduce): (extents, stores) = (reduce.kept, reduce.stores)
        case .contract(let contract): (extents, stores) = (contract.batch + contract.m + contract.n, contract.stores)
        case .convolve(let convolve): (extents, stores) = (convolve.outputShape.extents, convolve.stores)
        case .scatterAdd, .decompose: break
        }
        guard !extents.contains(0) else { return [self] }
        var expression = Expression()
        let zero = expression.append(.constant(0))
        return [self]
            + stores.filter { $0.target.slot != 0 }.map { store in
                let reaches = zip(extents, store.target.access.strides).map { max(($0 - 1) * $1, 0) }
                var target = store.target
                target.access = Access(offset: target.access.offset + reaches.reduce(0, +) + step, strides: [0])
                return .map(Map(extents: [1], expression: expression, stores: [Store(value: zero, target: target)]))
            }
    }
}
