import StrataBackend

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
            // The last four bytes say how long the content is, modulo 2³²; a lie costs memory within the bound of
            // deflate's best ratio, and no more.
            let promised = compressed.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            return try inflate(
                compressed, container: .gzip, capacity: min(promised, compressed.count * 1032), isExact: false)
        }

        /// A raw deflate stream whose content has exactly `count` bytes.
        static func inflate(_ compressed: [UInt8], count: Int) throws -> [UInt8] {
            let content = try inflate(compressed, container: .raw, capacity: count, isExact: true)
            guard content.count == count else { throw damaged("has \(content.count) bytes, not \(count)") }
            return content
        }

        private static func inflate(
            _ compressed: [UInt8], container: Container, capacity: Int, isExact: Bool
        ) throws -> [UInt8] {
            var stream = z_stream()
            guard inflateInit2_(&stream, container.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
                throw StrataError(.unsupported, "zlib cannot start: this build and the zlib installed do not fit")
            }
            defer { inflateEnd(&stream) }

            var content = [UInt8](repeating: 0, count: max(1, capacity))
            var produced = 0, consumed = 0
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
                        return (status: status, read: input - Int(stream.avail_in), written: room - Int(stream.avail_out))
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
                    if produced == content.count, !isExact {
                        content += repeatElement(0, count: content.count)
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
