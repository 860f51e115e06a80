import StrataBackend

/// The stack machine of Python's pickles (PEP 3154 and the protocols before it, 0 to 5), without its calls.
struct PickleReader {
    private(set) var cursor: ByteCursor
    private var pickle = Pickle()
    private var stack: [Pickle.Reference] = []
    private var marks: [Int] = []
    private var memo: [Int: Pickle.Reference] = [:]
    /// References that calls have copied: a list that is recalled again and again may not be copied each time.
    private var copied = 0

    /// Reads the pickle that starts at the cursor, which `cursor` is behind afterwards. Throws `checkpoint` where it is damaged
    /// and `unsupported` for what only a running Python could tell.
    static func read(_ cursor: inout ByteCursor) throws -> Pickle {
        var reader = PickleReader(cursor: cursor)
        while try reader.step() {}
        cursor = reader.cursor
        return reader.pickle
    }

    private init(cursor: ByteCursor) { self.cursor = cursor }

    private func damaged(_ why: String) -> StrataError {
        StrataError(.checkpoint, "\(cursor.path): is a damaged pickle: \(why)")
    }

    // MARK: The stack

    private mutating func push(_ value: Pickle.Value) { stack.append(pickle.add(value)) }

    private mutating func pop() throws -> Pickle.Reference {
        guard stack.count > (marks.last ?? 0) else { throw damaged("takes from an empty stack") }
        return stack.removeLast()
    }

    private func top() throws -> Pickle.Reference {
        guard stack.count > (marks.last ?? 0), let last = stack.last else { throw damaged("looks at an empty stack") }
        return last
    }

    private mutating func popToMark() throws -> [Pickle.Reference] {
        guard let mark = marks.popLast() else { throw damaged("has no mark") }
        defer { stack.removeLast(stack.count - mark) }
        return Array(stack[mark...])
    }

    private mutating func pop(_ count: Int) throws -> [Pickle.Reference] {
        var popped: [Pickle.Reference] = []
        for _ in 0..<count { popped.append(try pop()) }
        return popped.reversed()
    }

    // MARK: Operands

    private mutating func count<T: FixedWidthInteger>(_: T.Type) throws -> Int {
        let number: T = try cursor.integer("a pickle")
        guard let count = Int(exactly: number), count >= 0 else { throw damaged("has an impossible length") }
        return count
    }

    private mutating func line() throws -> String {
        let start = cursor.offset
        while try cursor.integer("a pickle", as: UInt8.self) != UInt8(ascii: "\n") {}
        return try text(start..<cursor.offset - 1)
    }

    private func text(_ range: Range<Int>) throws -> String {
        guard let text = String(validating: cursor.bytes[range], as: UTF8.self) else {
            throw damaged("has text that is not UTF-8")
        }
        return text
    }

    private mutating func text(count: Int) throws -> String { try text(cursor.take(count, "a pickle")) }

    private func number(_ text: String) throws -> Int {
        guard let number = Int(text.hasSuffix("L") ? String(text.dropLast()) : text) else {
            throw damaged("'\(text.prefix(20))' is no number")
        }
        return number
    }

    private func wide(_ range: Range<Int>) -> Pickle.Value {
        let bytes = cursor.bytes[range]
        guard bytes.count <= 8 else { return .wide(Array(bytes)) }
        let negative = (bytes.last ?? 0) >= 128
        return .int(
            Int(truncatingIfNeeded: bytes.reversed().reduce(negative ? Int64(-1) : 0) { $0 << 8 | Int64($1) }))
    }

    // MARK: What would be a call

    private static let dictionaries: Set<String> = [
        "collections.OrderedDict", "collections.defaultdict", "collections.Counter", "builtins.dict",
        "__builtin__.dict",
    ]

    /// The kinds of dictionaries are dictionaries; any other call stays what it would have been.
    private mutating func call(_ callable: Pickle.Reference, _ arguments: Pickle.Reference) throws {
        guard let name = pickle.global(callable), Self.dictionaries.contains(name) else {
            return push(.object(callable: callable, arguments: arguments, state: nil, items: []))
        }
        // Protocols 0 and 1 give the pairs as the argument.
        let pairs = (pickle.elements(arguments) ?? []).prefix(1).flatMap { pickle.elements($0) ?? [] }
            .compactMap { pickle.elements($0) }
        copied += pairs.count
        guard copied <= cursor.bytes.count else { throw damaged("copies more than it holds") }
        push(.dictionary(pairs.allSatisfy { $0.count == 2 } ? pairs.flatMap { $0 } : []))
    }

    private mutating func extend(_ target: Pickle.Reference, by new: [Pickle.Reference]) throws {
        // Taken out while it grows, so that its array is not copied each time.
        let value = pickle[target]
        pickle[target] = .none
        switch value {
        case .list(var elements):
            elements += new
            pickle[target] = .list(elements)
        case .dictionary(var flat) where new.count.isMultiple(of: 2):
            flat += new
            pickle[target] = .dictionary(flat)
        case .object(let callable, let arguments, let state, var items):
            items += new
            pickle[target] = .object(callable: callable, arguments: arguments, state: state, items: items)
        default: throw damaged("adds to what holds nothing")
        }
    }

    // MARK: One instruction

    /// Runs the next instruction; `false` after the last.
    private mutating func step() throws -> Bool {
        let code: UInt8 = try cursor.integer("a pickle")
        switch Character(UnicodeScalar(code)) {
        case ".":
            pickle.root = try pop()
            return false
        case "\u{80}": _ = try cursor.take(1, "a pickle")
        case "\u{95}": _ = try cursor.take(8, "a pickle")

        case "(": marks.append(stack.count)
        case "0":
            // A mark on the top is taken instead of a value.
            if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
        case "1": _ = try popToMark()
        case "2": stack.append(try top())

        case "N": push(.none)
        case "\u{88}": push(.bool(true))
        case "\u{89}": push(.bool(false))
        case "I":
            let line = try line()
            push(line == "00" ? .bool(false) : line == "01" ? .bool(true) : .int(try number(line)))
        case "L": push(.int(try number(line())))
        case "J": push(.int(Int(try cursor.integer("a pickle", as: Int32.self))))
        case "K": push(.int(try count(UInt8.self)))
        case "M": push(.int(try count(UInt16.self)))
        case "\u{8A}": push(wide(try cursor.take(count(UInt8.self), "a pickle")))
        case "\u{8B}": push(wide(try cursor.take(count(Int32.self), "a pickle")))
        case "F":
            let line = try line()
            guard let number = Double(line) else { throw damaged("'\(line.prefix(20))' is no number") }
            push(.double(number))
        case "G":
            push(.double(Double(bitPattern: try cursor.integer("a pickle", bigEndian: true))))

        case "S": push(.string(String(try line().dropFirst().dropLast())))
        case "V": push(.string(try line()))
        case "T": push(.string(try text(count: count(Int32.self))))
        case "U", "\u{8C}": push(.string(try text(count: count(UInt8.self))))
        case "X": push(.string(try text(count: count(UInt32.self))))
        case "\u{8D}": push(.string(try text(count: count(UInt64.self))))
        case "B": push(.bytes(try cursor.take(count(UInt32.self), "a pickle")))
        case "C": push(.bytes(try cursor.take(count(UInt8.self), "a pickle")))
        case "\u{8E}", "\u{96}": push(.bytes(try cursor.take(count(UInt64.self), "a pickle")))

        case ")": push(.tuple([]))
        case "t": push(.tuple(try popToMark()))
        case "\u{85}": push(.tuple(try pop(1)))
        case "\u{86}": push(.tuple(try pop(2)))
        case "\u{87}": push(.tuple(try pop(3)))
        case "]", "\u{8F}": push(.list([]))
        case "l", "\u{91}": push(.list(try popToMark()))
        case "}": push(.dictionary([]))
        case "d":
            push(.dictionary([]))
            let place = stack.removeLast()
            try extend(place, by: popToMark())
            stack.append(place)
        case "a":
            let value = try pop()
            try extend(top(), by: [value])
        case "e", "\u{90}":
            let values = try popToMark()
            try extend(top(), by: values)
        case "s":
            let pair = try pop(2)
            try extend(top(), by: pair)
        case "u":
            let pairs = try popToMark()
            try extend(top(), by: pairs)

        case "p": memo[try number(line())] = try top()
        case "q": memo[try count(UInt8.self)] = try top()
        case "r": memo[try count(UInt32.self)] = try top()
        case "\u{94}": memo[memo.count] = try top()
        case "g": try recall(number(line()))
        case "h": try recall(count(UInt8.self))
        case "j": try recall(count(UInt32.self))

        case "c":
            let module = try line()
            push(.global(module: module, name: try line()))
        case "\u{93}":
            let names = try pop(2).map(pickle.string)
            guard let module = names[0], let name = names[1] else { throw damaged("names a class by what is no text") }
            push(.global(module: module, name: name))
        case "R", "\u{81}":
            let parts = try pop(2)
            try call(parts[0], parts[1])
        case "\u{92}":
            let parts = try pop(3)
            try call(parts[0], parts[1])
        case "i":
            let module = try line()
            let callable = pickle.add(.global(module: module, name: try line()))
            try call(callable, pickle.add(.tuple(popToMark())))
        case "o":
            let parts = try popToMark()
            guard let callable = parts.first else { throw damaged("makes an object of no class") }
            try call(callable, pickle.add(.tuple(Array(parts.dropFirst()))))
        case "b":
            let state = try pop()
            let place = try top()
            // What a dictionary has besides its items, such as the metadata of a state_dict, is of no use here.
            if case .object(let callable, let arguments, _, let items) = pickle[place] {
                pickle[place] = .object(callable: callable, arguments: arguments, state: state, items: items)
            }
        case "P": push(.persistent(pickle.add(.string(try line()))))
        case "Q": push(.persistent(try pop()))
        default:
            throw StrataError(
                .unsupported,
                "\(cursor.path): has instruction \(code) at byte \(cursor.offset - 1), which only Python reads")
        }
        return true
    }

    private mutating func recall(_ name: Int) throws {
        guard let place = memo[name] else { throw damaged("recalls what it never kept") }
        stack.append(place)
    }
}
