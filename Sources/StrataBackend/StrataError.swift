/// What went wrong, where, and what to do about it, in one line.
///
/// Every error that a user's input can cause is one of these; library code never traps on input.
public struct StrataError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a program may want to react to; the message is for people.
    public enum Kind: String, Sendable {
        case usage, shape, unsupported, backendUnavailable, device, data, checkpoint, file, notFinite, interrupted
    }

    public let kind: Kind
    public let message: String
    /// The parameter at fault, by its name in Swift, with which the message then begins: `batchSize 0: …`.
    public let parameter: String?

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
