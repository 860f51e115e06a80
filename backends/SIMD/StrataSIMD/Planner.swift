import StrataBackend
import StrataKernelInterface

/// Turns kernels into steps.
///
/// How a kernel is cut into tasks depends on the kernel alone, wherever the cut could change a result; only the blocks
/// of a product, whose size changes no bit, follow the number of threads.
struct Planner {
    let slots: Slots
    let kernels: KernelTable
    let library: (any HostLibrary)?
    let threadCount: Int
    let memory = PlanMemory()
    private(set) var steps: [Step] = []
    /// What a thread needs for the greediest step.
    private(set) var scratchBytes = 64
    private var kernelNumber = 0

    init(slots: [Slot], kernels: KernelTable, library: (any HostLibrary)?, threadCount: Int) {
        self.slots = Slots(slots: slots)
        self.kernels = kernels
        self.library = library
        self.threadCount = threadCount
    }

    mutating func plan(_ kernel: Kernel) throws {
        switch kernel {
        case .map(let map): try plan(map)
        case .reduce(let reduce): try plan(reduce)
        case .contract(let contract): try plan(contract)
        case .scatterAdd(let scatter): try plan(scatter)
        case .decompose(let decompose): try plan(decompose)
        case .convolve: throw StrataError(.unsupported, "the simd engine has no convolution; `supports` says so")
        }
        memory.releaseWorkspaces()
        kernelNumber += 1
    }

    mutating func add<Plan>(
        _ function: @escaping TaskFunction, _ plan: Plan, count: Int, scratchBytes: Int
    ) {
        guard count > 0 else { return }
        self.scratchBytes = max(self.scratchBytes, scratchBytes)
        steps.append(
            Step(work: .tasks(function, plan: UnsafeRawPointer(memory.copy(plan)), count: count), kernel: kernelNumber))
    }

    mutating func add(_ call: @escaping HostCall) { steps.append(Step(work: .call(call), kernel: kernelNumber)) }

    private mutating func plan(_ decompose: Decompose) throws {
        guard let library, library.supports(decompose) else {
            throw StrataError(.unsupported, "no library does \(decompose.method) decompositions here; `supports` says so")
        }
        func elements(_ array: ArrayOperand) throws -> UnsafeMutablePointer<Float> {
            try slots.array(array.slot, offset: array.offset, count: array.shape.elementCount, of: Float.self)
        }
        add(
            try library.decomposition(
                decompose, inputs: decompose.inputs.map { UnsafePointer(try elements($0)) },
                output: try elements(decompose.output)))
    }

    /// Nanoseconds of work below which a task is not worth its handing out.
    static let taskCost = 16_000
}

func divideUp(_ a: Int, by b: Int) -> Int { (a + b - 1) / b }
