import StrataBackend

/// The settings of one model, optimizer or schedule: every declared hyperparameter has a value.
public struct Hyperparameters: Sendable, Hashable {
    /// A value for each declared setting, by its name.
    public private(set) var values: [String: Hyperparameter.Value]

    /// The defaults, overridden by what a user typed. A default that depends on another setting follows what that one
    /// has come to, if it is declared before.
    ///
    /// Throws `usage` for an unknown name, for a value that does not fit, and for a setting that does not count beside the
    /// others.
    ///
    /// - `kept`: What a run was started with, also settings that do not count, in place of the defaults.
    public init(_ declared: [Hyperparameter], _ typed: [String: String], over kept: [String: String] = [:]) throws {
        values = Dictionary(declared.map { ($0.name, $0.standard) }) { first, _ in first }
        for (name, text) in kept.merging(typed, uniquingKeysWith: { $1 }).sorted(by: { $0.key < $1.key }) {
            guard let hyperparameter = declared.first(where: { $0.name == name }) else {
                let unknown = StrataError.unknown("setting", name, among: declared.map(\.name))
                throw StrataError(parameter: name, text, unknown.message)
            }
            values[name] = try hyperparameter.parse(text)
        }
        for hyperparameter in declared where typed[hyperparameter.name] == nil && kept[hyperparameter.name] == nil {
            let alternative = hyperparameter.alternatives.first { $0.condition.holds(values[$0.condition.setting]) }
            if let alternative { values[hyperparameter.name] = alternative.standard }
        }
        for hyperparameter in declared where typed[hyperparameter.name] != nil {
            guard let condition = hyperparameter.condition, !condition.holds(values[condition.setting]) else {
                continue
            }
            let other = values[condition.setting]?.description ?? "not there"
            throw StrataError(
                parameter: hyperparameter.name, typed[hyperparameter.name] ?? "",
                "counts only \(condition.description); \(condition.setting) is \(other)")
        }
    }

    /// What a user would have typed; `Hyperparameters(declared, typed)` gives these back.
    public var typed: [String: String] { values.mapValues(\.description) }

    /// A whole number; 0 where none is declared by that name.
    public func integer(_ name: String) -> Int { if case .integer(let value)? = values[name] { value } else { 0 } }
    /// A real number; 0 where none is declared by that name.
    public func real(_ name: String) -> Double { if case .real(let value)? = values[name] { value } else { 0 } }
    /// Whether a flag is set; `false` where none is declared by that name.
    public func flag(_ name: String) -> Bool { if case .flag(let value)? = values[name] { value } else { false } }
    /// A list of whole numbers, such as widths of layers; empty for `none`, and where none is declared by that name.
    public func integers(_ name: String) -> [Int] { if case .integers(let value)? = values[name] { value } else { [] } }

    /// A list of words; empty for `none`, and where none is declared by that name.
    public func words(_ name: String) -> [String] { if case .words(let value)? = values[name] { value } else { [] } }

    /// The case that was chosen; `standard` is that of the declaration.
    public func choice<Choice: RawRepresentable>(_ name: String, _ standard: Choice) -> Choice
    where Choice.RawValue == String {
        if case .choice(let word)? = values[name] { Choice(rawValue: word) ?? standard } else { standard }
    }
}
