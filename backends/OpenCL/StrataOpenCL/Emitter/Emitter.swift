#if OpenCL
import StrataBackend

/// Writes the text of one kernel, and collects the arguments that the text turns out to need.
struct Emitter {
    /// Floats that a work item handles at once.
    let lanes: Int
    /// Whether 32 bits cannot hold every element number.
    let isWide: Bool
    private(set) var pointers: [Launch.Pointer] = []
    private(set) var numbers: [Int] = []
    /// Statements that do not depend on the index: the keys of draws.
    private(set) var keys: [String] = []

    /// Every device takes 1,024 bytes of arguments. Half are for pointers, which `supports` guarantees to suffice;
    /// numbers that no longer fit go into the text.
    static let pointerLimit = 64
    private var numberLimit: Int { 512 / (isWide ? 8 : 4) }

    init(lanes: Int, isWide: Bool) {
        self.lanes = lanes
        self.isWide = isWide
    }

    /// The name of the argument that points to a slot.
    mutating func pointer(_ slot: Int, _ dtype: DType) -> String {
        let pointer = Launch.Pointer(slot: slot, dtype: dtype)
        let position = pointers.firstIndex(of: pointer) ?? pointers.endIndex
        if position == pointers.endIndex { pointers.append(pointer) }
        return "p\(position)"
    }

    /// The name of an argument of that value.
    mutating func number(_ value: Int) -> String {
        guard numbers.count < numberLimit else { return "((INDEX)\(value))" }
        numbers.append(value)
        return "n\(numbers.count - 1)"
    }

    /// The name of a stream's key, which is worked out once, before the loop over elements.
    mutating func key(_ draw: Draw) -> String {
        let seed = pointer(draw.key.slot, .int32)
        let offset = number(draw.key.access.offset)
        let stream = number(Int(Int32(bitPattern: draw.stream)))
        keys.append("const uint2 k\(keys.count) = stream_key(\(seed) + \(offset), (uint)\(stream));")
        return "k\(keys.count - 1)"
    }

    /// Completes a template: `defines` come before it, `splices` replace its lines `// splice: name`.
    consuming func launch(
        _ template: String, defines: [(String, String)], splices: [String: [String]], groups: Int, groupSize: Int,
        scratchByteCount: Int = 0
    ) -> Launch {
        let parameters =
            pointers.enumerated().map { "global \($1.dtype.openCLName) *p\($0)" }
            + numbers.indices.map { "const INDEX n\($0)" }
        let defines =
            [("INDEX", isWide ? "long" : "int"), ("PARAMETERS", parameters.joined(separator: ", "))] + defines
        let splices = splices.merging(["keys": keys]) { given, _ in given }

        var lines = defines.map { "#define \($0) \($1)" }
        for line in template.split(separator: "\n", omittingEmptySubsequences: false) {
            let content = line.drop { $0 == " " }
            guard content.hasPrefix(Self.marker) else {
                lines.append(String(line))
                continue
            }
            let indent = String(repeating: " ", count: line.count - content.count)
            lines += (splices[String(content.dropFirst(Self.marker.count))] ?? []).map { indent + $0 }
        }
        lines += defines.map { "#undef \($0.0)" }
        return Launch(
            text: lines.joined(separator: "\n"), pointers: pointers, numbers: numbers, isWide: isWide, groups: groups,
            groupSize: groupSize, scratchByteCount: scratchByteCount)
    }

    private static let marker = "// splice: "
}

extension DType {
    /// The name of the type in OpenCL C.
    var openCLName: String {
        switch self {
        case .float32: "float"
        case .int32: "int"
        case .uint8: "uchar"
        }
    }
}
#endif
