#if OpenCL
import StrataBackend

extension Emitter {
    /// One statement for each instruction: `const float16 v3 = add_16(v1, v2);`. Values are named `prefix0`, `prefix1`
    /// and so on.
    mutating func evaluate(_ expression: Expression, at place: Place, prefix: String) -> [String] {
        let type = place.width == 1 ? "float" : "float\(place.width)"
        return expression.instructions.enumerated().map { position, instruction in
            let value = self.value(of: instruction, in: expression, at: place, prefix: prefix)
            return "const \(type) \(prefix)\(position) = \(value);"
        }
    }

    private mutating func value(
        of instruction: Expression.Instruction, in expression: Expression, at place: Place, prefix: String
    ) -> String {
        // The functions of lanes.cl are named after the cases.
        func call(_ function: String, _ arguments: Expression.Value...) -> String {
            "\(function)_\(place.width)(\(arguments.map { "\(prefix)\($0)" }.joined(separator: ", ")))"
        }
        switch instruction {
        case .load(let operand): return load(expression.operands[operand], at: place)
        case .accumulator: return "accumulator"
        case .constant(let constant):
            let scalar = scalar(constant)
            return place.width == 1 ? scalar : "(float\(place.width))(\(scalar))"
        case .iota(let access):
            let step = step(place.laneStride(access) ?? 0)
            return "iota_\(isWide ? "long" : "int")_\(place.width)(\(index(access, place)), \(step))"
        case .random(let draw):
            let key = key(draw)
            return "\(draw.distribution)_\(place.width)(\(key), \(counter(draw.counter, at: place)))"
        case .unary(let function, let x): return call("\(function)", x)
        case .binary(let function, let a, let b): return call("\(function)", a, b)
        case .select(let condition, let first, let second): return call("choose", condition, first, second)
        }
    }

    /// Most constants are arguments, as they come from sizes and settings: a step on a smaller last batch then runs
    /// the kernels that are there already. Few are worth a kernel of their own.
    private mutating func scalar(_ constant: Float) -> String {
        [0, 1, -1, 2, 0.5].contains(constant) && constant.sign == (constant < 0 ? .minus : .plus)
            ? "\(constant)f" : "as_float((int)\(number(Int(Int32(bitPattern: constant.bitPattern)))))"
    }

    /// Counters are taken modulo 2³².
    private mutating func counter(_ access: Access, at place: Place) -> String {
        let first = "(uint)(\(index(access, place)))"
        return place.laneStride(access).map { "counters_\(place.width)(\(first), (uint)\(step($0)))" } ?? first
    }

    /// A stride as text. 0 and 1 are worth a kernel of their own.
    private mutating func step(_ stride: Int) -> String {
        (0...1).contains(stride) ? "\(stride)" : number(stride)
    }

    private mutating func load(_ operand: Operand, at place: Place) -> String {
        let memory = pointer(operand.slot, operand.dtype)
        let suffix = "\(operand.dtype.openCLName)_\(place.width)"
        let stride = place.laneStride(operand.access)
        var row: (dimension: Int, text: String)?
        if let lookup = operand.indirection {
            let name = place.coordinates[lookup.dimension] ?? "0"
            let indices = "\(pointer(lookup.slot, .int32)) + (\(number(lookup.offset)) + \(name))"
            let last = "(int)\(number(lookup.rowCount - 1))"
            if stride != nil, lookup.dimension == place.lane {
                let table = index(operand.access, place, replacing: (lookup.dimension, "0"))
                let stride = number(operand.access.strides[lookup.dimension])
                return "pick_\(suffix)(\(memory) + (\(table)), \(stride), \(indices), \(last), lanes)"
            }
            row = (lookup.dimension, "row_at(\(indices), \(last))")
        }
        let address = "\(memory) + (\(index(operand.access, place, replacing: row)))"
        return switch stride {
        case nil, 1: "load_\(suffix)(\(address))"
        case 0: "spread_\(suffix)(\(address))"
        case let stride?: "gather_\(suffix)(\(address), \(number(stride)), lanes)"
        }
    }

    /// Statements, in one line, that bring to the cache what `expression` will read along the lanes. What does not
    /// change from one index of dimension `next` to another is there already.
    mutating func fetch(_ expression: Expression, at place: Place, next: Int) -> String {
        expression.operands
            .filter { place.laneStride($0.access) == 1 && $0.access.strides[next] != 0 && $0.indirection == nil }
            .map { "FETCH_ROW(\(pointer($0.slot, $0.dtype)) + (\(index($0.access, place))))" }
            .joined(separator: " ")
    }

    /// One statement for each store.
    mutating func write(_ stores: [Store], at place: Place, prefix: String) -> [String] {
        stores.map { store in
            let target = store.target
            let address = "\(pointer(target.slot, target.dtype)) + (\(index(target.access, place)))"
            let suffix = "\(target.dtype.openCLName)_\(place.width)"
            let value = "\(prefix)\(store.value)"
            return switch place.laneStride(target.access) {
            case nil: "store_\(suffix)(\(address), \(value), 1);"
            case 1: "store_\(suffix)(\(address), \(value), lanes);"
            case let stride?: "scatter_\(suffix)(\(address), \(number(stride)), \(value), lanes);"
            }
        }
    }
}
#endif
