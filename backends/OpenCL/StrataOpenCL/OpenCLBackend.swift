#if OpenCL
import COpenCL
public import StrataBackend

/// Runs programs on any device with OpenCL 1.2: processors (PoCL, Intel) and GPUs.
///
/// `prepare` writes OpenCL C for each kernel, compiles all of a program at once, and binds the arguments; `run` only
/// enqueues. Convolutions are contractions to it, and decompositions run on the host.
///
/// `configuration.device` is `platform` or `platform:device`, each a number or a part of a name, as in `--device pocl`
/// or `--device 0:1`. `configuration.threads` confines a processor to so many compute units; a GPU ignores it.
///
/// Compiled programs are kept between runs: see `BinaryCache`, whose switch is `STRATA_OPENCL_CACHE`.
public final class OpenCLBackend: Backend {
    public static let identifier = "opencl"

    let context: OpenCLContext

    public static func probe() -> Availability {
        Device.all().first.map { .available($0.description) } ?? .unavailable(Device.nonePresent)
    }

    public convenience init(configuration: BackendConfiguration) throws {
        let device = try Device.find(configuration.device).confined(to: configuration.threads)
        try self.init(
            device: device, tuning: .suited(to: device), cache: .fromEnvironment(onByDefault: !device.keepsKernels))
    }

    /// Lets tests run the kernels meant for a GPU on a processor, and with a cache of their own.
    init(device: Device, tuning: Tuning, cache: BinaryCache?) throws {
        let groupSize = tuning.largestGroup
        guard groupSize <= device.largestGroup else {
            throw StrataError(
                .device,
                "opencl: \(device.name) runs groups of \(device.largestGroup) work items, and \(groupSize) are needed; "
                    + "choose another device with --device")
        }
        context = try OpenCLContext(device, tuning: tuning, cache: cache)
    }

    public var deviceDescription: String { context.device.description }

    public func supports(_ kernel: Kernel) -> Bool {
        switch kernel {
        case .map, .reduce: kernel.memories <= Emitter.pointerLimit
        case .contract(let contract):
            (MatrixProduct(contract) != nil || contract.fitsTables) && kernel.memories <= Emitter.pointerLimit
        case .scatterAdd: true
        case .convolve, .decompose: false
        }
    }

    public func makeBuffer(byteCount: Int) throws -> any Buffer {
        try OpenCLBuffer(context, byteCount: byteCount)
    }

    public func prepare(_ program: Program, buffers: [any Buffer]) throws -> any Executable {
        try OpenCLExecutable(program, buffers: buffers, context: context)
    }

    public func synchronize() throws {
        try check(clFinish(context.queue), "clFinish")
    }
}

extension Kernel {
    /// At most so many pointers are needed to run the kernel.
    fileprivate var memories: Int {
        func slots(_ expressions: [Expression], _ operands: [Operand]) -> Int {
            let draws = expressions.flatMap(\.instructions).compactMap { instruction in
                if case .random(let draw) = instruction { draw.key } else { nil }
            }
            let all = expressions.flatMap(\.operands) + operands + draws
            let indices = all.compactMap { $0.indirection?.slot }
            // Each slot may be read as each type; two more are scratch memory and tables.
            return Set(all.map { [$0.slot, Int($0.dtype.rawValue)] }).count + Set(indices).count + draws.count + 2
        }
        return switch self {
        case .map(let map): slots([map.expression], map.stores.map(\.target))
        case .reduce(let reduce): slots([reduce.prologue, reduce.epilogue], reduce.stores.map(\.target))
        case .contract(let contract):
            slots([contract.epilogue], contract.stores.map(\.target) + [contract.lhs, contract.rhs])
        case .convolve, .scatterAdd, .decompose: 0
        }
    }
}
#endif
