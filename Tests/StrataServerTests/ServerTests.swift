#if Server
import Foundation
import StrataBackend
import StrataData
import StrataRuns
import StrataServer
import StrataTraining
import Testing

/// A server with two runs, asked over HTTP.
@Suite struct ServerTests {
    let runs: TrainedRuns
    let server: InferenceServer
    let client: Client

    init() throws {
        runs = try TrainedRuns.shared.get()
        var configuration = InferenceServer.Configuration(port: 0, largestBody: 1 << 20)
        // A test may wait long for its turn beside others.
        configuration.idleSeconds = 3600
        server = try InferenceServer(
            ModelRepository([runs.source("vae"), runs.source("classifier")]), configuration: configuration)
        client = try Client(port: server.port)
    }

    /// A request for rows of floats, as bytes behind the JSON.
    static func binary(
        _ values: [Float], name: String = "examples", shape: [Int], more: [String: Any] = [:]
    ) throws -> (fields: [String: String], body: [UInt8]) {
        let input: [String: Any] = [
            "name": name, "datatype": "FP32", "shape": shape, "parameters": ["binary_data_size": values.count * 4],
        ]
        let request = more.merging(["inputs": [input], "parameters": ["binary_data_output": true]]) { own, _ in own }
        let header = try JSONSerialization.data(withJSONObject: request)
        return (
            ["Inference-Header-Content-Length": "\(header.count)"],
            Array(header) + values.withUnsafeBytes { Array($0) }
        )
    }

    /// The floats behind the JSON of a response.
    static func floats(_ response: Client.Response) throws -> [Float] {
        let length = try #require(response.fields["inference-header-content-length"].flatMap { Int($0) })
        let bytes = Array(response.body[length...])
        return bytes.withUnsafeBytes { raw in
            (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        }
    }

    private func request(_ data: Any, shape: [Int], name: String = "examples", type: String = "FP32") -> [String: Any] {
        ["inputs": [["name": name, "datatype": type, "shape": shape, "data": data]]]
    }

    private func outputs(_ response: Client.Response) -> [String: [String: Any]] {
        let list = response.json["outputs"] as? [[String: Any]] ?? []
        return Dictionary(list.map { ($0["name"] as? String ?? "", $0) }) { first, _ in first }
    }

    // MARK: What it tells

    @Test func everyPathIsAnswered() throws {
        #expect(try client("GET", "/v2").json["name"] as? String == "strata")
        #expect(try client("GET", "/v2/health/live").status == 200)
        #expect(try client("GET", "/v2/health/ready").status == 200)
        #expect(try client("GET", "/v2/models/vae-encode/ready").status == 200)
        #expect(try client("GET", "/v2/models/vae-encode/versions/1/ready").status == 200)
        let all = try client("GET", "/v2/models/stats").json["model_stats"] as? [Any]
        #expect(all?.count == 7)

        let metadata = try client("GET", "/v2/models/vae-encode").json
        let input = try #require((metadata["inputs"] as? [[String: Any]])?.first)
        #expect(metadata["platform"] as? String == "strata_vae" && input["name"] as? String == "examples")
        #expect(input["shape"] as? [Int] == [-1, 8, 8] && input["datatype"] as? String == "FP32")
        let codes = try #require((metadata["outputs"] as? [[String: Any]])?.first)
        #expect(codes["shape"] as? [Int] == [-1, 3])

        let configuration = try client("GET", "/v2/models/vae-encode/config").json
        #expect(configuration["max_batch_size"] as? Int ?? 0 > 1)
        let index = try client("POST", "/v2/repository/index")
        let listed = try JSONSerialization.jsonObject(with: Data(index.body)) as? [[String: Any]]
        #expect(
            listed?.compactMap { $0["name"] as? String } == [
                "classifier-classify", "classifier-encode", "vae-decode", "vae-encode", "vae-reconstruct", "vae-sample",
                "vae-score",
            ])
        #expect(try client("GET", "/openapi.json").json["openapi"] as? String != nil)
    }

    // MARK: What it computes

    /// A row's result is that of the predictor, as numbers and as bytes, in one list or in lists of lists.
    @Test func rowsAreThoseOfThePredictor() throws {
        let images = TrainedRuns.images(5)
        let (expected, size) = try runs.predictor("vae").encode(images)
        let (fields, body) = try Self.binary(images, shape: [5, 8, 8], more: ["id": "an id \"with\" quotes\n"])
        let binary = try client("POST", "/v2/models/vae-encode/infer", fields, body)
        #expect(binary.status == 200 && size == 3)
        #expect(try Self.floats(binary) == expected)
        let length = try #require(Int(binary.fields["inference-header-content-length"] ?? ""))
        let header = try JSONSerialization.jsonObject(with: Data(binary.body[..<length])) as? [String: Any]
        #expect(
            header?["id"] as? String == "an id \"with\" quotes\n" && header?["model_name"] as? String == "vae-encode")

        let nested = (0..<5).map { row in
            (0..<8).map { y in (0..<8).map { x in Double(images[row * 64 + y * 8 + x]) } }
        }
        for (data, shape) in [
            (images.map(Double.init), [5, 8, 8]), (nested as Any, [5, 8, 8]), (images.map(Double.init), [5, 64]),
        ] {
            let response = try client("POST", "/v2/models/vae-encode/infer", json: request(data, shape: shape))
            let codes = try #require(outputs(response)["codes"], "\(response.text)")
            #expect(codes["shape"] as? [Int] == [5, 3])
            #expect((codes["data"] as? [Double])?.map { Float($0) } == expected)
        }
    }

    @Test func classesAreThoseOfTheGreatestLogits() throws {
        let images = TrainedRuns.images(9)
        let response = try client(
            "POST", "/v2/models/classifier-classify/infer", json: request(images.map(Double.init), shape: [9, 8, 8]))
        let logits = try #require(outputs(response)["logits"]?["data"] as? [Double], "\(response.text)")
        let classes = try #require(outputs(response)["class"]?["data"] as? [Int])
        #expect(try runs.predictor("classifier").classScores(of: images).scores == logits.map { Float($0) })
        for (row, found) in classes.enumerated() {
            let own = logits[row * 3..<row * 3 + 3]
            #expect(own.max() == own[row * 3 + found])
        }
        // One of the outputs alone.
        var some = request(images.map(Double.init), shape: [9, 8, 8])
        some["outputs"] = [["name": "class"]]
        let alone = try client("POST", "/v2/models/classifier-classify/infer", json: some)
        #expect(Set(outputs(alone).keys) == ["class"])
    }

    @Test func samplesAreThoseOfTheirSeed() throws {
        func sample(_ seed: Int) throws -> [Double] {
            let response = try client(
                "POST", "/v2/models/vae-sample/infer",
                json: [
                    "inputs": [
                        ["name": "count", "datatype": "INT32", "shape": [1], "data": [4]],
                        ["name": "seed", "datatype": "INT64", "shape": [1], "data": [seed]],
                    ]
                ])
            return try #require(outputs(response)["examples"]?["data"] as? [Double], "\(response.text)")
        }
        let seven = try sample(7)
        #expect(try seven == sample(7) && seven != sample(8) && seven.count == 4 * 64)
        #expect(try runs.predictor("vae").sample(4, seed: 7) == seven.map { Float($0) })
    }

    /// Many clients at once: each gets its own rows, whoever else's went through the same call.
    @Test func manyClientsGetTheirOwnRows() async throws {
        let predictor = try runs.predictor("vae")
        let port = server.port
        let calls = 24
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<16 {
                group.addTask {
                    try await onThread {
                        let client = try Client(port: port)
                        return try (0..<calls).allSatisfy { call in
                            let rows = 1 + (number + call) % 7
                            let images = TrainedRuns.images(rows, from: number * 1000 + call * 10)
                            let (fields, body) = try Self.binary(images, shape: [rows, 8, 8])
                            let response = try client("POST", "/v2/models/vae-encode/infer", fields, body)
                            let found = try Self.floats(response)
                            let expected = try predictor.encode(images).codes
                            return found.count == expected.count
                                && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 }
                        }
                    }
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
        let statistics = try client("GET", "/v2/models/vae-encode/stats").json
        let counts = try #require((statistics["model_stats"] as? [[String: Any]])?.first)
        let rows = (0..<16).reduce(0) { sum, number in sum + (0..<calls).reduce(0) { $0 + 1 + (number + $1) % 7 } }
        #expect(counts["inference_count"] as? Int == rows)
        #expect(counts["execution_count"] as? Int ?? .max <= 16 * calls)
        let metrics = try client("GET", "/metrics").text
        #expect(metrics.contains("strata_requests_total{model=\"vae-encode\",code=\"200\"} \(16 * calls)\n"))
        #expect(metrics.contains("strata_rows_total{model=\"vae-encode\"} \(rows)\n"))
    }

    @Test func requestsInOnePieceAreAnsweredInOrder() throws {
        let (fields, body) = try Self.binary(TrainedRuns.images(1), shape: [1, 8, 8], more: ["id": "first"])
        client.send(
            Client.request("POST", "/v2/models/vae-encode/infer", fields, body) + Client.request("GET", "/v2/nowhere")
                + Client.request("GET", "/v2"))
        #expect(try client.response().status == 200)
        #expect(try client.response().status == 404)
        #expect(try client.response().json["name"] as? String == "strata")
    }

    // MARK: What it refuses

    @Test func refusalsSayWhatIsExpected() throws {
        let image = TrainedRuns.images(1).map(Double.init)
        let encode = "/v2/models/vae-encode/infer"
        func refused(
            _ status: Int, _ what: String, _ method: String, _ path: String, _ fields: [String: String] = [:],
            _ body: [UInt8] = [], line: Int = #line
        ) throws {
            let response = try Client(port: server.port)(method, path, fields, body)
            #expect(response.status == status && response.complaint.contains(what), "line \(line): \(response.text)")
        }
        func refused(_ status: Int, _ what: String, _ json: Any, path: String = encode, line: Int = #line) throws {
            try refused(
                status, what, "POST", path, [:], Array(JSONSerialization.data(withJSONObject: json)), line: line)
        }
        try refused(404, "there is nothing at this path", "GET", "/")
        try refused(404, "there is nothing at this path", "GET", "/v2/models/vae-encode/versions/2")
        try refused(404, "model 'nobody': unknown; there are classifier-classify", "GET", "/v2/models/nobody")
        try refused(405, "this path takes POST", "GET", encode)
        try refused(405, "this path takes GET", "DELETE", "/v2")
        try refused(415, "Content-Encoding 'gzip'", "POST", encode, ["Content-Encoding": "gzip"], [1])
        try refused(400, "not valid JSON", "POST", encode)
        try refused(400, "not valid JSON", "POST", encode, [:], Array("{\"inputs\":".utf8))
        try refused(400, "has no 'inputs'", [:] as [String: Any])
        try refused(400, "of the wrong type", ["inputs": 5])
        try refused(422, "'pixels': unknown; expected 'examples'", request(image, shape: [1, 8, 8], name: "pixels"))
        try refused(422, "datatype 'FP64', expected FP32", request(image, shape: [1, 8, 8], type: "FP64"))
        try refused(422, "expected [rows, 8, 8]", request(image, shape: [1, 8, 9]))
        try refused(422, "expected [rows, 8, 8]", request([Double](), shape: [0, 8, 8]))
        try refused(400, "negative extent", request(image, shape: [-1, 8, 8]))
        try refused(422, "expected [rows, 8, 8]", request(image, shape: [Int.max, Int.max, 8]))
        try refused(400, "do not fill the shape", request(image, shape: [2, 8, 8]))
        try refused(
            422, "bits or probabilities of bits, from 0.0 to 1.0", request(image.map { $0 * 255 }, shape: [1, 8, 8]))
        try refused(422, "input 'examples': is missing", ["inputs": [[String: Any]]()])
        let twice = request(image, shape: [1, 8, 8])["inputs"] as? [Any] ?? []
        try refused(400, "is there twice", ["inputs": twice + twice])
        try refused(
            422, "output 'logits': unknown; there are 'codes'", ["inputs": twice, "outputs": [["name": "logits"]]])
        try refused(
            422, "expected a number from 1",
            ["inputs": [["name": "count", "datatype": "INT32", "shape": [1], "data": [0]]]],
            path: "/v2/models/vae-sample/infer")
        try refused(
            400, "whole numbers of INT32",
            ["inputs": [["name": "count", "datatype": "INT32", "shape": [1], "data": [1.5]]]],
            path: "/v2/models/vae-sample/infer")

        // Bytes: too few, too many, no header's length, NaN.
        let (fields, body) = try Self.binary(TrainedRuns.images(1), shape: [1, 8, 8])
        try refused(400, "binary_data_size 256", "POST", encode, fields, Array(body.dropLast()))
        try refused(400, "1 bytes follow the last input", "POST", encode, fields, body + [0])
        try refused(400, "not valid JSON", "POST", encode, [:], body)
        try refused(
            400, "expected a number", "POST", encode, ["Inference-Header-Content-Length": "many"], body)
        try refused(
            400, "the body has", "POST", encode, ["Inference-Header-Content-Length": "\(body.count + 1)"], body)
        let (strange, numbers) = try Self.binary([Float](repeating: .nan, count: 64), shape: [1, 8, 8])
        try refused(422, "NaN or infinite", "POST", encode, strange, numbers)

        // Bodies beyond the limit, by their promise and by what comes.
        let promised = try Client(port: server.port)
        promised.send(Array("POST \(encode) HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999999\r\n\r\n".utf8))
        #expect(try promised.response().complaint.contains("longer than 1048576 bytes"))
        #expect(try promised.isEnded())

        let long = try Client(port: server.port)
        long.send(Array("POST \(encode) HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n".utf8))
        for _ in 0..<17 {
            long.send(Array("10000\r\n".utf8) + [UInt8](repeating: 32, count: 0x10000) + Array("\r\n".utf8))
        }
        #expect(try long.response().status == 413)

        // Bodies that do not end, each within its limit, but not all together.
        let many = try (0..<6).map { _ in try Client(port: server.port) }
        for other in many {
            other.send(Array("POST \(encode) HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n".utf8))
            other.send([UInt8](repeating: 32, count: 1_000_000))
        }
        #expect(try client("GET", "/v2/health/live").status == 200)
        let refusals = many.filter { (try? $0.responseNow()?.status) == 429 }
        #expect(!refusals.isEmpty)
    }

    /// What is no HTTP at all ends its own connection alone.
    @Test func garbageEndsItsConnectionAlone() throws {
        for garbage in [
            "\r\n\r\n\r\n", "GET", "NONSENSE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{1}\u{2}\u{3}\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "GET / HTTP/1.1\r\nA: " + String(repeating: "x", count: 1 << 18),
        ] {
            let other = try Client(port: server.port)
            other.send(Array(garbage.utf8))
            other.finish()
            #expect(try other.isEnded(), "\(garbage.prefix(40))")
        }
        #expect(try client("GET", "/v2/health/live").status == 200)
    }

    /// A request with one byte changed, or cut at any, is answered, or refused with a status of the client's.
    @Test func damagedRequestsAreTheClients() throws {
        let (fields, body) = try Self.binary(TrainedRuns.images(2), shape: [2, 8, 8])
        let header = try #require(Int(fields["Inference-Header-Content-Length"] ?? ""))
        var statuses: [Int: Int] = [:]
        for place in 0..<header {
            for value in [
                0, UInt8(ascii: "\""), UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "}"), body[place] ^ 1, 0xFF,
            ] {
                var damaged = body
                damaged[place] = value
                let status = try client("POST", "/v2/models/vae-encode/infer", fields, damaged).status
                statuses[status, default: 0] += 1
                #expect(status == 200 || (400..<500).contains(status), "byte \(place) as \(value): \(status)")
            }
        }
        for count in stride(from: 0, to: body.count, by: 3) {
            let status = try client("POST", "/v2/models/vae-encode/infer", fields, Array(body[..<count])).status
            #expect((400..<500).contains(status), "\(count) bytes: \(status)")
        }
        // Most changes matter.
        #expect(statuses[200, default: 0] < 2 * header && statuses[400, default: 0] > header)
    }

    /// Numbers nested too deeply for any stack are refused.
    @Test func depthIsRefused() throws {
        for depth in [10, 1000, 100_000] {
            let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            let body = "{\"inputs\":[{\"name\":\"examples\",\"datatype\":\"FP32\",\"shape\":[1,8,8],\"data\":\(text)}]}"
            #expect(try client("POST", "/v2/models/vae-encode/infer", [:], Array(body.utf8)).status == 400)
        }
    }
}

/// Runs blocking work on a thread of its own, so that tasks that wait for a server leave the tasks' threads alone.
func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: work)) }
    }
}
#endif
