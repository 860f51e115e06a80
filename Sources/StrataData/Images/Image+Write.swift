import StrataBackend

extension Image {
    /// Writes the image under `path` and a fitting ending: `.png`, or `.pgm` and `.ppm` where the codecs write no PNG.
    /// Returns the path of the file. Throws `file` with the system's reason.
    @discardableResult
    public func write(_ path: String, codecs: Codecs) throws -> String {
        let png = try codecs.writePNG?(self)
        let ending = png != nil ? ".png" : channels == 1 ? ".pgm" : ".ppm"
        let stem = [".png", ".pgm", ".ppm"].first { path.hasSuffix($0) }.map { path.dropLast($0.count) } ?? path[...]
        try AtomicFile.write(stem + ending, png ?? pnm)
        return stem + ending
    }
}
