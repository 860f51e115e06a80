import StrataBackend

/// A setting of a model: its name on the command line, its default and what values it takes.
public struct Hyperparameter: Sendable {
    public enum Value: Sendable, Hashable {
        case integer(Int)
        case real(Double)
        case flag(Bool)
        /// Widths of layers: `1000,500,250`, or `none`.
        case integers([Int])
        /// One of some words.
        case choice(String)
    }

    public var name: String
    public var standard: Value
    public var help: String
    /// Numbers must lie in it; so must each of a list.
    public var bounds: ClosedRange<Double>
    /// The words that a choice is among.
    public var choices: [String] = []

    public init(_ name: String, _ standard: Value, in bounds: ClosedRange<Double> = 0...1e9, _ help: String) {
        self.name = name
        self.standard = standard
        self.bounds = bounds
        self.help = help
    }

    /// A choice among the names of an enumeration's cases, or of some of them.
    public init<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ standard: Choice, among cases: [Choice]? = nil, _ help: String
    ) where Choice.RawValue == String {
        let choices = (cases ?? Array(Choice.allCases)).map(\.rawValue)
        self.init(name, .choice(standard.rawValue), "\(help): \(choices.joined(separator: ", "))", among: choices)
    }

    private init(_ name: String, _ standard: Value, _ help: String, among choices: [String]) {
        self.init(name, standard, help)
        self.choices = choices
    }

    /// Reads what a user typed. Throws `usage` for something of the wrong kind or out of bounds.
    public func parse(_ text: String) throws -> Value {
        func fail(_ wants: String) -> StrataError {
            StrataError(.usage, "--\(name) \(text): \(name) wants \(wants) (\(help))")
        }
        func bounded(_ number: Double) throws -> Double {
            guard bounds.contains(number) else {
                throw fail("a number from \(Self.plain(bounds.lowerBound)) to \(Self.plain(bounds.upperBound))")
            }
            return number
        }
        switch standard {
        case .integer:
            guard let number = Int(text) else { throw fail("a whole number") }
            return .integer(Int(try bounded(Double(number))))
        case .real:
            guard let number = Double(text), number.isFinite else { throw fail("a number") }
            return .real(try bounded(number))
        case .flag:
            guard let flag = Bool(text) else { throw fail("true or false") }
            return .flag(flag)
        case .integers:
            guard text != "none" else { return .integers([]) }
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
            guard !parts.isEmpty, !parts.contains(nil) else { throw fail("whole numbers such as 1000,500,250") }
            return .integers(try parts.map { Int(try bounded(Double($0!))) })
        case .choice:
            guard choices.contains(text) else { throw StrataError.unknown("--\(name)", text, among: choices) }
            return .choice(text)
        }
    }

    static func plain(_ number: Double) -> String {
        abs(number) < 1e15 && number == number.rounded() ? "\(Int(number))" : "\(number)"
    }
}

extension Hyperparameter.Value: CustomStringConvertible {
    public var description: String {
        switch self {
        case .integer(let value): "\(value)"
        case .real(let value): Hyperparameter.plain(value)
        case .flag(let value): "\(value)"
        case .integers(let values): values.isEmpty ? "none" : values.map(String.init).joined(separator: ",")
        case .choice(let word): word
        }
    }
}

/// The settings of one model: every declared hyperparameter has a value.
public struct Hyperparameters: Sendable, Hashable {
    public private(set) var values: [String: Hyperparameter.Value]

    /// The defaults, overridden by what the user typed. Throws `usage` for an unknown name.
    public init(_ declared: [Hyperparameter], _ typed: [String: String]) throws {
        values = Dictionary(uniqueKeysWithValues: declared.map { ($0.name, $0.standard) })
        for (name, text) in typed.sorted(by: { $0.key < $1.key }) {
            guard let hyperparameter = declared.first(where: { $0.name == name }) else {
                throw StrataError.unknown("option", "--\(name)", among: declared.map { "--\($0.name)" })
            }
            values[name] = try hyperparameter.parse(text)
        }
    }

    /// What a user would have typed; `Hyperparameters(declared, typed)` gives these back.
    public var typed: [String: String] { values.mapValues(\.description) }

    /// A declared value; the declaration fixes its kind.
    public func integer(_ name: String) -> Int { if case .integer(let value)? = values[name] { value } else { 0 } }
    public func real(_ name: String) -> Double { if case .real(let value)? = values[name] { value } else { 0 } }
    public func flag(_ name: String) -> Bool { if case .flag(let value)? = values[name] { value } else { false } }
    public func integers(_ name: String) -> [Int] { if case .integers(let value)? = values[name] { value } else { [] } }

    /// The case that was chosen; `standard` is that of the declaration.
    public func choice<Choice: RawRepresentable>(_ name: String, _ standard: Choice) -> Choice
    where Choice.RawValue == String {
        if case .choice(let word)? = values[name] { Choice(rawValue: word) ?? standard } else { standard }
    }
}
