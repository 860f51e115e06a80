import StrataBackend
import StrataRuns
import Synchronization

/// What requests are answered from: the functions, what was counted, and whether the server is about to end.
final class Service: Sendable {
    let repository: ModelRepository
    /// What clients must show; `nil` for none.
    let token: String?
    /// The bytes of a body.
    let largestBody: Int
    let counters = ServerMetrics()
    /// The bytes of bodies that are being received or answered, of all connections.
    private let bodies = Atomic<Int>(0)
    let isDraining = Atomic<Bool>(false)
    /// Told of what is the server's own fault.
    let report: @Sendable (String) -> Void

    init(
        _ repository: ModelRepository, token: String?, largestBody: Int, report: @escaping @Sendable (String) -> Void
    ) {
        (self.repository, self.token, self.largestBody, self.report) = (repository, token, largestBody, report)
    }

    /// Throws status 401 where the value of a request's field `Authorization` does not show the token.
    func authorize(_ field: String?) throws(RequestFailure) {
        guard let token else { return }
        let (shown, expected) = (Array((field ?? "").utf8), Array("Bearer \(token)".utf8))
        // Takes the same time wherever they differ.
        var difference = shown.count ^ expected.count
        for place in expected.indices {
            difference |= Int((shown.indices.contains(place) ? shown[place] : 0) ^ expected[place])
        }
        guard difference == 0 else {
            throw RequestFailure(.unauthorized, "expected the field 'Authorization: Bearer' with the server's token")
        }
    }

    /// Throws status 503 while the server drains.
    func refuseWhileDraining() throws(RequestFailure) {
        guard !isDraining.load(ordering: .relaxed) else {
            throw RequestFailure(.unavailable, "the server is about to end; ask another one")
        }
    }

    /// Counts bytes of a body that have come. Throws status 429 where all bodies together take more than four of the
    /// largest, so that memory is bounded however many connections there are.
    func hold(_ bytes: Int) throws(RequestFailure) {
        guard bodies.add(bytes, ordering: .relaxed).newValue <= 4 * largestBody else {
            bodies.subtract(bytes, ordering: .relaxed)
            throw RequestFailure(.tooManyRequests, "other requests take the memory that there is; try again later")
        }
    }

    /// These bytes are no longer needed.
    func release(_ bytes: Int) { bodies.subtract(bytes, ordering: .relaxed) }

    // MARK: Answers

    static let metadata: JSONValue = .object([
        "name": .string("strata"), "version": .string("0.1.0"),
        "extensions": .array(
            ["binary_tensor_data", "model_configuration", "model_repository", "statistics"].map(JSONValue.string)),
    ])

    /// The description of the interface, as OpenAPI has it.
    static var openAPI: String { String(decoding: PackageResources.openapi_json, as: UTF8.self) }

    func ready(_ model: String? = nil) throws(RequestFailure) -> Answer {
        try refuseWhileDraining()
        if let model { _ = try repository.function(model) }
        return Answer(.object(["ready": .bool(true)]))
    }

    /// The models and their state.
    var index: JSONValue {
        .array(
            repository.all.map {
                .object(["name": .string($0.name), "version": .string("1"), "state": .string("READY")])
            })
    }

    /// The text of `/metrics`.
    var metrics: String { counters.text(repository.all) }

    /// Counts and times of functions, by Triton's extension.
    func statistics(_ functions: [ModelRepository.Served]) -> JSONValue {
        func part(_ count: Int, _ nanoseconds: UInt64) -> JSONValue {
            .object(["count": .integer(count), "ns": .integer(Int(clamping: nanoseconds))])
        }
        return .object([
            "model_stats": .array(
                functions.map { served in
                    let sums = served.statistics.now
                    return .object([
                        "name": .string(served.name), "version": .string("1"),
                        "inference_count": .integer(sums.rows), "execution_count": .integer(sums.calls),
                        "inference_stats": .object([
                            "success": part(sums.answered, sums.waited + sums.computed),
                            "fail": part(sums.failures, 0), "queue": part(sums.answered, sums.waited),
                            "compute_infer": part(sums.calls, sums.computed),
                        ]),
                    ])
                })
        ])
    }
}

extension ModelRepository.Served {
    /// Names, types and shapes.
    var metadata: JSONValue {
        func list(_ tensors: [TensorSpec]) -> JSONValue {
            .array(
                tensors.map { spec in
                    .object([
                        "name": .string(spec.name), "datatype": .string(spec.type.rawValue),
                        "shape": .array(([-1] + spec.row).map(JSONValue.integer)),
                    ])
                })
        }
        return .object([
            "name": .string(name), "versions": .array([.string("1")]), "platform": .string("strata_\(model)"),
            "inputs": list(function.inputs), "outputs": list(function.outputs),
        ])
    }

    /// The same in the form of Triton's configuration, where the rows of a batch are no dimension.
    var configuration: JSONValue {
        func list(_ tensors: [TensorSpec]) -> JSONValue {
            .array(
                tensors.map { spec in
                    .object([
                        "name": .string(spec.name), "data_type": .string(spec.type.configurationName),
                        "dims": .array((spec.row.isEmpty ? [1] : spec.row).map(JSONValue.integer)),
                        "optional": .bool(spec.isOptional),
                    ])
                })
        }
        return .object([
            "name": .string(name), "platform": .string("strata_\(model)"), "backend": .string("strata"),
            "max_batch_size": .integer(function.batching == .rows ? batcher.largestBatch : 0),
            "input": list(function.inputs), "output": list(function.outputs),
        ])
    }
}
