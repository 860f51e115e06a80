import StrataBackend
import StrataRuns

/// The answer to a request that needs no call of a model.
struct Answer: Sendable {
    var status = 200
    var type = "application/json"
    var body: [UInt8]
    /// Further fields of the header.
    var fields: [(name: String, value: String)] = []

    init(_ value: JSONValue) { body = Array(((try? value.line) ?? "null").utf8) }

    init(type: String, _ text: String) {
        self.type = type
        body = Array(text.utf8)
    }

    init(_ failure: RequestFailure) {
        self.init(.object(["error": .string(failure.message)]))
        status = failure.status.rawValue
        if !failure.allowed.isEmpty { fields.append(("Allow", failure.allowed.joined(separator: ", "))) }
        if failure.status == .tooManyRequests || failure.status == .unavailable { fields.append(("Retry-After", "1")) }
        if failure.status == .unauthorized { fields.append(("WWW-Authenticate", "Bearer")) }
    }
}

/// A path of the protocol, and what is done there.
struct Route: Sendable {
    /// What is done.
    enum Action: Sendable {
        /// Told at once.
        case tell(@Sendable (Service, _ model: String) throws -> Answer)
        /// A call of a function, whose result is told later.
        case infer
        /// A run is opened anew, which takes its time.
        case reload

        var isInference: Bool { if case .infer = self { true } else { false } }
    }

    var method: String
    /// The parts of the path; `*` stands for any one, of which the first is a model's name.
    var path: [Substring]
    /// Whether it is answered without the token, as probes of health are.
    var isOpen = false
    var action: Action

    init(_ method: String, _ path: String, isOpen: Bool = false, _ action: Action) {
        (self.method, self.path) = (method, path.split(separator: "/"))
        (self.isOpen, self.action) = (isOpen, action)
    }

    /// The name of the model in a path of this kind; `nil` for a path of another kind.
    func model(_ parts: [Substring]) -> String? {
        guard parts.count == path.count, zip(path, parts).allSatisfy({ $0 == "*" || $0 == $1 }) else { return nil }
        return zip(path, parts).first { $0.0 == "*" }.map { String($0.1) } ?? ""
    }

    /// The route of a request, and its model. Throws status 404 for an unknown path, 405 for one that has other methods.
    static func of(_ method: String, _ target: String) throws(RequestFailure) -> (route: Route, model: String) {
        let path = target.prefix { $0 != "?" }
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        let here = all.compactMap { route in route.model(parts).map { (route: route, model: $0) } }
        if let found = here.first(where: { $0.route.method == method }) { return found }
        guard !here.isEmpty else { throw RequestFailure(.notFound, "there is nothing at this path") }
        let methods = here.map(\.route.method)
        throw RequestFailure(
            .methodNotAllowed, "this path takes \(methods.joined(separator: " or "))", allowed: methods)
    }

    private static let all: [Route] = [
        Route("GET", "v2", .tell { _, _ in Answer(Service.metadata) }),
        Route("GET", "v2/health/live", isOpen: true, .tell { _, _ in Answer(.object(["live": .bool(true)])) }),
        Route("GET", "v2/health/ready", isOpen: true, .tell { service, _ in try service.ready() }),
        // Before the models, of which none can be called so: a run's name and an ability have a hyphen between them.
        Route("GET", "v2/models/stats", .tell { service, _ in Answer(service.statistics(service.repository.all)) }),
        Route("GET", "v2/models/*", .tell { try Answer($0.repository.function($1).metadata) }),
        Route("GET", "v2/models/*/ready", .tell { try $0.ready($1) }),
        Route("GET", "v2/models/*/config", .tell { try Answer($0.repository.function($1).configuration) }),
        Route("GET", "v2/models/*/stats", .tell { try Answer($0.statistics([$0.repository.function($1)])) }),
        Route("POST", "v2/models/*/infer", .infer),
        Route("GET", "v2/models/*/versions/1", .tell { try Answer($0.repository.function($1).metadata) }),
        Route("GET", "v2/models/*/versions/1/ready", .tell { try $0.ready($1) }),
        Route("GET", "v2/models/*/versions/1/config", .tell { try Answer($0.repository.function($1).configuration) }),
        Route("GET", "v2/models/*/versions/1/stats", .tell { try Answer($0.statistics([$0.repository.function($1)])) }),
        Route("POST", "v2/models/*/versions/1/infer", .infer),
        Route("POST", "v2/repository/index", .tell { service, _ in Answer(service.index) }),
        Route("POST", "v2/repository/models/*/load", .reload),
        Route("GET", "metrics", .tell { service, _ in Answer(type: "text/plain; version=0.0.4", service.metrics) }),
        Route("GET", "openapi.json", .tell { _, _ in Answer(type: "application/json", Service.openAPI) }),
    ]
}
