import FoundationEssentials
import StrataBackend

/// Named arrays in one file, in the safetensors format of Hugging Face: eight bytes with the length of a JSON header,
/// the header (for each name a dtype, a shape and the place of its bytes), then the bytes.
///
/// ```
/// var file = SafeTensors()
/// file.tensors["encoder.0.weight"] = try StoredArray(values, shape: [400, 784])
/// file.metadata["model"] = "vae"
/// try file.write("weights.safetensors")
/// ```
///
/// F32, I32 and U8 are read and written as they are. F16, BF16 and F64 are read into float32; I8, I16 and I64 into
/// int32, where a number that does not fit is an error; BOOL into float32.
public struct SafeTensors: Sendable, Hashable {
    /// The arrays by their names, of which `__metadata__` cannot be written.
    public var tensors: [String: StoredArray]
    /// Whatever the writer wants to say about them.
    public var metadata: [String: String]

    /// A file of these arrays, empty by default. The names are checked when it is written.
    public init(tensors: [String: StoredArray] = [:], metadata: [String: String] = [:]) {
        self.tensors = tensors
        self.metadata = metadata
    }

    static let metadataKey = "__metadata__"

    /// Throws `file` where the file cannot be read and `checkpoint` where it is cut short or damaged.
    public static func read(_ path: String) throws -> SafeTensors {
        try SafeTensors(parsing: FileBytes.read(path), path: path)
    }

    /// Reads a file's bytes; `path` is for messages. Every byte after the header must belong to exactly one tensor.
    public init(parsing bytes: [UInt8], path: String) throws {
        func damaged(_ why: String) -> StrataError { StrataError(.checkpoint, "\(path): is damaged: \(why)") }
        guard bytes.count >= 8 else {
            throw StrataError(
                .checkpoint, "\(path): is not a safetensors file: it has \(bytes.count) bytes, a header takes 8")
        }
        let promised = UInt64(littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
        guard let length = Int(exactly: promised), length <= bytes.count - 8 else {
            throw StrataError(
                .checkpoint,
                "\(path): is cut short, or no safetensors file: its header should take \(promised) bytes,"
                    + " but only \(bytes.count - 8) follow")
        }
        let entries: [String: HeaderEntry]
        do {
            entries = try JSONDecoder().decode([String: HeaderEntry].self, from: Data(bytes[8..<8 + length]))
        } catch {
            throw damaged("its header is not the JSON of safetensors")
        }

        let start = 8 + length
        self.init()
        var places: [(range: Range<Int>, name: String, format: ElementFormat, shape: Shape)] = []
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
            switch entry {
            case .metadata(let metadata) where name == Self.metadataKey: self.metadata = metadata
            case .tensor(let tensor) where name != Self.metadataKey:
                guard let format = Self.formats[tensor.dtype] else {
                    throw StrataError(
                        .unsupported, "\(path): tensor '\(name)' has dtype \(tensor.dtype); convert it to F32 first")
                }
                let shape = Shape(tensor.shape)
                guard tensor.offsets.count == 2, tensor.offsets[0] >= 0, tensor.offsets[0] <= tensor.offsets[1] else {
                    throw damaged("tensor '\(name)' has offsets \(tensor.offsets)")
                }
                let range = tensor.offsets[0]..<tensor.offsets[1]
                guard range.upperBound <= bytes.count - start else {
                    throw damaged(
                        "tensor '\(name)' ends at byte \(range.upperBound) of the data, which have \(bytes.count - start)"
                    )
                }
                guard shape.byteCount(elementBytes: format.byteCount) == range.count else {
                    throw damaged("tensor '\(name)' of \(tensor.dtype) \(shape) has \(range.count) bytes")
                }
                places.append((range, name, format, shape))
            default: throw damaged("its header has no proper entry for '\(name)'")
            }
        }

        // In order of place, each tensor must start where the one before ended: no overlap, no gap. Only then is
        // memory taken: a thousand names for the same bytes would take it a thousand times.
        places.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        var end = 0
        for place in places {
            guard place.range.lowerBound == end else {
                throw damaged(
                    "tensor '\(place.name)' starts at byte \(place.range.lowerBound), but the one before ends at \(end)"
                )
            }
            end = place.range.upperBound
        }
        guard start + end == bytes.count else {
            throw damaged("\(bytes.count - start - end) bytes at its end belong to no tensor")
        }
        for place in places {
            let stored = bytes[start + place.range.lowerBound..<start + place.range.upperBound]
            let decoded = try place.format.decode(stored, bigEndian: false, path: "\(path): tensor '\(place.name)'")
            tensors[place.name] = try StoredArray(dtype: place.format.dtype, shape: place.shape, bytes: decoded)
        }
    }

    private static let formats: [String: ElementFormat] = [
        "F32": .float32, "F16": .float16, "BF16": .bfloat16, "F64": .float64, "I32": .int32, "I64": .int64,
        "I16": .int16, "I8": .int8, "U8": .uint8, "BOOL": .bool,
    ]
}

/// One entry of the header: metadata under its own name, tensors under all others.
enum HeaderEntry: Codable {
    struct Tensor: Codable {
        var dtype: String
        var shape: [Int]
        var offsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }
    }

    case metadata([String: String])
    case tensor(Tensor)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let tensor = try? container.decode(Tensor.self) {
            self = .tensor(tensor)
        } else {
            self = .metadata(try container.decode([String: String].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .metadata(let metadata): try container.encode(metadata)
        case .tensor(let tensor): try container.encode(tensor)
        }
    }
}
