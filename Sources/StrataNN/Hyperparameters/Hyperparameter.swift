import StrataBackend

/// A setting of a model, an optimizer or a schedule: its name, its default and what values it takes.
public struct Hyperparameter: Sendable {
    /// A value of a setting; its case is the kind of value that the setting takes.
    public enum Value: Sendable, Hashable {
        /// A whole number: `500`.
        case integer(Int)
        /// A finite number: `0.001`.
        case real(Double)
        /// `true` or `false`.
        case flag(Bool)
        /// Widths of layers: `1000,500,250`, or `none`.
        case integers([Int])
        /// One of some words.
        case choice(String)
        /// Words that the model knows how to read: `label,size:regression`, or `none`.
        case words([String])
    }

    /// The name by which a user sets it, in words joined by hyphens: `critic-steps`.
    public var name: String
    /// The default, whose case fixes the kind of value that the setting takes.
    public var standard: Value
    /// What it sets, as a phrase for lists and error messages: `latent dimensions`.
    public var help: String
    /// Numbers must lie in it; so must each of a list.
    public var bounds: ClosedRange<Double>
    /// The words that a choice is among.
    public var choices: [String] = []
    /// Whether it counts only when a model is sampled, so that a trained one can be sampled with another value.
    public private(set) var isOfSampling = false
    /// Where it counts; everywhere where `nil`.
    public private(set) var condition: Condition?
    /// Other defaults, each where another setting has one of some values: the first that applies goes before `standard`.
    public private(set) var alternatives: [Alternative] = []

    /// A default that depends on another setting.
    public struct Alternative: Sendable, Hashable {
        /// The default.
        public var standard: Value
        /// Where it is the default.
        public var condition: Condition
    }

    /// What another setting must be for one to count.
    public struct Condition: Sendable, Hashable {
        /// The name of the other setting.
        public var setting: String
        /// The values of the other setting, as they are typed.
        public var values: [String]
        /// Whether it must be none of these values instead.
        public var isNegated = false

        func holds(_ value: Hyperparameter.Value?) -> Bool {
            (value.map { values.contains($0.description) } ?? false) != isNegated
        }

        /// `where network is conv or residual`
        public var description: String {
            "where \(setting) is \(isNegated ? "not " : "")\(values.joined(separator: " or "))"
        }
    }

    /// The same setting, which counts only where another has one of some values; to give it elsewhere is an error.
    public func only(when setting: String, is values: String...) -> Hyperparameter {
        var copy = self
        copy.condition = Condition(setting: setting, values: values)
        return copy
    }

    /// The same setting, which counts only where another has none of some values.
    public func only(when setting: String, isNot values: String...) -> Hyperparameter {
        var copy = self
        copy.condition = Condition(setting: setting, values: values, isNegated: true)
        return copy
    }

    /// The same setting, which counts only when a model is sampled.
    public func ofSampling() -> Hyperparameter {
        var copy = self
        copy.isOfSampling = true
        return copy
    }

    /// The same setting with another default where another setting has one of some values.
    public func defaulting(to value: Value, when setting: String, is values: String...) -> Hyperparameter {
        adding(Alternative(standard: value, condition: Condition(setting: setting, values: values)))
    }

    /// The same setting with another default where another setting has none of some values.
    public func defaulting(to value: Value, when setting: String, isNot values: String...) -> Hyperparameter {
        adding(
            Alternative(standard: value, condition: Condition(setting: setting, values: values, isNegated: true)))
    }

    private func adding(_ alternative: Alternative) -> Hyperparameter {
        var copy = self
        copy.alternatives.append(alternative)
        return copy
    }

    /// A setting that is no choice of words. Nothing is checked, not even that the default lies within the bounds.
    ///
    /// - `bounds`: From 0 to a billion where not given; of no account to a flag.
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
        func fail(_ expected: String) -> StrataError {
            StrataError(parameter: name, text, "expected \(expected) (\(help))")
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
            _ = try bounded(Double(number))
            return .integer(number)
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
            return .integers(
                try parts.compactMap { $0 }.map { number in
                    _ = try bounded(Double(number))
                    return number
                })
        case .words:
            guard text != "none" else { return .words([]) }
            let words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard !words.contains("") else { throw fail("words with commas between them") }
            return .words(words)
        case .choice:
            guard choices.contains(text) else { throw StrataError.unknown(name, text, among: choices) }
            return .choice(text)
        }
    }

    static func plain(_ number: Double) -> String {
        abs(number) < 1e15 && number == number.rounded() ? "\(Int(number))" : "\(number)"
    }
}

extension Hyperparameter.Value: CustomStringConvertible {
    /// The value as it is typed: `500`, `0.001`, `true`, `1000,500,250` or the word; an empty list is `none`.
    public var description: String {
        switch self {
        case .integer(let value): "\(value)"
        case .real(let value): Hyperparameter.plain(value)
        case .flag(let value): "\(value)"
        case .integers(let values): values.isEmpty ? "none" : values.map(String.init).joined(separator: ",")
        case .choice(let word): word
        case .words(let words): words.isEmpty ? "none" : words.joined(separator: ",")
        }
    }
}
