import StrataBackend

/// What is known of classes besides their examples: numbers that describe each, and which of them are unseen, so that a
/// model has to know them by their description alone (zero-shot learning).
///
/// ```
/// let animals = try ClassAttributes(names: ["stripes", "hooves"], values: [1, 1, 1, 0, 0, 1], unseen: [0])
/// let data = try animalImages.describingClasses(by: animals)     // zebra, tiger, horse: no zebra in training
/// ```
public struct ClassAttributes: Hashable, Sendable {
    /// The names of the attributes, in the order of each row of `values`.
    public let names: [String]
    /// [classes, attributes], by the indices of the classes: 0 or 1 for what a class has, or any numbers, as of word
    /// vectors.
    public let values: [Float]
    /// The indices of the classes without training examples, in ascending order.
    public let unseen: [Int]

    /// Throws `shape` where the values are no rows of the names, are not finite or describe a class by nothing but
    /// zeros, and where unseen classes are none of the classes, come twice, or are all of them.
    public init(names: [String], values: [Float], unseen: [Int] = []) throws {
        guard !names.isEmpty, !values.isEmpty, values.count % names.count == 0 else {
            throw StrataError(.shape, "attributes: \(values.count) numbers are no rows of \(names.count)")
        }
        let classes = values.count / names.count
        for row in 0..<classes {
            let own = values[row * names.count..<(row + 1) * names.count]
            guard own.allSatisfy(\.isFinite) else {
                throw StrataError(.shape, "attributes: class \(row) has a value that is not a finite number")
            }
            guard own.contains(where: { $0 != 0 }) else {
                throw StrataError(.shape, "attributes: class \(row) has none, all its numbers are 0")
            }
        }
        let sorted = unseen.sorted()
        if let odd = sorted.first(where: { !(0..<classes).contains($0) }) {
            throw StrataError(.shape, "attributes: the unseen class \(odd) is none of the \(classes) classes")
        }
        guard Set(sorted).count == sorted.count else {
            throw StrataError(.shape, "attributes: an unseen class is named twice")
        }
        guard sorted.count < classes else {
            throw StrataError(.shape, "attributes: all \(classes) classes are unseen; there is nothing to learn from")
        }
        (self.names, self.values, self.unseen) = (names, values, sorted)
    }

    /// The number of classes.
    public var classes: Int { values.count / names.count }

    /// The indices of the classes with training examples, in ascending order.
    public var seen: [Int] {
        let unseen = Set(unseen)
        return (0..<classes).filter { !unseen.contains($0) }
    }

    /// The attributes of one class.
    subscript(row: Int) -> ArraySlice<Float> { values[row * names.count..<(row + 1) * names.count] }

    /// The same classes with others unseen; throws as `init` does.
    public func leavingUnseen(_ classes: [Int]) throws -> ClassAttributes {
        try ClassAttributes(names: names, values: values, unseen: classes)
    }

    /// At most so many of some seen classes, drawn at random from the seed so that each attribute that one of them has
    /// is left to another seen class; in ascending order.
    public func drawn(_ count: Int, among candidates: [Int], seed: UInt32) -> [Int] {
        let known = Set(seen)
        var holders = [Int](repeating: 0, count: names.count)
        func attributes(_ row: Int) -> [Int] { names.indices.filter { values[row * names.count + $0] != 0 } }
        for row in seen { for attribute in attributes(row) { holders[attribute] += 1 } }
        var drawn: [Int] = []
        for place in Threefry.permutation(count: candidates.count, seed: seed, epoch: 0x756E_7365)
        where drawn.count < count {
            let row = candidates[Int(place)]
            guard known.contains(row) else { continue }
            let own = attributes(row)
            guard own.allSatisfy({ holders[$0] > 1 }) else { continue }
            for attribute in own { holders[attribute] -= 1 }
            drawn.append(row)
        }
        return drawn.sorted()
    }
}

extension ClassAttributes {
    /// Seen classes to be held out, to choose by: a share of them, two at least, drawn from the seed so that the others
    /// have all attributes or, where not even two are left so, at random. None where there are fewer than three.
    public func heldOut(_ share: Double, seed: UInt32) -> [Int] {
        let seen = seen
        guard seen.count > 2 else { return [] }
        let wanted = min(max(2, Int((Double(seen.count) * (share > 0 ? min(share, 1) : 0)).rounded())), seen.count - 1)
        let fitting = drawn(wanted, among: seen, seed: seed)
        if fitting.count > 1 { return fitting }
        return Threefry.permutation(count: seen.count, seed: seed, epoch: 0x6865_6C64).prefix(2).map { seen[Int($0)] }
            .sorted()
    }
}

extension ClassAttributes: Codable {
    private enum Key: String, CodingKey { case names, rows, unseen }

    /// Rows are coded as words, one string a class: half the size, and a line each where a file is laid out.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let rows = try fields.decode([String].self, forKey: .rows)
        let values = rows.flatMap { $0.split(separator: " ") }.map { Float($0) ?? .nan }
        try self.init(
            names: fields.decode([String].self, forKey: .names), values: values,
            unseen: fields.decode([Int].self, forKey: .unseen))
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(names, forKey: .names)
        try fields.encode(
            (0..<classes).map { row in
                self[row].map { $0 == 0 ? "0" : $0 == 1 ? "1" : "\($0)" }.joined(separator: " ")
            }, forKey: .rows)
        try fields.encode(unseen, forKey: .unseen)
    }
}
