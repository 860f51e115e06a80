import StrataBackend

/// Why a request was not answered: an HTTP status, and a line for the client.
struct RequestFailure: Error, Hashable {
    /// The status that says so.
    enum Status: Int, Sendable {
        case badRequest = 400
        case unauthorized = 401
        case notFound = 404
        case methodNotAllowed = 405
        case tooLarge = 413
        case unsupportedMediaType = 415
        case unprocessable = 422
        case tooManyRequests = 429
        case failed = 500
        case unavailable = 503
    }

    var status: Status
    var message: String
    /// The methods that the path has, where that was the trouble.
    var allowed: [String] = []

    init(_ status: Status, _ message: String, allowed: [String] = []) {
        (self.status, self.message, self.allowed) = (status, message, allowed)
    }

    /// An error of the library: what the client's numbers can cause is the client's, the rest is the server's.
    init(_ error: any Error) {
        switch error {
        case let failure as RequestFailure: self = failure
        case let error as StrataError:
            let isOfInput = [.usage, .shape, .data, .unsupported].contains(error.kind)
            self.init(isOfInput ? .unprocessable : .failed, error.message)
        default: self.init(.failed, "\(error)")
        }
    }
}
