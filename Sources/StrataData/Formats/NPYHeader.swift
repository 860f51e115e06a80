import StrataBackend

/// The Python literal in an NPY header: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
struct NPYHeader {
    var descriptor: String
    var isFortranOrder: Bool
    var shape: [Int]

    init(_ text: String, path: String) throws {
        var scanner = Scanner(text: Array(text.unicodeScalars), path: path)
        var descriptor: String?
        var order: Bool?
        var shape: [Int]?
        try scanner.expect("{")
        while !scanner.skips("}") {
            let key = try scanner.string()
            try scanner.expect(":")
            switch key {
            case "descr":
                guard !scanner.sees("[") else {
                    throw StrataError(
                        .unsupported, "\(path): holds records with fields; save each field as an array of its own")
                }
                descriptor = try scanner.string()
            case "fortran_order": order = try scanner.truth()
            case "shape": shape = try scanner.tuple()
            default: throw scanner.failure("has the unknown key '\(key)'")
            }
            if !scanner.skips(",") {
                try scanner.expect("}")
                break
            }
        }
        guard let descriptor, let order, let shape else { throw scanner.failure("lacks descr, fortran_order or shape") }
        self.descriptor = descriptor
        isFortranOrder = order
        self.shape = shape
    }
}

/// Just enough of Python's literals: strings, truth values and tuples of whole numbers.
private struct Scanner {
    let text: [Unicode.Scalar]
    let path: String
    var position = 0

    func failure(_ why: String) -> StrataError {
        StrataError(.data, "\(path): is damaged: the NPY header \(why)")
    }

    mutating func sees(_ scalar: Unicode.Scalar) -> Bool {
        while position < text.count, text[position].properties.isWhitespace { position += 1 }
        return position < text.count && text[position] == scalar
    }

    mutating func skips(_ scalar: Unicode.Scalar) -> Bool {
        guard sees(scalar) else { return false }
        position += 1
        return true
    }

    mutating func expect(_ scalar: Unicode.Scalar) throws {
        guard skips(scalar) else { throw failure("lacks a '\(scalar)'") }
    }

    mutating func string() throws -> String {
        let quote: Unicode.Scalar = sees("\"") ? "\"" : "'"
        try expect(quote)
        guard let end = text[position...].firstIndex(of: quote) else { throw failure("has a string without end") }
        defer { position = end + 1 }
        return String(String.UnicodeScalarView(text[position..<end]))
    }

    mutating func word() -> String {
        _ = sees(" ")
        let isLetter = { (scalar: Unicode.Scalar) in scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) }
        let end = text[position...].firstIndex { !isLetter($0) } ?? text.count
        defer { position = end }
        return String(String.UnicodeScalarView(text[position..<end]))
    }

    mutating func truth() throws -> Bool {
        switch word() {
        case "True": return true
        case "False": return false
        default: throw failure("has a fortran_order that is neither True nor False")
        }
    }

    mutating func tuple() throws -> [Int] {
        var extents: [Int] = []
        try expect("(")
        while !skips(")") {
            // Python 2 wrote long numbers with an L behind them.
            let spelled = word()
            let digits = spelled.hasSuffix("L") ? String(spelled.dropLast()) : spelled
            guard let extent = Int(digits), extent >= 0 else { throw failure("has '\(digits)' for an extent") }
            extents.append(extent)
            if !skips(",") {
                try expect(")")
                break
            }
        }
        return extents
    }
}
