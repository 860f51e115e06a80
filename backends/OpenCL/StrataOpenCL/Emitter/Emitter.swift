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
    /// Tables of offsets, one after another.
    private var tables: [Int32] = []

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

    /// Text that is a table when an index follows it.
    mutating func table(_ offsets: [Int]) -> String {
        let first = number(tables.count)
        tables += offsets.map { Int32(truncatingIfNeeded: $0) }
        return "(\(pointer(Launch.Pointer.tables, .int32)) + \(first))"
    }

    /// Names of the coordinates that the number of an element is, row-major, and the statements that work them out.
    mutating func split(_ index: String, into extents: [Int], prefix: String) -> (names: [String], statements: [String])
    {
        guard extents.count > 1 else { return (extents.map { _ in index }, []) }
        let names = extents.indices.map { "\(prefix)\($0)" }
        var rest = index
        var statements: [String] = []
        for position in extents.indices.reversed() {
            let extent = position > 0 ? number(extents[position]) : ""
            statements.append("const INDEX \(names[position]) = \(rest)\(position > 0 ? " % \(extent)" : "");")
            rest = "\(rest) / \(extent)"
        }
        return (names, statements)
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
            pointers.enumerated().map { position, pointer in
                // Slots share no memory, and no element is read that another item writes.
                let isAlone = !pointers.indices.contains { $0 != position && pointers[$0].slot == pointer.slot }
                return "global \(pointer.dtype.openCLName) *\(isAlone ? "restrict " : "")p\(position)"
            }
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
        lines += defines.map { "#undef \($0.0.prefix { $0 != "(" })" }
        return Launch(
            text: lines.joined(separator: "\n"), pointers: pointers, numbers: numbers, tables: tables,
            isWide: isWide, groups: groups, groupSize: groupSize, scratchByteCount: scratchByteCount)
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
