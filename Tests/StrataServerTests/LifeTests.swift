#if Server
import Foundation
import StrataBackend
import StrataData
import StrataRuns
import StrataServer
import StrataTraining
import Synchronization
import Testing

/// How a server begins, changes and ends.
@Suite struct LifeTests {
    let runs: TrainedRuns

    init() throws { runs = try TrainedRuns.shared.get() }

    private func encode(_ client: Client, _ images: [Float]) throws -> Client.Response {
        let (fields, body) = try ServerTests.binary(images, shape: [images.count / 64, 8, 8])
        return try client("POST", "/v2/models/vae-encode/infer", fields, body)
    }

    @Test func aTokenIsAskedForButByProbes() throws {
        let server = try InferenceServer(
            ModelRepository([runs.source("vae")]), configuration: .init(port: 0, token: "a secret"))
        func status(_ path: String, _ field: String? = nil) throws -> Int {
            try Client(port: server.port)("GET", path, field.map { ["Authorization": $0] } ?? [:]).status
        }
        #expect(try status("/v2/health/live") == 200 && status("/v2/health/ready") == 200)
        for field in [nil, "", "a secret", "Bearer", "Bearer a secre", "Bearer a secrets", "bearer a secret"] {
            #expect(try status("/v2/models/vae-encode", field) == 401, "\(field ?? "none")")
            #expect(try status("/metrics", field) == 401, "\(field ?? "none")")
        }
        #expect(try status("/v2/models/vae-encode", "Bearer a secret") == 200)
    }

    /// What was asked is answered, what comes later is refused, and the port is free again.
    @Test func drainingAnswersWhatWasAsked() async throws {
        let server = try InferenceServer(ModelRepository([runs.source("vae")]), configuration: .init(port: 0))
        let port = server.port
        let (drains, begun) = (Flag(), Count())
        // Each sends on and on; a connection may end before a response's first byte only when the server drains.
        let clients = (0..<8).map { number in
            Task {
                try await onThread { () -> (answered: Int, refused: Int) in
                    let client = try Client(port: port)
                    var (answered, refused) = (0, 0)
                    while true {
                        do {
                            let images = TrainedRuns.images(40, from: number * 100)
                            let (fields, body) = try ServerTests.binary(images, shape: [40, 8, 8])
                            switch try client("POST", "/v2/models/vae-encode/infer", fields, body).status {
                            case 200:
                                if answered == 0 { begun.add() }
                                answered += 1
                            case 503: refused += 1
                            case let other: throw StrataError(.data, "status \(other)")
                            }
                        } catch is Client.Closed {
                            guard drains.isSet else { throw StrataError(.data, "closed before the server drains") }
                            return (answered, refused)
                        }
                    }
                }
            }
        }
        try await begun.reaches(clients.count)
        let isDone = try await onThread {
            drains.set()
            return server.drain(within: .seconds(20))
        }
        #expect(isDone)
        for client in clients { #expect(try await client.value.answered > 0) }
        #expect(throws: Client.Closed.self) { try Client(port: port) }
        let again = try InferenceServer(ModelRepository([runs.source("vae")]), configuration: .init(port: port))
        #expect(again.port == port)
        again.drain()
    }

    /// Weights change under clients that ask on and on: each gets the codes of the old ones or of the new, and none an error.
    @Test func reloadingDropsNoRequest() async throws {
        let images = TrainedRuns.images(2)
        try runs.strata(
            "train", "vae", "--data", "x_train.npy", "--hidden", "16", "--latent", "3", "--epochs", "1", "--seed", "5",
            "--out", "change")
        let server = try InferenceServer(
            ModelRepository([runs.source("change", as: "vae")]), configuration: .init(port: 0))
        let port = server.port
        let old = try runs.predictor("change").encode(images).codes
        let (ends, begun) = (Flag(), Count())
        let clients = (0..<4).map { _ in
            Task {
                try await onThread { () -> [[Float]] in
                    let client = try Client(port: port)
                    var found: [[Float]] = []
                    while !ends.isSet {
                        let (fields, body) = try ServerTests.binary(images, shape: [2, 8, 8])
                        let response = try client("POST", "/v2/models/vae-encode/infer", fields, body)
                        guard response.status == 200 else { throw StrataError(.data, response.text) }
                        let codes = try ServerTests.floats(response)
                        if found.isEmpty { begun.add() }
                        if found.last != codes { found.append(codes) }
                    }
                    return found
                }
            }
        }
        try await begun.reaches(clients.count)
        try runs.strata(
            "train", "vae", "--data", "x_train.npy", "--hidden", "16", "--latent", "3", "--epochs", "2", "--seed", "6",
            "--out", "change", "--force")
        let new = try runs.predictor("change").encode(images).codes
        #expect(try Client(port: port)("POST", "/v2/repository/models/vae-encode/load").status == 200)
        #expect(try encode(Client(port: port), images).status == 200)
        try await Task.sleep(for: .milliseconds(100))
        ends.set()
        for client in clients {
            let found = try await client.value
            #expect(found.first == old && found.last == new && found.count == 2)
        }

        // A run that cannot be opened any more is told of, and what was served is served on.
        let checkpoint = "\(runs.folder)/change/checkpoint.safetensors"
        try Data("damaged".utf8).write(to: URL(fileURLWithPath: checkpoint))
        let refusal = try Client(port: port)("POST", "/v2/repository/models/vae-encode/load")
        #expect(refusal.status == 500 && refusal.complaint.contains("checkpoint.safetensors"))
        #expect(try ServerTests.floats(encode(Client(port: port), images)) == new)
    }

    @Test func silentConnectionsEnd() throws {
        var configuration = InferenceServer.Configuration(port: 0)
        configuration.idleSeconds = 1
        let server = try InferenceServer(ModelRepository([runs.source("vae")]), configuration: configuration)
        let silent = try Client(port: server.port)
        let slow = try Client(port: server.port)
        slow.send(Array("POST /v2/models/vae-encode/infer HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n{".utf8))
        #expect(try silent.isEnded())
        #expect(try slow.isEnded())
    }

    @Test func whatCannotBeServedIsRefused() throws {
        func message(_ body: () throws -> Void) -> String {
            #expect(throws: StrataError.self, performing: body)?.message ?? ""
        }
        #expect(
            message { _ = try ModelRepository([runs.source("vae"), runs.source("vae")]) }.contains(
                "two runs are named 'vae'"))
        let repository = try ModelRepository([runs.source("vae")])
        #expect(
            message { _ = try InferenceServer(repository, configuration: .init(port: 70_000)) }.contains(
                "from 0 to 65535"))
        #expect(
            message { _ = try InferenceServer(repository, configuration: .init(host: "1.2.3.4", port: 0)) }.contains(
                "cannot be listened on"))
        let server = try InferenceServer(repository, configuration: .init(port: 0))
        #expect(
            message { _ = try InferenceServer(repository, configuration: .init(port: server.port)) }.contains(
                "Address already in use"))
    }

    // MARK: The command

    @Test func theCommandServesUntilItIsTold() throws {
        let output = Pipe()
        let process = try runs.start(
            ["serve", "vae", "other=classifier", "--port", "0", "--json", "--backend", "simd"], output: output)
        defer { process.terminate() }
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") {
            let byte = output.fileHandleForReading.readData(ofLength: 1)
            guard let byte = byte.first else { break }
            line.append(byte)
        }
        let told = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
        let port = try #require(told["port"] as? Int)
        #expect((told["models"] as? [String])?.contains("other-classify") == true)
        let client = try Client(port: port)
        let images = TrainedRuns.images(3)
        #expect(try ServerTests.floats(encode(client, images)) == runs.predictor("vae").encode(images).codes)

        // A hangup opens the runs anew.
        kill(process.processIdentifier, SIGHUP)
        usleep(500_000)
        #expect(try encode(client, images).status == 200 && process.isRunning)
        kill(process.processIdentifier, SIGTERM)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    }

    @Test func theCommandRefusesInALine() throws {
        func complaint(_ arguments: String...) throws -> String {
            let process = try runs.start(["serve"] + arguments)
            process.waitUntilExit()
            #expect(process.terminationStatus != 0)
            let text = try String(contentsOfFile: "\(runs.folder)/errors", encoding: .utf8)
            return text.split(separator: "\n").first.map(String.init) ?? ""
        }
        #expect(try complaint("nowhere").contains("nowhere"))
        #expect(try complaint("a b=vae").contains("'a b' is no name of a model"))
        #expect(try complaint("vae", "--port", "65536").contains("--port"))
        #expect(try complaint("vae", "--queue", "0").contains("--queue"))
        #expect(try complaint("vae", "--token-file", "none").contains("none"))
        #expect(try complaint("vae", "--tls-key", "key.pem").contains("--tls-certificate"))
        #if !TLS
        #expect(try complaint("vae", "--tls-certificate", "c.pem", "--tls-key", "k.pem").contains("trait TLS"))
        #endif
    }
}

/// A mark that one thread sets and others see.
private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}

/// How many threads have come so far.
private final class Count: Sendable {
    private let value = Atomic(0)
    func add() { value.add(1, ordering: .relaxed) }

    /// Waits for so many, half a minute at most.
    func reaches(_ count: Int) async throws {
        for _ in 0..<3000 where value.load(ordering: .relaxed) < count { try await Task.sleep(for: .milliseconds(10)) }
        #expect(value.load(ordering: .relaxed) == count)
    }
}
#endif
