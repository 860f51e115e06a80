/// The elements that the images of numbers are drawn with.
enum SVG {
    private static let font = "system-ui, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"

    /// `content` goes in as it is; coordinates are rounded to a tenth of a pixel.
    static func element(_ name: String, _ attributes: KeyValuePairs<String, Any>, _ content: String = "") -> String {
        let list = attributes.map { key, value in
            " \(key)=\"\((value as? Double).map(number) ?? "\(value)")\""
        }.joined()
        return content.isEmpty ? "<\(name)\(list)/>" : "<\(name)\(list)>\(content)</\(name)>"
    }

    /// A whole image on white, with its title on top from `left` on.
    static func document(title: String, left: Double, width: Double, height: Double, _ drawn: [String]) -> String {
        let all =
            [
                element("title", [:], escaped(title)),
                element("rect", ["width": width, "height": height, "fill": "#fff"]),
                text(title, ["x": left, "y": 28, "font-size": 16, "font-weight": 600, "fill": "#111"]),
            ] + drawn
        return element(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg", "viewBox": "0 0 \(number(width)) \(number(height))",
                "width": width,
                "height": height, "font-family": font, "font-size": 12, "fill": "#444",
            ], "\n" + all.joined(separator: "\n") + "\n") + "\n"
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
