import StrataBackend

extension Tensor {
    /// The most steps that `scan` unrolls.
    package static let longestScan = 1 << 14

    /// A recurrence over the first axis of some sequences, unrolled: a step for each element, which hands its state to the
    /// next.
    ///
    /// ```
    /// // Running sums: [steps, batch] → [steps, batch].
    /// let (_, sums) = Tensor.scan([x], carry: [.constant(0, [batch])]) { carry, element in
    ///     let sum = carry[0] + element[0]
    ///     return ([sum], [sum])
    /// }
    /// ```
    ///
    /// Its gradient is written back from step to step, and is a sequence where the element was one: the memory that both
    /// move grows with the steps, not with their square.
    ///
    /// - `sequences`: Arrays [steps, …] of the same number of steps, from 1 to 16,384.
    /// - `carry`: The state before the first step.
    /// - `isReversed`: Whether the last element comes first; outputs stay in the order of the sequences.
    /// - `body`: The next state, of the shapes of the one before, and the outputs, given a state and the elements […] of a step.
    ///
    /// Gives the state after the last step and the outputs of all, [steps, …] each; invalid tensors where the above does not
    /// hold.
    public static func scan(
        _ sequences: [Tensor], carry: [Tensor], isReversed: Bool = false, file: String = #fileID, line: Int = #line,
        _ body: (_ carry: [Tensor], _ elements: [Tensor]) -> (carry: [Tensor], outputs: [Tensor])
    ) -> (carry: [Tensor], outputs: [Tensor]) {
        func mistake(_ message: String) -> (carry: [Tensor], outputs: [Tensor]) {
            let invalid = Tensor.invalid("scan: \(message)", file: file, line: line)
            return (carry.map { _ in invalid }, [invalid])
        }
        if let invalid = (sequences + carry).first(where: \.isInvalid) {
            return (carry.map { _ in invalid }, [invalid])
        }
        guard let steps = sequences.first?.shape.first, steps > 0, sequences.allSatisfy({ $0.shape.first == steps })
        else {
            let shapes = sequences.map { "\($0.shape)" }.joined(separator: ", ")
            return mistake("the sequences are \(shapes.isEmpty ? "none" : shapes), expected [steps, …] of equal steps")
        }
        guard steps <= longestScan else {
            return mistake("\(steps) steps are more than can be unrolled, which are up to \(longestScan)")
        }
        var state = carry
        var outputs: [[Tensor]] = []
        for turn in 0..<steps {
            let step = isReversed ? steps - 1 - turn : turn
            let elements = sequences.map {
                $0.slice(step..<step + 1, axis: 0, file: file, line: line).reshape(Shape(Array($0.shape.dropFirst())))
            }
            let next = body(state, elements)
            if let invalid = (next.carry + next.outputs).first(where: \.isInvalid) {
                return (carry.map { _ in invalid }, [invalid])
            }
            guard next.carry.map(\.type) == carry.map(\.type) else {
                let types = { (tensors: [Tensor]) in tensors.map { "\($0.type)" }.joined(separator: ", ") }
                return mistake("a step makes the state \(types(next.carry)) of \(types(carry))")
            }
            if let first = outputs.first, first.map(\.type) != next.outputs.map(\.type) {
                return mistake("the outputs of step \(step) are not of the shapes of those before")
            }
            state = next.carry
            outputs.append(next.outputs)
        }
        if isReversed { outputs.reverse() }
        let stacked = outputs[0].indices.map { place in
            concatenate(
                outputs.map { $0[place].reshape(Shape([1] + $0[place].shape.extents)) }, axis: 0, file: file, line: line
            )
        }
        return (state, stacked)
    }
}
