/// The elements that the pictures of numbers are drawn with.
enum SVG {
    static let font = "system-ui, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"

    /// `content` goes in as it is; coordinates are rounded to a tenth of a pixel.
    static func element(_ name: String, _ attributes: KeyValuePairs<String, Any>, _ content: String = "") -> String {
        let list = attributes.map { key, value in
            " \(key)=\"\((value as? Double).map(number) ?? "\(value)")\""
        }.joined()
        return content.isEmpty ? "<\(name)\(list)/>" : "<\(name)\(list)>\(content)</\(name)>"
    }

    static func text(_ content: String, _ attributes: KeyValuePairs<String, Any>) -> String {
        element("text", attributes, escaped(content))
    }

    /// A coordinate to a tenth of a pixel.
    static func number(_ value: Double) -> String { Decimal.text(value, digits: 1) }

    static func escaped(_ text: String) -> String {
        let entities: [Unicode.Scalar: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;"]
        // XML has no place for control characters, not even as entities.
        return text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0xFFFE && $0.value != 0xFFFF }
            .map { entities[$0] ?? String($0) }.joined()
    }
}
