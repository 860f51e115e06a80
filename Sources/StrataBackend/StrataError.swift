/// What went wrong, where, and what to do about it, in one line.
///
/// Every error that a user's input can cause is one of these; library code never traps on input.
public struct StrataError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a program may want to react to; the message is for people.
    public enum Kind: String, Sendable {
        /// A setting or a call that cannot be: a value out of range, an unknown name.
        case usage
        /// Arrays whose shapes or element types do not fit, in a graph, a program, or what is written to it.
        case shape
        /// Something that makes sense, but that this model, backend, build or reader of a format cannot do.
        case unsupported
        /// A backend that this machine cannot run; the message gives the reason and the remedy.
        case backendUnavailable
        /// A failure of the device or the system under it: no memory, no thread, a kernel that does not build.
        case device
        /// Data that are damaged, contradict themselves or do not suit the model.
        case data
        /// A checkpoint that is damaged, or lacks what it is asked for.
        case checkpoint
        /// A file or a folder that cannot be found, read or written.
        case file
        /// Values that became `NaN` or infinite, such as a loss that diverged.
        case notFinite
        /// Work that was stopped from outside before its end, for programs to report; the library itself throws none.
        case interrupted
    }

    /// What a program may react to without reading the message.
    public let kind: Kind
    /// One line for people: what went wrong, where, and what to do about it.
    public let message: String
    /// The parameter at fault, by its name in Swift, with which the message then begins: `batchSize 0: …`.
    public let parameter: String?

    /// An error about no parameter in particular: `parameter` is `nil`.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
        parameter = nil
    }

    /// An error of kind `usage` about the value of a parameter: `batchSize 0: a batch has at least one example`.
    public init(parameter: String, _ value: Any, _ problem: String) {
        kind = .usage
        message = "\(parameter) \(value): \(problem)"
        self.parameter = parameter
    }

    public var description: String { message }

    /// The message of a front end that has another name for the parameter, such as a command its option.
    public func message(naming name: (_ parameter: String) -> String) -> String {
        guard let parameter else { return message }
        return name(parameter) + message.dropFirst(parameter.count)
    }
}
