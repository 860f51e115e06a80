import StrataBackend
import StrataKernelInterface
import StrataLinearAlgebra

/// Turns kernels into steps.
///
/// How a kernel is cut into tasks depends on the kernel alone, wherever the cut could change a result; only the blocks
/// of a product, whose size changes no bit, follow the number of threads.
struct Planner {
    let slots: Slots
    let kernels: KernelTable
    let library: (any HostLibrary)?
    let pool: ThreadPool
    let memory = PlanMemory()
    private(set) var steps: [Step] = []
    /// What a thread needs for the greediest step.
    private(set) var scratchBytes = 64
    private var kernelNumber = 0
    var affinity = Affinity()
    var succession: Succession

    init(slots: [Slot], kernels: KernelTable, library: (any HostLibrary)?, pool: ThreadPool) {
        self.slots = Slots(slots: slots)
        self.kernels = kernels
        self.library = library
        self.pool = pool
        succession = Succession(threadCount: pool.threadCount)
    }

    var threadCount: Int { pool.threadCount }

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

    /// To be called after the last kernel.
    func finish() { succession.close() }

    mutating func add<Plan>(_ function: @escaping TaskFunction, _ plan: Plan, count: Int, scratchBytes: Int) {
        guard count > 0 else { return }
        self.scratchBytes = max(self.scratchBytes, scratchBytes)
        steps.append(
            Step(function: function, plan: UnsafeRawPointer(memory.copy(plan)), taskCount: count, kernel: kernelNumber))
    }

    mutating func add(_ work: HostWork) {
        steps.append(
            Step(
                function: { plan, task, _ in
                    Unmanaged<HostWorkBox>.fromOpaque(plan).takeUnretainedValue().work.body(task)
                },
                plan: memory.keep(HostWorkBox(work)), taskCount: work.taskCount, kernel: kernelNumber))
    }

    private mutating func plan(_ decompose: Decompose) throws {
        func elements(_ array: ArrayOperand) throws -> UnsafeMutablePointer<Float> {
            try slots.array(array.slot, offset: array.offset, count: array.shape.elementCount, of: Float.self)
        }
        let inputs = try decompose.inputs.map { UnsafePointer(try elements($0)) }
        let output = try elements(decompose.output)
        if let library, library.supports(decompose) {
            return add(try library.decomposition(decompose, inputs: inputs, output: output))
        }
        let kernels = kernels.matrices.sharing(pool)
        add(
            HostWork { _ in
                let matrices = inputs.indices.map { number in
                    let (rows, columns) = decompose.size(ofInput: number)
                    let elements = UnsafeBufferPointer(start: inputs[number], count: rows * columns)
                    return Matrix(rows: rows, columns: columns, elements: elements.map(Double.init))
                }
                for (position, value) in decompose.results(of: matrices, by: kernels).enumerated() {
                    output[position] = Float(value)
                }
            })
    }

    /// Where an epilogue's results go if all that it does is to write them, dense: who computes them can do that.
    func target(of epilogue: Expression, _ stores: [Store], over extents: [Int]) throws -> UnsafeMutableRawPointer? {
        guard epilogue.instructions == [.accumulator], stores.count == 1, stores[0].value == 0,
            stores[0].target.dtype == .float32
        else { return nil }
        let form = try slots.form(stores[0].target, over: extents, weight: 2)
        let strides = Shape(extents).strides
        let isDense = extents.indices.allSatisfy { extents[$0] == 1 || form.strides[$0] == strides[$0] * 4 }
        return isDense ? UnsafeMutableRawPointer(bitPattern: form.base) : nil
    }

    /// Nanoseconds of work below which a task is not worth its handing out.
    static let taskCost = 16_000
}

/// Gives the closure an address.
private final class HostWorkBox {
    let work: HostWork

    init(_ work: HostWork) { self.work = work }
}

func divideUp(_ a: Int, by b: Int) -> Int { (a + b - 1) / b }
