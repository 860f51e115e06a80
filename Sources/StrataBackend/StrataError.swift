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

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }
}
