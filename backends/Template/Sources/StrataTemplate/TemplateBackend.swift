public import StrataBackend

/// The smallest legal backend: plain matrix products over host memory. The compiler runs all else on the host.
public final class TemplateBackend: Backend {
    public static let identifier = "template"
    public static func probe() -> Availability { .available("naive products on the host") }

    public let deviceDescription = "naive products on the host"

    public init(configuration: BackendConfiguration = .init()) {}

    /// A product that is stored as it is; asked for one with an epilogue, the compiler makes the rest a `map`.
    public func supports(_ kernel: Kernel) -> Bool {
        guard case .contract(let contract) = kernel, MatrixProduct(contract) != nil else { return false }
        return contract.epilogue.instructions == [.accumulator]
            && contract.stores.allSatisfy { $0.target.dtype == .float32 }
    }

    public func makeBuffer(byteCount: Int) -> any Buffer { TemplateBuffer(byteCount: byteCount) }

    public func prepare(_ program: Program, buffers: [any Buffer]) throws -> any Executable {
        guard program.kernels.allSatisfy(supports), let memory = buffers as? [TemplateBuffer] else {
            throw StrataError(.unsupported, "the template backend takes plain products over buffers of its own")
        }
        return TemplateExecutable(kernels: program.kernels, buffers: memory)
    }

    /// Nothing is ever pending: a run returns when it is done.
    public func synchronize() {}
}

final class TemplateBuffer: Buffer, @unchecked Sendable {
    let byteCount: Int
    let base: UnsafeMutableRawPointer

    init(byteCount: Int) {
        self.byteCount = byteCount
        base = .allocate(byteCount: byteCount, alignment: 64)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }

    deinit { base.deallocate() }

    func write(_ bytes: UnsafeRawBufferPointer, at byteOffset: Int) throws {
        try part(byteOffset, bytes.count).copyMemory(from: bytes)
    }

    func read(into bytes: UnsafeMutableRawBufferPointer, at byteOffset: Int) throws {
        bytes.copyMemory(from: UnsafeRawBufferPointer(try part(byteOffset, bytes.count)))
    }

    private func part(_ offset: Int, _ count: Int) throws -> UnsafeMutableRawBufferPointer {
        guard offset >= 0, count <= byteCount, offset <= byteCount - count else {
            throw StrataError(.usage, "\(count) bytes at \(offset) are outside a buffer of \(byteCount)")
        }
        return UnsafeMutableRawBufferPointer(start: base + offset, count: count)
    }
}

private final class TemplateExecutable: Executable {
    let kernels: [Kernel]
    let buffers: [TemplateBuffer]

    init(kernels: [Kernel], buffers: [TemplateBuffer]) { (self.kernels, self.buffers) = (kernels, buffers) }

    func run() {
        for case .contract(let contract) in kernels {
            guard let product = MatrixProduct(contract) else { continue }
            for b in 0..<product.batch {
                for m in 0..<product.m {
                    for n in 0..<product.n {
                        var sum: Float = 0
                        for k in 0..<product.k {
                            sum += element(product.lhs, b, m, k).pointee * element(product.rhs, b, k, n).pointee
                        }
                        for store in product.stores { element(store.target, b, m, n).pointee = sum }
                    }
                }
            }
        }
    }

    private func element(_ operand: Operand, _ i: Int, _ j: Int, _ k: Int) -> UnsafeMutablePointer<Float> {
        let (offset, strides) = (operand.access.offset, operand.access.strides)
        let number = offset + i * strides[0] + j * strides[1] + k * strides[2]
        return buffers[operand.slot].base.assumingMemoryBound(to: Float.self) + number
    }
}
