import StrataBackend
import StrataData

#if PNG
    import CZlib

    /// Decompression by the system's zlib.
    enum Zlib {
        /// The containers of a deflate stream, as zlib's `windowBits` tells them apart.
        enum Container: Int32 {
            case raw = -15
            case gzip = 31
        }

        /// A whole gzip file, of one member or several.
        static func gunzip(_ compressed: [UInt8]) throws -> [UInt8] {
            guard compressed.count >= 18 else { throw damaged("ends inside the gzip header") }
            // The last four bytes say how long the content of the last member is, modulo 2³².
            let promised = compressed.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            return try inflate(compressed, container: .gzip, expected: promised, limit: FileBytes.memory)
        }

        /// A raw deflate stream whose content has exactly `count` bytes.
        static func inflate(_ compressed: [UInt8], count: Int) throws -> [UInt8] {
            let content = try inflate(compressed, container: .raw, expected: count, limit: count)
            guard content.count == count else { throw damaged("has \(content.count) bytes, not \(count)") }
            return content
        }

        /// The memory taken follows what is there, not what `expected` promises: at first up to 16 times the
        /// compressed bytes, then twice what has been filled, never more than `limit`.
        private static func inflate(
            _ compressed: [UInt8], container: Container, expected: Int, limit: Int
        ) throws -> [UInt8] {
            var stream = z_stream()
            let size = Int32(MemoryLayout<z_stream>.size)
            guard inflateInit2_(&stream, container.rawValue, ZLIB_VERSION, size) == Z_OK else {
                throw StrataError(.unsupported, "zlib cannot start: this build and the zlib installed do not fit")
            }
            defer { inflateEnd(&stream) }

            var content = [UInt8](repeating: 0, count: max(1, min(expected, 16 * compressed.count)))
            var produced = 0
            var consumed = 0
            while true {
                // zlib counts in 32 bits, so long files go through in pieces.
                let step = compressed.withUnsafeBufferPointer { source in
                    content.withUnsafeMutableBufferPointer { target in
                        let input = min(source.count - consumed, 1 << 30)
                        let room = min(target.count - produced, 1 << 30)
                        stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress.map { $0 + consumed })
                        stream.avail_in = UInt32(input)
                        stream.next_out = target.baseAddress.map { $0 + produced }
                        stream.avail_out = UInt32(room)
                        let status = CZlib.inflate(&stream, Z_NO_FLUSH)
                        return (
                            status: status, read: input - Int(stream.avail_in), written: room - Int(stream.avail_out)
                        )
                    }
                }
                consumed += step.read
                produced += step.written
                switch step.status {
                case Z_STREAM_END:
                    if container == .gzip, consumed < compressed.count, compressed[consumed] == 0x1F {
                        // Another member follows.
                        inflateReset(&stream)
                    } else {
                        content.removeLast(content.count - produced)
                        return content
                    }
                case Z_OK, Z_BUF_ERROR:
                    if produced == content.count, produced < limit {
                        content += repeatElement(0, count: min(content.count, limit - produced))
                    } else if step.read == 0, step.written == 0 {
                        throw damaged(produced == content.count ? "is longer than it should be" : "is cut short")
                    }
                case Z_MEM_ERROR: throw StrataError(.data, "there is no memory left to decompress it")
                default: throw damaged(stream.msg.map { String(cString: $0) } ?? "is no deflate stream")
                }
            }
        }

        private static func damaged(_ why: String) -> StrataError {
            StrataError(.data, "the compressed data are damaged: \(why)")
        }
    }
#endif
