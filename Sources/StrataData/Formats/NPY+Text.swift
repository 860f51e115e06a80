import StrataBackend

extension NPY {
    /// The words of an array of text (NumPy's types U and S), in row-major order; `nil` where it holds numbers.
    ///
    /// Throws `data` for a damaged file or characters that there are not.
    static func text(_ bytes: [UInt8], path: String) throws -> (shape: Shape, words: [String])? {
        let layout = try layout(bytes, path: path)
        // Four bytes a character, or one.
        guard let kind = layout.element.first, let wide = ["U": 4, "S": 1, "a": 1][kind],
            let length = Int(layout.element.dropFirst()), length > 0
        else { return nil }
        let (width, overflow) = length.multipliedReportingOverflow(by: wide)
        guard !overflow else { throw StrataError(.data, "\(path): is damaged: words of \(length) letters") }
        let count = try layout.check(elementBytes: width, "'\(layout.element)'", count: bytes.count - layout.offset)
        guard !layout.isFortranOrder || layout.shape.rank < 2 else {
            throw StrataError(.unsupported, "\(path): holds text in Fortran order; save it by numpy.ascontiguousarray")
        }
        let words = try stride(from: layout.offset, to: layout.offset + count, by: width).map { start in
            let word = bytes[start..<start + width]
            guard let text = wide == 1 ? bytewise(word) : characterwise(word, layout.isBigEndian) else {
                throw StrataError(.data, "\(path): holds text with characters that there are not")
            }
            return text
        }
        return (layout.shape, words)
    }

    /// Bytes up to the filling of zeros.
    private static func bytewise(_ word: ArraySlice<UInt8>) -> String? {
        String(validating: word[..<((word.lastIndex { $0 != 0 } ?? word.startIndex - 1) + 1)], as: UTF8.self)
    }

    private static func characterwise(_ word: ArraySlice<UInt8>, _ isBigEndian: Bool) -> String? {
        var scalars: [Unicode.Scalar] = []
        for start in stride(from: word.startIndex, to: word.endIndex, by: 4) {
            let code = (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(word[start + (isBigEndian ? $1 : 3 - $1)]) }
            guard let scalar = Unicode.Scalar(code) else { return nil }
            scalars.append(scalar)
        }
        while scalars.last == "\0" { scalars.removeLast() }
        return String(String.UnicodeScalarView(scalars))
    }
}
