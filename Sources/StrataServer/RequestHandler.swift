#if Server
import Dispatch
import NIOCore
import NIOHTTP1
import StrataBackend
import Synchronization

/// One connection: gathers a request, asks the service, writes the answer.
///
/// The pipeline before it gives one request after the other, the next when this one is answered.
final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let service: Service
    private var state = State.idle
    /// Bytes of the body, which the service counts until the request is answered.
    private var held = 0

    private enum State {
        case idle
        /// The body is on its way.
        case receiving(HTTPRequestHead, Route, model: String, ByteBuffer)
        /// The request was refused before its end: what is left of it is dropped, and the connection ends.
        case refused
        /// The answer is being made.
        case answering
    }

    init(_ service: Service) { self.service = service }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), state) {
        case (.head(let head), _): receive(head, context)
        case (.body(let part), .receiving(let head, let route, let model, var body)):
            state = .answering
            guard body.readableBytes + part.readableBytes <= service.largestBody else {
                return refuse(tooLarge, head, context)
            }
            do throws(RequestFailure) { try service.hold(part.readableBytes) } catch {
                return refuse(error, head, context)
            }
            held += part.readableBytes
            body.writeImmutableBuffer(part)
            state = .receiving(head, route, model: model, body)
        case (.end, .receiving(let head, let route, let model, let body)):
            state = .answering
            answer(head, route, model, body, context)
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        // An answer that is being made needs the body still.
        if case .answering = state {} else { release() }
        context.fireChannelInactive()
    }

    private func release() {
        service.release(held)
        held = 0
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            // A client that sends nothing more, or too slowly.
            if case .answering = state { return }
            context.close(promise: nil)
        } else if case ChannelEvent.inputClosed? = event as? ChannelEvent, case .idle = state {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: From the head to the answer

    private var tooLarge: RequestFailure {
        RequestFailure(
            .tooLarge, "the body is longer than \(service.largestBody) bytes, the most that this server takes")
    }

    private func receive(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        do throws(RequestFailure) {
            let (route, model) = try Route.of(head.method.rawValue, head.uri)
            if !route.isOpen { try service.authorize(head.headers.first(name: "Authorization")) }
            if let encoding = head.headers.first(name: "Content-Encoding"), encoding.lowercased() != "identity" {
                throw RequestFailure(.unsupportedMediaType, "Content-Encoding '\(encoding)': send the body as it is")
            }
            let length = head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
            guard length <= service.largestBody else { throw tooLarge }
            if case .infer = route.action { try service.refuseWhileDraining() }
            var body = ByteBuffer()
            body.reserveCapacity(min(length, 1 << 20))
            state = .receiving(head, route, model: model, body)
            if head.headers.first(name: "Expect")?.lowercased() == "100-continue" {
                context.writeAndFlush(
                    wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: .continue))), promise: nil)
            }
        } catch {
            refuse(error, head, context)
        }
    }

    /// Answers a request whose body is not wanted.
    private func refuse(_ failure: RequestFailure, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        service.counters.answered("", status: failure.status.rawValue, in: .zero)
        // A short body may come and be dropped; after a long one nobody waits.
        let hasBody = head.headers.contains(name: "Content-Length") || head.headers.contains(name: "Transfer-Encoding")
        state = .refused
        write(Answer(failure), head, endsConnection: hasBody, context)
    }

    private func answer(
        _ head: HTTPRequestHead, _ route: Route, _ model: String, _ body: ByteBuffer, _ context: ChannelHandlerContext
    ) {
        let (service, start) = (service, ContinuousClock.now)
        let promise = context.eventLoop.makePromise(of: Answer.self)
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        service.counters.inFlight.add(1, ordering: .relaxed)
        promise.futureResult.assumeIsolated().whenComplete { [self] result in
            let answer: Answer
            switch result {
            case .success(let value): answer = value
            case .failure(let error):
                let failure = RequestFailure(error)
                if failure.status == .failed { service.report("\(model): \(failure.message)") }
                answer = Answer(failure)
            }
            service.counters.inFlight.subtract(1, ordering: .relaxed)
            // Counted for a model is what is asked of it, not about it; a name of none must not make a series of its own.
            let isOfModel = route.action.isInference && answer.status != RequestFailure.Status.notFound.rawValue
            service.counters.answered(isOfModel ? model : "", status: answer.status, in: ContinuousClock.now - start)
            write(answer, head, endsConnection: service.isDraining.load(ordering: .relaxed), context.value)
        }
        switch route.action {
        case .tell(let tell): promise.completeWith(Result { try tell(service, model) })
        case .reload:
            // A compiler's work: not that of the thread on which other clients wait.
            DispatchQueue.global().async {
                promise.completeWith(
                    Result {
                        try service.repository.reload(model)
                        return Answer(.object([:]))
                    })
            }
        case .infer:
            let length = head.headers.first(name: "Inference-Header-Content-Length")
            let infer = { @Sendable in RequestHandler.infer(service, model, length, body, promise) }
            // Numbers as text take long to read.
            if length == nil, body.readableBytes > 4096 {
                DispatchQueue.global().async(execute: infer)
            } else {
                infer()
            }
        }
    }

    /// Reads a request to a function and puts it in the queue.
    private static func infer(
        _ service: Service, _ name: String, _ headerLength: String?, _ body: ByteBuffer,
        _ promise: EventLoopPromise<Answer>
    ) {
        do {
            let served = try service.repository.function(name)
            let length = try headerLength.map { text in
                guard let length = Int(text) else {
                    throw RequestFailure(.badRequest, "Inference-Header-Content-Length '\(text)': expected a number")
                }
                return length
            }
            let request = try InferenceRequest(body.readableBytesUInt8Span, headerLength: length, for: served.function)
            try served.batcher.submit(
                MicroBatcher.Job(inputs: request.inputs, rows: request.rows) { result in
                    promise.completeWith(
                        result.map { outputs in
                            Answer(InferenceResponse(model: name, request, served.function, outputs))
                        })
                })
        } catch {
            promise.fail(error)
        }
    }

    private func write(
        _ answer: Answer, _ head: HTTPRequestHead, endsConnection: Bool, _ context: ChannelHandlerContext
    ) {
        release()
        var fields = HTTPHeaders([
            ("Content-Type", answer.type), ("Content-Length", "\(answer.body.count)"),
        ])
        for (name, value) in answer.fields { fields.add(name: name, value: value) }
        let ends = endsConnection || !head.isKeepAlive
        if ends { fields.add(name: "Connection", value: "close") }
        context.write(
            wrapOutboundOut(
                .head(
                    HTTPResponseHead(
                        version: head.version, status: HTTPResponseStatus(statusCode: answer.status), headers: fields))),
            promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        let written = context.eventLoop.makePromise(of: Void.self)
        let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
        if ends {
            state = .refused
            written.futureResult.whenComplete { _ in loopBound.value.close(promise: nil) }
        } else {
            state = .idle
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }
}

extension Answer {
    init(_ response: InferenceResponse) {
        body = response.body
        guard let length = response.headerLength else { return }
        type = "application/octet-stream"
        fields = [("Inference-Header-Content-Length", "\(length)")]
    }
}
#endif
