import FoundationEssentials
import StrataBackend
import StrataData

extension EvaluationReport {
    /// A page that needs nothing besides itself: images are part of it. Throws `file` for one that cannot be read.
    public func html() throws -> String {
        let facts = facts.map { "<dt>\(Self.escaped($0.name))</dt><dd>\(Self.escaped($0.value))</dd>" }.joined()
        let sections = try sections.map(Self.html).joined(separator: "\n")
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(Self.escaped(title))</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <h1>\(Self.escaped(title))</h1>
            <dl>\(facts)</dl>
            \(sections)
            </body>
            </html>

            """
    }

    private static let style = """
        body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff;
          font: 15px/1.5 system-ui, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }
        h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #ddd; }
        dl { display: grid; grid-template-columns: max-content auto; gap: 0 1rem; } dt { color: #666; } dd { margin: 0; }
        table { border-collapse: collapse; } th, td { padding: .15rem 1rem .15rem 0; text-align: left; }
        td { font-variant-numeric: tabular-nums; } th { font-weight: normal; color: #666; }
        .images { display: flex; flex-wrap: wrap; gap: 1.5rem; } figure { margin: .5rem 0; }
        figure img, figure svg { max-width: 100%; height: auto; } img { image-rendering: pixelated; }
        figcaption { max-width: 32rem; color: #666; } figcaption b { color: #222; }
        """

    private static func html(_ section: Section) throws -> String {
        let rows = section.rows.compactMap { row -> String? in
            guard let value = shown(row.value) else { return nil }
            return "<tr><th>\(escaped(words(row.name)))</th><td>\(escaped(value))</td></tr>"
        }
        var parts = ["<h2>\(escaped(section.title))</h2>"]
        if !rows.isEmpty { parts.append("<table>\(rows.joined())</table>") }
        if let table = section.table {
            let head = table.columns.map { "<th>\(escaped(words($0)))</th>" }.joined()
            let body = table.rows.map { row in
                "<tr>\(row.map { "<td>\(escaped(shown($0) ?? "–"))</td>" }.joined())</tr>"
            }
            parts.append("<table><tr>\(head)</tr>\(body.joined())</table>")
        }
        if !section.images.isEmpty {
            parts.append("<div class=\"images\">\(try section.images.map(figure).joined())</div>")
        }
        return parts.joined(separator: "\n")
    }

    private static func figure(_ image: Image) throws -> String {
        let bytes = try FileBytes.read(image.path)
        let content =
            image.path.hasSuffix(".svg")
            ? String(decoding: bytes, as: UTF8.self)
            : "<img alt=\"\(escaped(image.title))\" src=\"data:image/png;base64,\(Data(bytes).base64EncodedString())\">"
        let caption = "<b>\(escaped(image.title)).</b> \(escaped(image.caption))"
        return "<figure>\(content)<figcaption>\(caption)</figcaption></figure>"
    }

    /// `knn_accuracy` as a page says it.
    private static func words(_ name: String) -> String { name.split(separator: "_").joined(separator: " ") }

    private static func escaped(_ text: String) -> String {
        let entities: [Character: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;"]
        return text.map { entities[$0] ?? String($0) }.joined()
    }
}
