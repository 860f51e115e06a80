import StrataBackend
import StrataData

#if PNG
import CDeflate

/// Decompression by the system's libdeflate, which takes a third of the time of zlib: half of what there is to do
/// before the first training step on a compressed data set.
enum Deflate {
    /// A whole gzip file, of one member or several.
    static func gunzip(_ compressed: [UInt8]) throws -> [UInt8] {
        guard compressed.count >= 18 else { throw damaged("ends inside the gzip header") }
        let decompressor = try Decompressor()
        // The last four bytes say how long the content of the last member is, modulo 2³².
        let promised = compressed.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        var content: [UInt8] = []
        var position = 0
        // After the last member there may be filling.
        repeat {
            let (part, consumed) = try decompressor.member(
                compressed[position...], promised: promised, by: libdeflate_gzip_decompress_ex)
            if position == 0 { content = part } else { content += part }
            position += consumed
        } while position < compressed.count && compressed[position] == 0x1F
        return content
    }

    /// A whole zlib stream.
    static func unzlib(_ compressed: [UInt8]) throws -> [UInt8] {
        guard compressed.count >= 6 else { throw damaged("ends inside the zlib header") }
        return try Decompressor().member(
            compressed[...], promised: .max, by: libdeflate_zlib_decompress_ex
        ).content
    }

    /// A raw deflate stream whose content has exactly `count` bytes.
    static func inflate(_ compressed: [UInt8], count: Int) throws -> [UInt8] {
        let decompressor = try Decompressor()
        return try compressed.withUnsafeBytes { source in
            try [UInt8](unsafeUninitializedCapacity: count) { target, filled in
                try check(
                    libdeflate_deflate_decompress(
                        decompressor.handle, source.baseAddress, source.count, target.baseAddress, count, nil))
                filled = count
            }
        }
    }

    private final class Decompressor {
        let handle: OpaquePointer

        init() throws {
            guard let handle = libdeflate_alloc_decompressor() else {
                throw StrataError(.data, "there is no memory left to decompress it")
            }
            self.handle = handle
        }

        deinit { libdeflate_free_decompressor(handle) }

        /// One of libdeflate's functions.
        typealias Format = (
            OpaquePointer?, UnsafeRawPointer?, Int, UnsafeMutableRawPointer?, Int, UnsafeMutablePointer<Int>?,
            UnsafeMutablePointer<Int>?
        ) -> libdeflate_result

        /// The content of the first member, and the bytes that the member has.
        ///
        /// The memory taken follows what is there, not what `promised` promises: at first up to 16 times the
        /// compressed bytes, then twice as much each time that is too little.
        func member(
            _ compressed: ArraySlice<UInt8>, promised: Int, by decompress: Format
        ) throws -> (content: [UInt8], consumed: Int) {
            var room = max(1, min(promised, 16 * compressed.count))
            while true {
                var consumed = 0
                var result = LIBDEFLATE_INSUFFICIENT_SPACE
                let content = compressed.withUnsafeBytes { source in
                    [UInt8](unsafeUninitializedCapacity: room) { target, filled in
                        var produced = 0
                        result = decompress(
                            handle, source.baseAddress, source.count, target.baseAddress, room, &consumed, &produced)
                        filled = result == LIBDEFLATE_SUCCESS ? produced : 0
                    }
                }
                if result == LIBDEFLATE_SUCCESS { return (content, consumed) }
                guard result == LIBDEFLATE_INSUFFICIENT_SPACE, room < FileBytes.memory else {
                    try check(result)
                    throw damaged("is longer than this machine's memory")
                }
                room *= 2
            }
        }
    }

    private static func check(_ result: libdeflate_result) throws {
        switch result {
        case LIBDEFLATE_SUCCESS: return
        case LIBDEFLATE_SHORT_OUTPUT: throw damaged("is shorter than it should be")
        case LIBDEFLATE_INSUFFICIENT_SPACE: throw damaged("is longer than it should be")
        default: throw damaged("is cut short, or bytes in it have changed")
        }
    }

    private static func damaged(_ why: String) -> StrataError {
        StrataError(.data, "the compressed data are damaged: \(why)")
    }
}
#endif
