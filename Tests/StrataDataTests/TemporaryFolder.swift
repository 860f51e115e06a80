import Glibc
import StrataBackend
import Testing

/// A folder that lives as long as the value.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/strata-tests-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template))
        path = String(cString: made)
    }

    deinit { Self.remove(path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// A file of these bytes, its folders made where they are not there.
    @discardableResult
    func put(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        var folder = path
        for part in name.split(separator: "/").dropLast() {
            folder += "/\(part)"
            mkdir(folder, 0o755)
        }
        let stream = try #require(fopen(file(name), "wb"))
        let bytes = Array(bytes)
        #expect(fwrite(bytes, 1, bytes.count, stream) == bytes.count)
        fclose(stream)
        return file(name)
    }

    var names: [String] {
        var found: [String] = []
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { found.append(name) }
        }
        return found.sorted()
    }

    private static func remove(_ path: String) {
        guard let folder = opendir(path) else {
            unlink(path)
            return
        }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name != ".", name != ".." else { continue }
            if unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
        }
        closedir(folder)
        rmdir(path)
    }
}

/// What the error says; a failure where none, or one of another type, is thrown.
func message<T>(_ location: SourceLocation = #_sourceLocation, _ body: () throws -> T) -> String {
    do {
        _ = try body()
        Issue.record("nothing was thrown", sourceLocation: location)
    } catch let error as StrataError {
        #expect(!error.message.contains("\n"), sourceLocation: location)
        return error.message
    } catch {
        Issue.record("\(error) is not a StrataError", sourceLocation: location)
    }
    return ""
}

/// Every way to cut a sound file short must be refused, and no way to change one byte may trap or throw a stranger.
func checkDamage<T>(
    of file: [UInt8], _ location: SourceLocation = #_sourceLocation, _ parse: ([UInt8]) throws -> T
) {
    #expect(!file.isEmpty, sourceLocation: location)
    for length in 0..<file.count {
        #expect(throws: StrataError.self, "cut to \(length) bytes", sourceLocation: location) {
            try parse(Array(file.prefix(length)))
        }
    }
    for position in file.indices {
        for value: UInt8 in [0, 1, 0x20, 0x39, 0x7F, 0x80, 0xFF] {
            var damaged = file
            damaged[position] = value
            do { _ = try parse(damaged) } catch {
                #expect(error is StrataError, "byte \(position) = \(value): \(error)", sourceLocation: location)
            }
        }
    }
}
