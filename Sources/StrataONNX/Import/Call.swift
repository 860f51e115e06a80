import StrataBackend
import StrataGraph

/// A node at work: its arguments and attributes, each checked when an operator asks for it.
struct Call {
    let node: ONNXNode
    let inputs: [Value]
    /// The version of the operator set that says what the node means.
    let opset: Int
    let builder: GraphBuilder
    let scope: Scope

    func fail(_ message: String, _ kind: StrataError.Kind = .data) -> StrataError { StrataError(kind, message) }

    // MARK: Arguments

    func has(_ place: Int) -> Bool { place < inputs.count && !inputs[place].isNone }

    /// The argument at a place, which must be an array.
    func operand(_ place: Int) throws -> Operand {
        guard place < inputs.count else { throw fail("argument \(place + 1) is missing") }
        return try array(inputs[place], "argument \(place + 1)")
    }

    func array(_ value: Value, _ what: String) throws -> Operand {
        switch value {
        case .array(let operand): return operand
        case .sequence: throw fail("\(what) is a sequence, expected an array")
        case .none: throw fail("\(what) is missing")
        }
    }

    func optional(_ place: Int) throws -> Operand? { has(place) ? try operand(place) : nil }
    /// An argument as floats, which arithmetic takes.
    func number(_ place: Int) throws -> Tensor { try operand(place).number() }
    func optionalNumber(_ place: Int) throws -> Tensor? { has(place) ? try number(place) : nil }

    func sequence(_ place: Int) throws -> [Value] {
        guard place < inputs.count, case .sequence(let parts) = inputs[place] else {
            throw fail("argument \(place + 1) is not a sequence")
        }
        return parts
    }

    /// Whole numbers that the graph is built of.
    func knownIntegers(_ place: Int) throws -> [Int] {
        let tensor = try builder.known(operand(place))
        guard let values = tensor.integers else {
            throw fail("argument \(place + 1) is \(tensor.type), expected whole numbers")
        }
        return values
    }

    func knownInteger(_ place: Int) throws -> Int {
        let values = try knownIntegers(place)
        guard values.count == 1 else { throw fail("argument \(place + 1) has \(values.count) elements, expected 1") }
        return values[0]
    }

    func knownFloats(_ place: Int) throws -> [Float] { try builder.known(operand(place)).floats }

    // MARK: Attributes

    func has(_ name: String) -> Bool { node.attributes[name] != nil }

    private func wrong(_ name: String, _ expected: String) -> StrataError {
        fail(has(name) ? "attribute '\(name)' is not \(expected)" : "attribute '\(name)' is missing")
    }

    func int(_ name: String, _ fallback: Int? = nil) throws -> Int {
        if case .integer(let value)? = node.attributes[name] { return value }
        guard let fallback, !has(name) else { throw wrong(name, "a whole number") }
        return fallback
    }

    func flag(_ name: String) throws -> Bool { try int(name, 0) != 0 }

    func float(_ name: String, _ fallback: Float? = nil) throws -> Float {
        if case .float(let value)? = node.attributes[name] { return value }
        guard let fallback, !has(name) else { throw wrong(name, "a number") }
        return fallback
    }

    func string(_ name: String, _ fallback: String? = nil) throws -> String {
        if case .string(let value)? = node.attributes[name] { return value }
        guard let fallback, !has(name) else { throw wrong(name, "a text") }
        return fallback
    }

    func ints(_ name: String) throws -> [Int]? {
        switch node.attributes[name] {
        case .integers(let values): values
        case nil: nil
        default: throw wrong(name, "whole numbers")
        }
    }

    func floats(_ name: String) throws -> [Float]? {
        switch node.attributes[name] {
        case .floats(let values): values
        case nil: nil
        default: throw wrong(name, "numbers")
        }
    }

    func strings(_ name: String) throws -> [String]? {
        switch node.attributes[name] {
        case .strings(let values): values
        case nil: nil
        default: throw wrong(name, "texts")
        }
    }

    func graph(_ name: String) throws -> ONNXGraph {
        if case .graph(let graph)? = node.attributes[name] { return graph }
        throw wrong(name, "a graph")
    }

    func elementType(_ name: String, _ fallback: ElementType? = nil) throws -> ElementType {
        if let fallback, !has(name) { return fallback }
        let number = try int(name)
        guard let type = ElementType(rawValue: number) else { throw fail("element type \(number) does not exist") }
        return type
    }

    // MARK: Axes

    /// An axis of an array of `rank` axes, counted from its end where it is negative.
    func axis(_ axis: Int, rank: Int) throws -> Int {
        guard (-rank..<rank).contains(axis) else { throw fail("there is no axis \(axis) among \(rank)") }
        return axis < 0 ? axis + rank : axis
    }

    func axis(_ name: String = "axis", _ fallback: Int? = nil, of operand: Operand) throws -> Int {
        try axis(int(name, fallback), rank: operand.rank)
    }

    func axes(_ axes: [Int], rank: Int) throws -> [Int] {
        let axes = try axes.map { try axis($0, rank: rank) }
        guard Set(axes).count == axes.count else { throw fail("an axis is named twice among \(axes)") }
        return axes
    }

    /// Axes that are an attribute, or from some version on an argument; `nil` where none are given.
    func axes(argument place: Int, rank: Int) throws -> [Int]? {
        if let axes = try ints("axes") { return try self.axes(axes, rank: rank) }
        return has(place) ? try axes(knownIntegers(place), rank: rank) : nil
    }

    // MARK: Results

    /// A function of one argument, of its element type unless another is said.
    func map(_ type: ElementType? = nil, _ function: (Tensor) throws -> Tensor) throws -> [Value] {
        let operand = try operand(0)
        return [Value(try function(operand.number()), type ?? operand.type)]
    }

    /// A movement of elements: of an array that is known, now; else in the graph.
    func moved(_ operand: Operand, _ movement: (Tensor) -> Tensor) throws -> Value {
        guard operand.isFoldable, let host = operand.host else {
            return .array(Operand(movement(try operand.tensor()), operand.type))
        }
        let (shape, places) = try builder.places(host.shape, movement)
        let elements: ONNXTensor.Elements =
            switch host.elements {
            case .floats(let values): .floats(places.map { values[$0] })
            case .integers(let values): .integers(places.map { values[$0] })
            case .strings(let values): .strings(places.map { values[$0] })
            }
        return Value(ONNXTensor(host.type, shape, elements))
    }

    func reshaped(_ operand: Operand, _ shape: Shape) throws -> Value {
        guard operand.isFoldable, let host = operand.host else {
            return .array(Operand(try operand.tensor().reshape(shape), operand.type))
        }
        guard shape.isPossible, shape.elementCount == host.count else {
            throw fail("\(host.shape) has \(host.count) elements, expected \(shape.elementCount) for \(shape)", .shape)
        }
        return Value(ONNXTensor(host.type, shape, host.elements))
    }
}
