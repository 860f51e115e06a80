import ArgumentParser
import StrataBackend
import StrataData
import StrataRuns
import StrataServer
import StrataTraining

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve trained models over HTTP.",
        discussion: """
            Speaks the Open Inference Protocol, version 2, with Triton's binary tensors, so that the stock tritonclient
            works. Each ability of a run is a model of its own: vae-encode, vae-decode, vae-sample for runs/vae. Requests
            that come while a call runs go through the next one together. SIGTERM and Ctrl-C answer what has been asked,
            then end; SIGHUP, or POST v2/repository/models/NAME/load, opens the runs anew and drops no request.

            strata serve runs/vae other=runs/classifier --port 8000
            """)

    @Argument(help: "Run folders or checkpoints; NAME=PATH for another name than the folder's.")
    var runs: [String]

    @Option(help: "The address to listen on; 0.0.0.0 lets other machines in.")
    var host = "127.0.0.1"

    @Option(parsing: .unconditional, help: "The port; 0 for any that is free.")
    var port = 8000

    @Option(help: "A file whose first line clients must show: 'Authorization: Bearer LINE'.")
    var tokenFile: String?

    @Option(help: "A certificate chain in PEM form, for HTTPS; in builds with the trait TLS.")
    var tlsCertificate: String?

    @Option(help: "The private key of the certificate, in PEM form.")
    var tlsKey: String?

    @Option(parsing: .unconditional, help: "Requests that may wait for a model; one more is refused with status 429.")
    var queue = 256

    @Option(parsing: .unconditional, help: "Megabytes of a request; a longer one is refused with status 413.")
    var maxBody = 64

    @Option(parsing: .unconditional, help: "Seconds for the last answers when the server is to end.")
    var drainSeconds = 30

    @Option(help: "The weights: last, ema (their averages) or best (of the epoch with the best validation criterion).")
    var weights = Run.Weights.last

    @OptionGroup var backend: BackendOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        #if Server
        try checkCount(queue, "queue")
        try checkCount(maxBody, "max-body", limit: 2048)
        try checkCount(drainSeconds, "drain-seconds", limit: 86_400)
        let configuration = InferenceServer.Configuration(
            host: host, port: port, token: try tokenFile.map(token), certificate: try certificate(),
            largestBody: maxBody << 20)
        Terminal.catchInterrupts()
        Terminal.catchHangups()
        let repository = try ModelRepository(try runs.map(source), queueCapacity: queue)
        let isQuiet = output.quiet
        let server = try InferenceServer(repository, configuration: configuration) { line in
            if !isQuiet { Terminal.writeError(line + "\n") }
        }
        for line in repository.listing { output.say(line) }
        let scheme = tlsCertificate == nil ? "http" : "https"
        if output.json {
            print(
                try JSONValue.object([
                    "host": .string(host), "port": .integer(server.port),
                    "models": .array(repository.names.map(JSONValue.string)),
                ]).line)
        }
        output.say("listening on \(scheme)://\(host):\(server.port)")
        Terminal.flush()
        while !Terminal.isInterrupted {
            if Terminal.takeHangup() {
                do { try repository.reloadAll() } catch { output.note("the runs were not opened anew: \(error)") }
            }
            Terminal.sleep(milliseconds: 50)
        }
        output.say("answering what has been asked")
        guard server.drain(within: .seconds(drainSeconds)) else {
            throw StrataError(.interrupted, "requests were still unanswered after \(drainSeconds) s")
        }
        #else
        throw StrataError(.unsupported, "this build has no server; build with the trait Server (on by default)")
        #endif
    }

    #if Server
    /// A run by its argument.
    private func source(_ argument: String) throws -> ModelRepository.Source {
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        let path = parts.last ?? argument
        let trimmed = path.hasSuffix("/") ? String(path.dropLast()) : path
        let last = trimmed.split(separator: "/").last.map(String.init) ?? trimmed
        let name = parts.count == 2 ? parts[0] : last.split(separator: ".").first.map(String.init) ?? last
        guard !name.isEmpty, name.utf8.allSatisfy({ $0.isNameByte }) else {
            throw StrataError(
                .usage, "\(argument): '\(name)' is no name of a model; give one of letters and digits: NAME=PATH")
        }
        let (toolbox, weights, backend) = (Toolbox.current, weights, backend)
        return ModelRepository.Source(name) {
            try Toolbox.$current.withValue(toolbox) {
                let run = try toolbox.open(path)
                return (run, try run.predictor(on: backend.make(fallback: run.configuration.backend), weights: weights))
            }
        }
    }

    private func token(_ file: String) throws -> String {
        let text = String(decoding: try FileBytes.read(file), as: UTF8.self)
        guard let line = text.split(whereSeparator: \.isNewline).first.map(String.init), !line.isEmpty else {
            throw StrataError(parameter: "token-file", file, "its first line is empty")
        }
        return line
    }

    private func certificate() throws -> (chain: String, key: String)? {
        switch (tlsCertificate, tlsKey) {
        case (nil, nil): return nil
        case (let chain?, let key?): return (chain, key)
        case (let chain?, nil):
            throw StrataError(parameter: "tls-certificate", chain, "its key is missing; give --tls-key")
        case (nil, let key?):
            throw StrataError(parameter: "tls-key", key, "its certificate is missing; give --tls-certificate")
        }
    }
    #endif
}

extension UInt8 {
    /// Whether it may stand in the name of a served model, which is a part of a path.
    fileprivate var isNameByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
    }
}
