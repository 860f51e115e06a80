import StrataBackend

extension DataOptions {
    /// The content of a file whose format is read whole, unpacked where it is gzip's.
    ///
    /// Throws `file` where it cannot be read, `data` where it or its content takes more memory than is allowed (`hint` says what
    /// to do then), and `unsupported` where it is compressed and no codec is there.
    func wholeFile(_ path: String, hint: String) throws -> [UInt8] {
        func check(_ size: Int) throws {
            guard holds(size) else {
                throw StrataError(
                    .data, "\(path): takes \(size) bytes, more than the \(memory ?? 0) that are allowed, and \(hint)")
            }
        }
        try check(FileBytes.size(path))
        let bytes = try FileBytes.read(path)
        guard bytes.starts(with: [0x1F, 0x8B]) else { return bytes }
        let content = try unpacked(bytes, path: path)
        try check(content.count)
        return content
    }

    /// The content of a gzip file; `path` is for messages. Throws `unsupported` where no codec is there.
    func unpacked(_ bytes: [UInt8], path: String) throws -> [UInt8] {
        guard let gunzip = codecs.gunzip else {
            throw StrataError(
                .unsupported,
                "\(path): is compressed; build with the trait PNG, or put a plain copy in a folder (gunzip -k)")
        }
        return try StrataError.naming(path) { try gunzip(bytes) }
    }
}
