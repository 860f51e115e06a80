import StrataBackend

/// What is to be told of each example in numbers: the values of a regression, or several labels that are there (above
/// ½) or not.
public struct Targets: Hashable, Sendable {
    public var names: [String]
    /// [count, names.count].
    public var values: [Float]

    public init(names: [String], values: [Float]) {
        self.names = names
        self.values = values
    }

    /// An array [count] or [count, targets], whose targets are named by their numbers. Throws `shape` for any other.
    init(_ array: StoredArray, count: Int) throws {
        let shape = array.shape
        guard (1...2).contains(shape.rank), shape[0] == count, shape.rank == 1 || shape[1] > 0 else {
            throw StrataError(
                .shape, "targets of \(shape) do not fit \(count) examples; they want [\(count)] or [\(count), targets]")
        }
        self.init(names: (0..<(shape.rank == 1 ? 1 : shape[1])).map(String.init), values: array.floats)
    }

    /// The mean of each target over the examples; 0 where there are none.
    public var means: [Float] {
        var sums = [Double](repeating: 0, count: names.count)
        for (position, value) in values.enumerated() { sums[position % names.count] += Double(value) }
        return sums.map { Float($0 / Double(max(values.count / max(names.count, 1), 1))) }
    }

    /// Throws `shape` where these are not the targets of so many examples, or not finite.
    func check(count: Int) throws {
        guard !names.isEmpty, values.count == Shape([count]).byteCount(elementBytes: names.count) else {
            throw StrataError(.shape, "\(values.count) targets do not fit \(count) × \(names.count)")
        }
        if let wrong = values.firstIndex(where: { !$0.isFinite }) {
            let (example, name) = (wrong / names.count, names[wrong % names.count])
            throw StrataError(.shape, "target '\(name)' of example \(example) is not a finite number")
        }
    }

    /// Those of the examples at these positions.
    func subset(_ positions: [Int32]) -> Targets {
        let width = names.count
        return Targets(names: names, values: positions.flatMap { values[Int($0) * width..<(Int($0) + 1) * width] })
    }
}
