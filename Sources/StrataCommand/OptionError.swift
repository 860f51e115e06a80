import StrataBackend

/// An error as the command tells it: a parameter by the name of its option.
struct OptionError: Error, CustomStringConvertible {
    let description: String

    init(_ error: StrataError) { description = error.message { "--\(OptionError.option($0))" } }

    /// `batchSize` as `batch-size`.
    static func option(_ parameter: String) -> String {
        parameter.reduce(into: "") { $0 += $1.isUppercase ? "-\($1.lowercased())" : String($1) }
    }
}
