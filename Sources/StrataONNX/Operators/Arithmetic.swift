import StrataBackend
import StrataGraph

extension Operator {
    static let arithmetic: [Operator] = [
        Operator("Add") { try $0.binary(nil, sum, sum) },
        Operator("Sub") { try $0.binary(nil, difference, difference) },
        Operator("Mul") { try $0.binary(nil, product, product) },
        Operator("Div") { call in
            let isInteger = try call.operand(0).type.isInteger
            return try call.binary(nil, { isInteger ? wholeQuotient($0, $1) : $0 / $1 }) { a, b in
                b == 0 ? nil : a.dividedReportingOverflow(by: b).partialValue
            }
        },
        Operator("Mod") { call in
            let isFloor = try call.int("fmod", 0) == 0
            let isInteger = try call.operand(0).type.isInteger
            return try call.binary(
                nil,
                { a, b in
                    let quotient = isInteger ? wholeQuotient(a, b) : (a / b).truncated()
                    let rest = a - quotient * b
                    // The rest of truncation has the sign of the dividend, the modulus that of the divisor.
                    let isOpposite = rest.notEqual(.constant(0)) * (rest * b).less(0)
                    return isFloor ? isOpposite.select(rest + b, rest) : rest
                },
                { a, b in
                    guard b != 0, b != -1 else { return b == 0 ? nil : 0 }
                    let rest = a % b
                    return isFloor && rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
                })
        },
        Operator("Pow") { call in
            let exponent = try call.operand(1)
            return try call.binary(
                nil, { a, b in power(a, b) },
                exponent.type.isInteger ? { a, b in power(a, b) } : nil)
        },
        Operator("Min") { try $0.variadic({ $0.minimum($1) }, min) },
        Operator("Max") { try $0.variadic({ $0.maximum($1) }, max) },
        Operator("Sum") { try $0.variadic(sum, sum) },
        Operator("Mean") { call in
            let values = try call.variadic(sum, sum)
            let total = try call.array(values[0], "the sum")
            return [Value(try total.number() / Float(call.inputs.count), total.type)]
        },
        Operator("Neg") { try $0.unary(negative, negative) },
        Operator("Abs") { try $0.unary({ $0.absolute() }, { $0 < 0 ? negative($0) : $0 }) },
        Operator("Sign") { try $0.unary({ $0.sign() }, { $0.signum() }) },
    ]

    private static let relations: [Operator] = [
        comparison("Equal", { $0.equal($1) }, { (a: Int, b: Int) in a == b }),
        comparison("Less", { $0.less($1) }, { (a: Int, b: Int) in a < b }),
        comparison("Greater", { $0.greater($1) }, { (a: Int, b: Int) in a > b }),
        comparison("LessOrEqual", { $0.lessOrEqual($1) }, { (a: Int, b: Int) in a <= b }),
        comparison("GreaterOrEqual", { $0.greaterOrEqual($1) }, { (a: Int, b: Int) in a >= b }),
        comparison("And", { $0 * $1 }, { (a: Int, b: Int) in a != 0 && b != 0 }),
        comparison("Or", { $0.maximum($1) }, { (a: Int, b: Int) in a != 0 || b != 0 }),
        comparison("Xor", { $0.notEqual($1) }, { (a: Int, b: Int) in (a != 0) != (b != 0) }),
    ]

    static let comparisons: [Operator] =
        relations + [
            Operator("Not") { try $0.unary({ $0.not() }, { $0 == 0 ? 1 : 0 }) },
            Operator("IsNaN") { try $0.map(.bool) { $0.isNaN() } },
            Operator("IsInf") { call in
                let (positive, negative) = (try call.int("detect_positive", 1), try call.int("detect_negative", 1))
                return try call.map(.bool) { x in
                    let isAbove = x.equal(.constant(.infinity)), isBelow = x.equal(.constant(-.infinity))
                    return (positive != 0 ? isAbove : isAbove * 0) + (negative != 0 ? isBelow : isBelow * 0)
                }
            },
            Operator("Where") { call in
                let (condition, first, second) = (try call.operand(0), try call.operand(1), try call.operand(2))
                if let known = chosen(condition, first, second) { return [known] }
                return [Value(try condition.number().select(first.number(), second.number()), first.type)]
            },
        ]

    private static func comparison(
        _ name: String, _ function: @escaping @Sendable (Tensor, Tensor) -> Tensor,
        _ known: @escaping @Sendable (Int, Int) -> Bool
    ) -> Operator {
        Operator(name) { try $0.binary(.bool, function) { known($0, $1) ? 1 : 0 } }
    }
}

private func sum(_ a: Tensor, _ b: Tensor) -> Tensor { a + b }
private func sum(_ a: Int, _ b: Int) -> Int { a &+ b }
private func difference(_ a: Tensor, _ b: Tensor) -> Tensor { a - b }
private func difference(_ a: Int, _ b: Int) -> Int { a &- b }
private func product(_ a: Tensor, _ b: Tensor) -> Tensor { a * b }
private func product(_ a: Int, _ b: Int) -> Int { a &* b }
private func negative(_ a: Tensor) -> Tensor { -a }
private func negative(_ a: Int) -> Int { 0 &- a }

/// The quotient of whole numbers, towards zero: what a division that is not rounded correctly gets wrong is put right.
private func wholeQuotient(_ a: Tensor, _ b: Tensor) -> Tensor {
    let (dividend, divisor) = (a.absolute(), b.absolute())
    let quotient = (dividend / divisor).floor()
    let rest = dividend - quotient * divisor
    let exact = quotient + rest.greaterOrEqual(divisor) - rest.less(0)
    return exact * a.sign() * b.sign()
}

/// Whole numbers of one array or the other, where all is known.
private func chosen(_ condition: Operand, _ first: Operand, _ second: Operand) -> Value? {
    guard let flags = condition.foldable?.integers, let a = first.foldable?.integers, let b = second.foldable?.integers,
        let both = Tensor.broadcastShape(first.shape, second.shape),
        let shape = Tensor.broadcastShape(both, condition.shape)
    else { return nil }
    let (i, j, k) = (
        sources(condition.shape, in: shape), sources(first.shape, in: shape), sources(second.shape, in: shape)
    )
    let values = i.indices.map { flags[i[$0]] != 0 ? a[j[$0]] : b[k[$0]] }
    return Value(ONNXTensor(values, shape, first.type))
}

/// `a^b`, also where a is below 0 and b a whole number.
private func power(_ a: Tensor, _ b: Tensor) -> Tensor { a.power(b) }

private func power(_ base: Int, _ exponent: Int) -> Int? {
    guard (0...64).contains(exponent) else { return nil }
    return (0..<exponent).reduce(1) { result, _ in result &* base }
}

/// Where each element of an array repeated to `shape` comes from.
func sources(_ from: Shape, in shape: Shape) -> [Int] {
    var result = [0]
    let lead = shape.rank - from.rank
    let strides = from.strides
    for axis in shape.indices {
        let stride = axis >= lead && from[axis - lead] != 1 ? strides[axis - lead] : 0
        result = result.flatMap { base in (0..<shape[axis]).map { base + $0 * stride } }
    }
    return result
}

extension Operand {
    /// The elements, where they are known and no parameter's.
    var foldable: ONNXTensor? { isFoldable ? host : nil }
}

extension ElementType {
    /// The whole number that is stored for one out of range.
    func wrapping(_ value: Int) -> Int {
        switch self {
        case .uint8: Int(UInt8(truncatingIfNeeded: value))
        case .int8: Int(Int8(truncatingIfNeeded: value))
        case .uint16: Int(UInt16(truncatingIfNeeded: value))
        case .int16: Int(Int16(truncatingIfNeeded: value))
        case .int32: Int(Int32(truncatingIfNeeded: value))
        case .uint32: Int(UInt32(truncatingIfNeeded: value))
        default: value
        }
    }

    /// A whole number from arithmetic on narrow ones, wrapped as theirs is.
    func wrapping(_ value: Tensor) -> Tensor {
        guard let range, isNarrow else { return value }
        let low = Float(range.lowerBound)
        let count = Float(range.upperBound) - low + 1
        return value - ((value - low) / count).floor() * count
    }
}

extension Call {
    /// A function of two arguments, broadcast: of whole numbers that are known, now; `known` is `nil` where it has no value.
    func binary(
        _ result: ElementType? = nil, _ function: (Tensor, Tensor) throws -> Tensor,
        _ known: ((Int, Int) -> Int?)? = nil
    ) throws -> [Value] {
        let (first, second) = (try operand(0), try operand(1))
        return [try combined(first, formerlyBroadcast(second, to: first), result, function, known)]
    }

    /// Before version 7 the axes of a second argument are some of the first one's in a row, from `axis` on, and only an
    /// attribute makes it broadcast.
    private func formerlyBroadcast(_ second: Operand, to first: Operand) throws -> Operand {
        guard opset < 7 else { return second }
        guard try flag("broadcast") else {
            guard first.shape == second.shape else {
                throw fail("\(first.shape) and \(second.shape) differ, and nothing says that one is broadcast", .shape)
            }
            return second
        }
        // A number has no axes to be placed.
        if second.rank == 0 { return second }
        let last = first.rank - second.rank
        guard last >= 0 else { throw fail("\(second.shape) does not broadcast to \(first.shape)", .shape) }
        let start = try axis(int("axis", last), rank: max(first.rank, 1))
        guard start <= last else { throw fail("\(second.shape) has no place from axis \(start) on", .shape) }
        let after = [Int](repeating: 1, count: last - start)
        return try array(reshaped(second, Shape(second.shape.extents + after)), "argument 2")
    }

    func combined(
        _ a: Operand, _ b: Operand, _ result: ElementType? = nil, _ function: (Tensor, Tensor) throws -> Tensor,
        _ known: ((Int, Int) -> Int?)? = nil
    ) throws -> Value {
        let type = result ?? a.type
        if let known, let x = a.foldable?.integers, let y = b.foldable?.integers,
            let shape = Tensor.broadcastShape(a.shape, b.shape)
        {
            let values = zip(sources(a.shape, in: shape), sources(b.shape, in: shape)).map { known(x[$0], y[$1]) }
            let found = values.compactMap { $0 }
            if found.count == values.count { return Value(ONNXTensor(found.map(type.wrapping), shape, type)) }
        }
        let value = try function(a.number(), b.number())
        return Value(type.isInteger ? type.wrapping(value) : value, type)
    }

    func variadic(
        _ function: (Tensor, Tensor) -> Tensor, _ known: ((Int, Int) -> Int)? = nil
    ) throws -> [Value] {
        var result = try operand(0)
        for place in inputs.indices.dropFirst() {
            result = try array(combined(result, operand(place), nil, function, known), "the result")
        }
        return [.array(result)]
    }

    func unary(_ function: (Tensor) -> Tensor, _ known: (Int) -> Int) throws -> [Value] {
        let operand = try operand(0)
        if let host = operand.foldable, let values = host.integers {
            return [Value(ONNXTensor(values.map { operand.type.wrapping(known($0)) }, host.shape, host.type))]
        }
        return [Value(function(try operand.number()), operand.type)]
    }
}
