import KernelWorkbench
import StrataBackend
import StrataReference

/// Kernels at random, over the memory of `RandomKernel.memory`: slots 1 to 4 are read, 5 and 6 written, 7 updated.
struct RandomKernel {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    static let elementCount = 100_000

    static let memory: [[UInt8]] = {
        let range = 0..<elementCount
        return [
            [], bytes(range.map { Float($0 % 97) * 0.03 - 1.2 }), bytes(range.map { Int32($0 % 31) - 9 }),
            bytes(range.map { UInt8($0 % 251) }), bytes(range.map { Int32(($0 * 7919) % 41) - 3 }),
            bytes([Float](repeating: 0, count: elementCount)), bytes([Float](repeating: 0, count: elementCount)),
            bytes(range.map { Float($0 % 89) * 0.02 - 0.7 }),
        ]
    }()

    /// The next well-formed kernel.
    mutating func next() -> Kernel {
        while true {
            let kernel = candidate()
            let slots = Self.memory.map { Program.Slot(role: .input, name: "", byteCount: $0.count) }
            if (try? Program(slots: slots, kernels: [kernel], labels: [""]).check()) != nil { return kernel }
        }
    }

    private mutating func below(_ n: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(n))
    }

    private mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

    private mutating func oneIn(_ n: Int) -> Bool { below(n) == 0 }

    private mutating func order(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        if oneIn(2) { return order.reversed() }
        if oneIn(3) { for i in order.indices.reversed() { order.swapAt(i, below(i + 1)) } }
        return order
    }

    private mutating func extents(_ count: Int, atMost limit: Int) -> [Int] {
        while true {
            let extents = (0..<count).map { _ in pick([1, 1, 2, 3, 5, 10, 15, 16, 17, 33, 64, 100, 257, 1000, 1025]) }
            guard extents.reduce(1, *) <= limit else { continue }
            return oneIn(30) ? extents.map { $0 == 2 ? 0 : $0 } : extents
        }
    }

    private mutating func operand(_ extents: [Int], gathers: Bool) -> Operand {
        let dtype = pick([.float32, .float32] + DType.allCases)
        var strides = [Int](repeating: 0, count: extents.count)
        var (stride, offset) = (1, below(5))
        for d in order(extents.count) where !oneIn(5) {
            strides[d] = stride
            stride *= extents[d] * (oneIn(8) ? 2 : 1)
            if oneIn(6), extents[d] > 0 {
                offset += strides[d] * (extents[d] - 1)
                strides[d] = -strides[d]
            }
        }
        var operand = Operand(
            slot: dtype == .float32 ? 1 : dtype == .int32 ? 2 : 3, dtype: dtype, offset: offset, strides: strides)
        let forward = extents.indices.filter { strides[$0] > 0 }
        if gathers, !forward.isEmpty, oneIn(4) {
            let d = pick(forward)
            operand.indirection = Indirection(dimension: d, slot: 4, offset: below(3), rowCount: max(1, extents[d]))
        }
        return operand
    }

    private mutating func access(_ extents: [Int]) -> Access {
        Access(offset: below(10), strides: extents.map { _ in pick([0, 1, 3, -1, 100]) })
    }

    private mutating func expression(_ extents: [Int], accumulates: Bool, gathers: Bool) -> Expression {
        var e = Expression()
        if accumulates { _ = e.append(.accumulator) }
        for _ in 0..<1 + below(3) { _ = e.load(operand(extents, gathers: gathers)) }
        if oneIn(3) { _ = e.append(.constant(Float(below(100)) * 0.37 - 5)) }
        if oneIn(3) { _ = e.append(.iota(access(extents))) }
        if oneIn(3) {
            let key = Operand(slot: 2, dtype: .int32, offset: below(4), strides: [])
            let draw = Draw(
                distribution: pick([.uniform, .normal]), stream: UInt32(below(9)), key: key, counter: access(extents))
            _ = e.append(.random(draw))
        }
        for _ in 0..<1 + below(6) {
            let n = e.instructions.count
            switch below(4) {
            case 0:
                let functions: [Unary] = [
                    .negate, .absolute, .sign, .floor, .relu, .tanh, .sigmoid, .squareRoot, .isFinite,
                ]
                _ = e.append(.unary(pick(functions), below(n)))
            case 1: _ = e.append(.select(below(n), below(n), below(n)))
            default:
                let functions: [Binary] = [.add, .subtract, .multiply, .maximum, .minimum, .less, .equal, .notEqual]
                _ = e.append(.binary(pick(functions), below(n), below(n)))
            }
        }
        return e
    }

    private mutating func stores(_ extents: [Int], _ e: Expression) -> [Store] {
        (0..<1 + below(2)).map { number in
            let dtype = oneIn(4) ? pick(DType.allCases) : .float32
            var strides = [Int](repeating: 0, count: extents.count)
            var stride = oneIn(6) ? 2 : 1
            for d in oneIn(3) ? order(extents.count) : Array(extents.indices.reversed()) {
                strides[d] = stride
                stride *= extents[d]
            }
            let target = Operand(slot: 5 + number, dtype: dtype, offset: below(7), strides: strides)
            return Store(value: e.instructions.count - 1 - number, target: target)
        }
    }

    /// Reads slot 7 where it also stores to it: `x ← f(x)`, with `x` used again after the result.
    private mutating func update(_ e: inout Expression, _ stores: inout [Store], over extents: [Int]) {
        let place = dense(7, extents, offset: below(3))
        let x = e.load(place)
        let y = e.append(.binary(.add, x, e.append(.constant(0.5))))
        let again = e.append(.binary(.multiply, x, y))
        stores[0].value = again
        stores.append(Store(value: y, target: place))
    }

    private mutating func candidate() -> Kernel {
        switch below(4) {
        case 0:
            let extents = extents(1 + below(4), atMost: 20_000)
            var e = expression(extents, accumulates: false, gathers: true)
            var stores = stores(extents, e)
            if oneIn(3) { update(&e, &stores, over: extents) }
            return .map(Map(extents: extents, expression: e, stores: stores))
        case 1:
            let kept = extents(1 + below(3), atMost: 2000)
            let reduced = extents(1 + below(3), atMost: max(1, 60_000 / max(1, kept.reduce(1, *))))
            let prologue = expression(kept + reduced, accumulates: false, gathers: true)
            let e = expression(kept, accumulates: true, gathers: false)
            return .reduce(
                Reduce(
                    kept: kept, reduced: reduced, combiner: pick(Reduce.Combiner.allCases), prologue: prologue,
                    epilogue: e, stores: stores(kept, e)))
        case 2:
            // One dimension or a group of them.
            func group(_ extent: Int) -> [Int] { oneIn(3) ? [pick([1, 2, 3, 5]), extent, pick([1, 4])] : [extent] }
            let (m, n, k) = (group(pick(Self.sizes)), group(pick(Self.sizes)), group(pick(Self.sizes)))
            let batch = group(pick([1, 1, 1, 3]))
            guard (batch + m + n + k).reduce(1, *) <= 1_000_000 else { return candidate() }
            let extents = batch + m + n
            var lhs = operand(batch + m + k, gathers: false), rhs = operand(batch + k + n, gathers: false)
            (lhs.slot, lhs.dtype, rhs.slot, rhs.dtype) = (1, .float32, 1, .float32)
            var e = expression(extents, accumulates: true, gathers: false)
            var stores = stores(extents, e)
            if oneIn(3) { update(&e, &stores, over: extents) }
            return .contract(
                Contract(batch: batch, m: m, n: n, k: k, lhs: lhs, rhs: rhs, epilogue: e, stores: stores))
        default:
            let (rows, width, count) = (pick([1, 3, 40, 500]), pick([1, 7, 16, 130]), pick([0, 1, 50, 300]))
            return .scatterAdd(
                ScatterAdd(
                    target: ArrayOperand(slot: 5, dtype: .float32, offset: below(9), shape: [rows, width]),
                    indices: ArrayOperand(slot: 4, dtype: .int32, offset: below(9), shape: [count]),
                    updates: ArrayOperand(slot: 1, dtype: .float32, offset: below(9), shape: [count, width]),
                    accumulates: oneIn(2)))
        }
    }

    private static let sizes = [0, 1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 65, 100, 130, 300, 600]
}
