import StrataBackend

extension Column {
    /// The class of each example.
    public init(_ labels: Labels) throws {
        try self.init(
            ColumnSpec(ColumnName.label, dtype: .int32, meaning: .classes(labels.classNames)), labels.values)
    }

    /// The true causes of each example.
    public init(_ factors: Factors) throws {
        guard !factors.names.isEmpty else { throw StrataError(.shape, "factors have no names") }
        try self.init(
            ColumnSpec(
                ColumnName.factor, dtype: .int32, shape: [factors.names.count],
                meaning: .factors(names: factors.names, sizes: factors.sizes)), factors.values)
    }

    /// The numbers to be predicted of each example.
    public init(_ targets: Targets) throws {
        guard !targets.names.isEmpty else { throw StrataError(.shape, "targets have no names") }
        try self.init(
            ColumnSpec(
                ColumnName.target, dtype: .float32, shape: [targets.names.count], meaning: .numbers(targets.names)),
            targets.values)
    }

    /// How much each example counts, 0 or more.
    public init(weights: [Float]) throws {
        try self.init(ColumnSpec(ColumnName.weight, dtype: .float32, meaning: .weight), weights)
    }

    /// Where each example comes from: 0 for the source domain, 1 for the target.
    ///
    /// Throws `shape` for any other numbers, or another count of them.
    public init(domains: [Int32], count: Int) throws {
        guard domains.count == count else {
            throw StrataError(.shape, "\(domains.count) domains do not fit \(count) examples")
        }
        if let stray = domains.first(where: { !(0...1).contains($0) }) {
            throw StrataError(.shape, "domain \(stray): expected 0 for the source or 1 for the target")
        }
        try self.init(
            ColumnSpec(ColumnName.domain, dtype: .int32, meaning: .classes(JoinedDomains.names)), domains)
    }

    /// Throws `shape` where a value is not what the meaning of its column allows.
    func checkMeaning() throws {
        switch spec.meaning {
        case .values: return
        case .image:
            guard (2...3).contains(spec.shape.rank) else { throw unfit("an image is [H, W] or [C, H, W]") }
        case .classes(let names):
            guard spec.dtype == .int32, spec.shape == [] else { throw unfit("a class is one int32") }
            try checkWholeNumbers(["label"], sizes: [names.count])
        case .numbers(let names):
            guard spec.dtype == .float32, spec.shape == [names.count] else {
                throw unfit("\(names.count) named numbers are float32 [\(names.count)]")
            }
            try checkNumbers { name, _ in "\(spec.name) '\(names[name])'" }
        case .factors(let names, let sizes):
            guard spec.dtype == .int32, spec.shape == [names.count], sizes.count == names.count else {
                throw unfit("\(names.count) factors of \(sizes.count) sizes are int32 [\(names.count)]")
            }
            try checkWholeNumbers(names.map { "factor '\($0)':" }, sizes: sizes)
        case .tokens(let vocabulary):
            guard spec.dtype != .float32, spec.scale == 1 else { throw unfit("tokens are int32 or uint8, of scale 1") }
            try checkWholeNumbers(["token"], sizes: [vocabulary])
        case .weight:
            guard spec.dtype == .float32, spec.shape == [] else { throw unfit("a weight is one float32") }
            try checkNumbers(least: 0) { _, value in "weight \(value)" }
        }
    }

    private func unfit(_ expected: String) -> StrataError {
        StrataError(.shape, "column '\(name)': is \(spec.typeDescription), but \(expected)")
    }

    /// Every number of a row lies from 0 to below its size; sizes repeat.
    private func checkWholeNumbers(_ names: [String], sizes: [Int]) throws {
        let width = spec.shape.elementCount
        try forEachPiece { rows, bytes in
            let isByte = spec.dtype == .uint8
            for position in 0..<rows.count * width {
                let value =
                    isByte
                    ? Int(bytes[position]) : Int(bytes.loadUnaligned(fromByteOffset: 4 * position, as: Int32.self))
                let size = sizes[position % sizes.count]
                guard value < 0 || value >= size else { continue }
                let example = rows.lowerBound + position / width
                throw StrataError(
                    .shape, "\(names[position % names.count]) \(value) of example \(example) is outside 0..<\(size)")
            }
        }
    }

    private func checkNumbers(least: Float = -.infinity, _ what: (_ position: Int, _ value: Float) -> String) throws {
        let width = spec.shape.elementCount
        try forEachPiece { rows, bytes in
            for position in 0..<rows.count * width {
                let value = bytes.loadUnaligned(fromByteOffset: 4 * position, as: Float.self)
                if value.isFinite, value >= least { continue }
                let place = "\(what(position % width, value)) of example \(rows.lowerBound + position / width)"
                throw StrataError(.shape, "\(place) is \(value.isFinite ? "negative" : "not a finite number")")
            }
        }
    }
}
