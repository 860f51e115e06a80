import StrataBackend
import StrataGraph

/// Graphs within graphs. Which of them runs, and how often, must be known: loops are unrolled.
extension Operator {
    static let control: [Operator] = [
        Operator("If") { call in
            let isTrue = try call.knownInteger(0) != 0
            return try call.builder.run(call.graph(isTrue ? "then_branch" : "else_branch"), [], around: call.scope)
        },
        Operator("Loop") { try $0.loop() },
        Operator("Scan", 9...27) { try $0.scan() },
        Operator("SequenceMap") { call in
            let body = try call.graph("body")
            let parts = try call.sequence(0)
            let others = Array(call.inputs.dropFirst())
            let results = try parts.indices.map { number -> [Value] in
                let arguments = try others.map { other -> Value in
                    guard case .sequence(let elements) = other else { return other }
                    guard elements.indices.contains(number) else { throw call.fail("sequences differ in length") }
                    return elements[number]
                }
                return try call.builder.run(body, [parts[number]] + arguments, around: call.scope)
            }
            return body.outputs.indices.map { place in .sequence(results.map { $0[place] }) }
        },
    ]
}

extension Call {
    fileprivate func loop() throws -> [Value] {
        let body = try graph("body")
        let limit = has(0) ? try knownInteger(0) : Int.max
        var isGoing = has(1) ? try knownInteger(1) != 0 : true
        var carried = Array(inputs.dropFirst(2))
        guard body.inputs.count == carried.count + 2, body.outputs.count > carried.count else {
            throw fail("its graph has \(body.inputs.count) inputs for \(carried.count) values")
        }
        var scanned: [[Value]] = []
        var turn = 0
        while isGoing, turn < limit {
            let number = Value(ONNXTensor([turn], []))
            let condition = Value(ONNXTensor([1], [], .bool))
            let results = try builder.run(body, [number, condition] + carried, around: scope)
            carried = Array(results[1..<carried.count + 1])
            scanned.append(Array(results.dropFirst(carried.count + 1)))
            turn += 1
            // Whether there is another turn does not matter after the last.
            if turn < limit {
                isGoing = try builder.known(array(results[0], "the condition")).integers?.first ?? 0 != 0
            }
        }
        let count = body.outputs.count - carried.count - 1
        return try carried
            + (0..<count).map { place in
                try stacked(scanned.map { $0[place] }, axis: 0, body.outputs[carried.count + 1 + place].type)
            }
    }

    /// The arrays of all turns, one after another along a new axis.
    private func stacked(_ parts: [Value], axis: Int, _ type: ONNXValueType) throws -> Value {
        if parts.isEmpty {
            guard case .tensor(let element, let dimensions?) = type else {
                throw fail("no turn is taken, so the shape of its results is not known", .unsupported)
            }
            let extents = dimensions.map { if case .extent(let extent) = $0 { extent } else { 0 } }
            return Value(ONNXTensor(element, Shape([0] + extents), element.isFloat ? .floats([]) : .integers([])))
        }
        let operands = try parts.map { part in
            let operand = try array(part, "a result")
            let axis = try self.axis(axis, rank: operand.rank + 1)
            var extents = operand.shape.extents
            extents.insert(1, at: axis)
            return (try array(reshaped(operand, Shape(extents)), "a result"), axis)
        }
        let dependence = parts.reduce(into: Set<String>()) { $0.formUnion($1.dependence) }
        return try joined(operands.map(\.0), axis: operands[0].1).depending(on: dependence)
    }

    fileprivate func scan() throws -> [Value] {
        let body = try graph("body")
        let count = try int("num_scan_inputs")
        guard (1...inputs.count).contains(count) else { throw fail("num_scan_inputs \(count)") }
        var states = Array(inputs.dropLast(count))
        let axes = try ints("scan_input_axes") ?? Array(repeating: 0, count: count)
        let directions = try ints("scan_input_directions") ?? Array(repeating: 0, count: count)
        let outputs = body.outputs.count - states.count
        guard outputs >= 0, axes.count == count, directions.count == count else { throw fail("its graph does not fit") }
        let outputAxes = try ints("scan_output_axes") ?? Array(repeating: 0, count: outputs)
        let outputDirections = try ints("scan_output_directions") ?? Array(repeating: 0, count: outputs)
        guard outputAxes.count == outputs, outputDirections.count == outputs else {
            throw fail("its graph does not fit")
        }
        let sequences = try inputs.suffix(count).enumerated().map { number, value in
            let operand = try array(value, "a sequence")
            return (operand, try axis(axes[number], rank: operand.rank))
        }
        let steps = sequences[0].0.shape[sequences[0].1]
        guard sequences.allSatisfy({ $0.0.shape[$0.1] == steps }) else {
            throw fail("sequences differ in length", .shape)
        }
        var scanned: [[Value]] = []
        for turn in 0..<steps {
            let elements = try sequences.enumerated().map { number, sequence -> Value in
                let (operand, axis) = sequence
                let place = directions[number] == 0 ? turn : steps - 1 - turn
                let slice = try array(moved(operand) { $0.slice(place..<place + 1, axis: axis) }, "an element")
                return try reshaped(slice, operand.shape.removing(axis)).depending(on: operand.dependence)
            }
            let results = try builder.run(body, states + elements, around: scope)
            states = Array(results.prefix(states.count))
            scanned.append(Array(results.dropFirst(states.count)))
        }
        return try states
            + (0..<outputs).map { place in
                let parts = scanned.map { $0[place] }
                return try stacked(
                    outputDirections[place] == 0 ? parts : parts.reversed(), axis: outputAxes[place],
                    body.outputs[states.count + place].type)
            }
    }
}
