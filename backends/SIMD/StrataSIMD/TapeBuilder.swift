import StrataBackend
import StrataKernelInterface

/// An expression on its way to a tape: its accesses are collected as forms, which the planner fits to an iteration
/// space. Then a `TapeEncoder` encodes it over that space.
struct TapeBuilder {
    let expression: Expression
    let stores: [Store]
    /// The accesses of the loads, iotas and draws, then the stores, then those that the planner adds.
    private(set) var forms: [Form] = []
    private(set) var formOfInstruction: [Int: Int] = [:]
    /// Where the draws' keys lie.
    private(set) var keys: [Int: UnsafePointer<Int32>] = [:]
    private(set) var formOfStore: [Int] = []
    /// Where the accumulator is read from, if not from the block that a contraction just finished.
    private(set) var accumulatorForm: Int?

    init(_ expression: Expression, stores: [Store], over extents: [Int], slots: Slots) throws {
        self.expression = expression
        self.stores = stores
        for (value, instruction) in expression.instructions.enumerated() {
            switch instruction {
            case .load(let number):
                guard expression.operands.indices.contains(number) else {
                    throw StrataError(.shape, "there is no operand \(number)")
                }
                formOfInstruction[value] = forms.count
                forms.append(try slots.form(expression.operands[number], over: extents, weight: 1))
            case .iota(let access):
                formOfInstruction[value] = forms.count
                forms.append(try slots.form(access, over: extents))
            case .random(let draw):
                formOfInstruction[value] = forms.count
                forms.append(try slots.form(draw.counter, over: extents))
                keys[value] = try slots.key(of: draw)
            case .accumulator, .constant, .unary, .binary, .select:
                break
            }
            guard Self.operands(of: instruction).allSatisfy({ 0..<value ~= $0 }) else {
                throw StrataError(.shape, "value \(value) uses one that is not defined before it")
            }
        }
        for store in stores {
            guard expression.instructions.indices.contains(store.value) else {
                throw StrataError(.shape, "there is no value \(store.value) to store")
            }
            formOfStore.append(forms.count)
            forms.append(try slots.form(store.target, over: extents, weight: 2))
        }
    }

    /// Adds an access that goes through the same space.
    mutating func add(_ form: Form) -> Int {
        forms.append(form)
        return forms.count - 1
    }

    /// Lets the accumulator be loaded from float32 memory.
    mutating func readAccumulator(from form: Form) { accumulatorForm = add(form) }

    static func operands(of instruction: Expression.Instruction) -> [Expression.Value] {
        switch instruction {
        case .load, .accumulator, .constant, .iota, .random: []
        case .unary(_, let x): [x]
        case .binary(_, let a, let b): [a, b]
        case .select(let condition, let a, let b): [condition, a, b]
        }
    }

    /// Roughly the nanoseconds that a tile takes, to tell how many a task should have.
    var tileCost: Int {
        let instructions = expression.instructions.reduce(0) { sum, instruction in
            switch instruction {
            case .load, .accumulator, .constant: sum + 20
            case .iota, .binary, .select: sum + 50
            case .unary(let f, _): sum + (Self.isCheap(f) ? 50 : 250)
            case .random(let draw): sum + (draw.distribution == .uniform ? 450 : 900)
            }
        }
        return 40 + instructions + 100 * stores.count
    }

    private static func isCheap(_ f: Unary) -> Bool {
        switch f {
        case .negate, .absolute, .sign, .floor, .round, .reciprocal, .relu, .isFinite: true
        default: false
        }
    }
}
