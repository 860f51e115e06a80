import StrataBackend

/// What a Python pickle says, as data: nothing that it names is looked up or called.
///
/// Values lie in one array and name each other by their places in it, so that a value may be shared or hold itself, and
/// neither a cycle nor a deep nesting costs a stack. A pickle of n bytes makes at most n values.
struct Pickle {
    /// The place of a value.
    typealias Reference = Int

    enum Value {
        case none
        case bool(Bool)
        case int(Int)
        /// A whole number beyond an `Int`: its bytes in two's complement, lowest first.
        case wide([UInt8])
        case double(Double)
        case string(String)
        case bytes(Range<Int>)
        case tuple([Reference])
        case list([Reference])
        /// Keys and values in turn, in their order.
        case dictionary([Reference])
        /// A class or a function, by its module and its name.
        case global(module: String, name: String)
        /// What calling `callable` with `arguments` would have given; `state` is what would have been put in, `items` what
        /// would have been added.
        case object(callable: Reference, arguments: Reference, state: Reference?, items: [Reference])
        /// What lies outside the pickle under this name.
        case persistent(Reference)
    }

    private(set) var values: [Value] = []
    /// The place of the whole.
    var root: Reference = 0

    subscript(_ place: Reference) -> Value {
        get { values[place] }
        set { values[place] = newValue }
    }

    mutating func add(_ value: Value) -> Reference {
        values.append(value)
        return values.count - 1
    }

    // MARK: What a value is

    func string(_ place: Reference) -> String? {
        if case .string(let text) = self[place] { text } else { nil }
    }

    func int(_ place: Reference) -> Int? {
        if case .int(let number) = self[place] { number } else { nil }
    }

    /// The elements of a tuple or a list.
    func elements(_ place: Reference) -> [Reference]? {
        switch self[place] {
        case .tuple(let elements), .list(let elements): elements
        default: nil
        }
    }

    /// The whole numbers of a tuple or a list.
    func ints(_ place: Reference) -> [Int]? {
        guard let elements = elements(place) else { return nil }
        let ints = elements.compactMap(int)
        return ints.count == elements.count ? ints : nil
    }

    /// The name of a global with its module, `collections.OrderedDict`.
    func global(_ place: Reference) -> String? {
        if case .global(let module, let name) = self[place] { "\(module).\(name)" } else { nil }
    }

    /// The pairs of a dictionary, in their order.
    func pairs(_ place: Reference) -> [(key: Reference, value: Reference)]? {
        guard case .dictionary(let flat) = self[place] else { return nil }
        return stride(from: 0, to: flat.count - 1, by: 2).map { (flat[$0], flat[$0 + 1]) }
    }

    /// The value of a dictionary under a key of text.
    func value(of place: Reference, _ key: String) -> Reference? {
        pairs(place)?.last { string($0.key) == key }?.value
    }
}
