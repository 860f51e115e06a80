#if Server
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import NIOCore
import NIOHTTP1
import NIOPosix
import StrataBackend
import Synchronization

#if TLS
import NIOSSL
#endif

/// A server of the Open Inference Protocol, version 2, over HTTP: trained models for the stock clients of Triton, KServe
/// and the like.
///
/// ```
/// let repository = try ModelRepository([.init("vae") { (run, try run.predictor()) }])
/// let server = try InferenceServer(repository, configuration: .init(port: 8000))
/// …
/// server.drain(within: .seconds(30))
/// ```
public final class InferenceServer: Sendable {
    /// Where a server listens and what it takes.
    public struct Configuration: Sendable {
        /// The name or number of an address of this machine; another than 127.0.0.1 lets other machines in.
        public var host = "127.0.0.1"
        /// The port; 0 for any that is free.
        public var port = 8000
        /// What clients must show in the field `Authorization: Bearer`; `nil` for none.
        public var token: String?
        /// The paths of a certificate chain and its private key, in PEM form; `nil` for HTTP without encryption.
        public var certificate: (chain: String, key: String)?
        /// The bytes of a request's body, beyond which it is refused.
        public var largestBody = 64 << 20
        /// How long a connection may be silent.
        public var idleSeconds: Int64 = 60

        /// Listens on this machine alone.
        public init(
            host: String = "127.0.0.1", port: Int = 8000, token: String? = nil,
            certificate: (chain: String, key: String)? = nil, largestBody: Int = 64 << 20
        ) {
            (self.host, self.port, self.token) = (host, port, token)
            (self.certificate, self.largestBody) = (certificate, largestBody)
        }
    }

    private let service: Service
    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    /// The port that it listens on.
    public let port: Int

    /// Begins to answer requests. The threads are its own.
    ///
    /// Throws `usage` for a port or an address that cannot be had, `unsupported` for a certificate in a build without the
    /// trait `TLS`, and `file` or `data` for a certificate that cannot be read.
    ///
    /// - `report`: Told of failures that are the server's own, a line each, from any thread.
    public init(
        _ repository: ModelRepository, configuration: Configuration = Configuration(),
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        guard (0...65535).contains(configuration.port) else {
            throw StrataError(parameter: "port", configuration.port, "expected a number from 0 to 65535")
        }
        let service = Service(
            repository, token: configuration.token, largestBody: configuration.largestBody, report: report)
        let security = try Self.security(configuration)
        // One thread reads and writes; the others are the models'.
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let idle = TimeAmount.seconds(configuration.idleSeconds)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: 1024, initial: 16384, maximum: 1 << 18)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try security?(pipeline)
                    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: true)
                    try pipeline.addHandler(IdleStateHandler(readTimeout: idle))
                    try pipeline.addHandler(RequestHandler(service))
                }
            }
        do {
            channel = try bootstrap.bind(host: configuration.host, port: configuration.port).wait()
        } catch {
            try? group.syncShutdownGracefully()
            let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            throw StrataError(
                parameter: "port", configuration.port, "\(configuration.host) cannot be listened on: \(reason)")
        }
        self.service = service
        port = channel.localAddress?.port ?? configuration.port
    }

    /// Answers what has been asked, refuses what is asked from now on with status 503, and ends.
    ///
    /// - Returns: Whether all were answered within the time.
    @discardableResult
    public func drain(within limit: Duration = .seconds(30)) -> Bool {
        service.isDraining.store(true, ordering: .relaxed)
        let end = ContinuousClock.now + limit
        while service.counters.inFlight.load(ordering: .relaxed) > 0, ContinuousClock.now < end { usleep(10_000) }
        let isDone = service.counters.inFlight.load(ordering: .relaxed) == 0
        // The last answers are on their way.
        usleep(100_000)
        try? channel.close().wait()
        try? group.syncShutdownGracefully()
        return isDone
    }

    /// What encrypts a connection; `nil` for none.
    private static func security(
        _ configuration: Configuration
    ) throws -> (@Sendable (ChannelPipeline.SynchronousOperations) throws -> Void)? {
        guard let certificate = configuration.certificate else { return nil }
        #if TLS
        let context: NIOSSLContext
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate.chain)
            let key = try NIOSSLPrivateKey(file: certificate.key, format: .pem)
            context = try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key)))
        } catch {
            throw StrataError(
                .data, "\(certificate.chain) and \(certificate.key) are no certificate and key in PEM form (\(error))")
        }
        return { try $0.addHandler(NIOSSLServerHandler(context: context)) }
        #else
        throw StrataError(
            .unsupported,
            "\(certificate.chain): this build cannot encrypt; build with the trait TLS, or put a proxy in front")
        #endif
    }
}
#endif
