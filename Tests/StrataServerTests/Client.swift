import Foundation
import StrataBackend

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One connection to a server on this machine, and nothing between a test and the bytes.
final class Client {
    struct Response {
        var status: Int
        var fields: [String: String]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:] }
        /// What the server complains of.
        var complaint: String { json["error"] as? String ?? "" }
    }

    /// The server has ended the connection before a response's first byte.
    struct Closed: Error {}

    private let socket: Int32
    private var received: [UInt8] = []

    /// - `timeout`: Seconds that a response may take.
    init(port: Int, timeout: Int = 60) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: timeout, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(socket)
            throw Closed()
        }
    }

    deinit { close(socket) }

    /// Sends bytes as they are. Those of a closed connection are lost, as they would be on a wire.
    func send(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Ends what this side sends.
    func finish() { shutdown(socket, Int32(SHUT_WR)) }

    /// Sends a request, and waits for the response.
    func callAsFunction(
        _ method: String, _ path: String, _ fields: [String: String] = [:], _ body: [UInt8] = []
    ) throws -> Response {
        send(Self.request(method, path, fields, body))
        return try response()
    }

    func callAsFunction(
        _ method: String, _ path: String, _ fields: [String: String] = [:], json: Any
    ) throws -> Response {
        try self(method, path, fields, Array(JSONSerialization.data(withJSONObject: json)))
    }

    static func request(
        _ method: String, _ path: String, _ fields: [String: String] = [:], _ body: [UInt8] = []
    ) -> [UInt8] {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n"
        if !body.isEmpty || method == "POST" { head += "Content-Length: \(body.count)\r\n" }
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        return Array("\(head)\r\n".utf8) + body
    }

    /// The next response. Throws `Closed` where there is none, and another error where it breaks off or takes too long.
    func response() throws -> Response {
        let mark = Array("\r\n\r\n".utf8)
        var end: Int?
        while end == nil {
            end = received.firstRange(of: mark)?.lowerBound
            if end == nil, try !receive() {
                if received.isEmpty { throw Closed() }
                throw StrataError(.data, "a response broke off within its head")
            }
        }
        guard let end else { throw Closed() }
        let lines = String(decoding: received[..<end], as: UTF8.self).split(separator: "\r\n")
        received.removeFirst(end + 4)
        let status = lines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") }
        let fields = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            return (parts[0].lowercased(), parts.count > 1 ? parts[1] : "")
        }
        var response = Response(status: status ?? 0, fields: Dictionary(fields) { $1 }, body: [])
        guard response.status != 100 else { return response }
        let length = response.fields["content-length"].flatMap { Int($0) } ?? 0
        while received.count < length {
            guard try receive() else { throw StrataError(.data, "a response broke off within its body") }
        }
        response.body = Array(received[..<length])
        received.removeFirst(length)
        return response
    }

    /// The next response, as far as it comes within a second.
    func responseNow() throws -> Response? {
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        return try? response()
    }

    /// Whether the server ends the connection, within the time that a response may take.
    func isEnded() throws -> Bool {
        while try receive() {}
        return true
    }

    /// Some more bytes; `false` at their end. Throws where none come in time.
    private func receive() throws -> Bool {
        var part = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(socket, &part, part.count, 0)
        if count < 0, errno == ECONNRESET || errno == EPIPE { return false }
        guard count >= 0 else { throw StrataError(.data, "no response: \(String(cString: strerror(errno)))") }
        received += part[..<count]
        return count > 0
    }
}
