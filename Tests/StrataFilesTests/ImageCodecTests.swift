import Foundation
import StrataBackend
import StrataData
import StrataFiles
import Testing

/// Files that `Tests/Fixtures/images/images.py` wrote, with the pixels that Pillow reads from each.
@Suite struct ImageCodecTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Fixtures/images").standardized

    static func bytes(_ name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: folder.appendingPathComponent(name)))
    }

    static func decode(_ file: [UInt8], _ name: String) throws -> Image {
        if name.hasSuffix(".jpg") { return try JPEG.decode(file) }
        return try name.hasSuffix(".webp") ? WebP.decode(file) : PNG.decode(file)
    }

    static func message(_ body: () throws -> Image) -> String {
        do {
            _ = try body()
            return "nothing was thrown"
        } catch { return "\(error)" }
    }

    #if JPEG && WebP && PNG
    @Test(
        arguments: ["gray.jpg", "color.jpg", "progressive.jpg"] + (2...8).map { "turned\($0).jpg" }
            + ["lossless.webp", "lossy.webp", "alpha.webp", "turned.webp", "turned.png"])
    func readsWhatOthersRead(_ name: String) throws {
        let path = Self.folder.appendingPathComponent(name).path
        let pixels = path + (name == "gray.jpg" ? ".pgm" : ".ppm")
        #expect(
            try Self.decode(Self.bytes(name), name)
                == Image(pnm: [UInt8](Data(contentsOf: URL(fileURLWithPath: pixels))), path: pixels))
    }

    @Test func refusesWhatItWouldReadWrongly() throws {
        #expect(Self.message { try JPEG.decode(Self.bytes("cmyk.jpg")) }.contains("CMYK"))
        #expect(Self.message { try WebP.decode(Self.bytes("animation.webp")) }.contains("animation"))
        #expect(Self.message { try WebP.decode(Self.bytes("plain.webp")) }.contains("cannot hold 16383 × 16383"))
        // The header alone says how large a JPEG is: height and width are behind the length and the precision of SOF0.
        var file = try Self.bytes("color.jpg")
        let frame = try #require(file.indices.dropLast().first { file[$0] == 0xFF && file[$0 + 1] == 0xC0 })
        for place in frame + 5...frame + 8 { file[place] = 0x3F }
        #expect(Self.message { try JPEG.decode(file) }.contains("cannot hold 16191 × 16191"))
        for place in frame + 5...frame + 8 { file[place] = 0xF0 }
        #expect(Self.message { try JPEG.decode(file) }.contains("scale the image down"))
    }

    @Test(arguments: [
        "color.jpg", "progressive.jpg", "gray.jpg", "turned6.jpg", "lossless.webp", "lossy.webp", "turned.webp",
    ])
    func refusesDamage(_ name: String) throws {
        let file = try Self.bytes(name)
        let whole = try Self.decode(file, name)
        // Behind the pixels there may be metadata; a JPEG without its last byte, half of the end mark, is cut short too.
        let end = name == "turned.webp" ? 60 : file.count
        for length in 0..<end {
            let cut = Array(file.prefix(length))
            #expect(throws: StrataError.self, "cut to \(length) bytes") { try Self.decode(cut, name) }
        }
        for position in file.indices {
            var damaged = file
            damaged[position] ^= 0x81
            do { _ = try Self.decode(damaged, name) } catch { #expect(error is StrataError) }
        }
        #expect(Self.message { try Self.decode([], name) }.contains("is not a sound"))
        if name.hasSuffix(".jpg") {
            // Filling before the end mark harms no pixel.
            #expect(try Self.decode(file.dropLast(2) + [0, 0, 0] + file.suffix(2), name) == whole)
        }
    }

    /// Kinds may be mixed, and the content says what a file is, whatever its name.
    @Test func foldersMixKinds() throws {
        let folder = try TemporaryFolder()
        let names = ["color.jpg", "progressive.jpg", "lossless.webp", "lossy.webp"]
        for name in names { try AtomicFile.write("\(folder.path)/\(name)", Self.bytes(name)) }
        try AtomicFile.write("\(folder.path)/named.jpeg", Self.bytes("lossless.webp"))
        try AtomicFile.write("\(folder.path)/six.png", Self.decode(Self.bytes("color.jpg"), "color.jpg").pnm)
        let data = try DataPath.load(folder.path, codecs: .system)
        #expect(data.train.count + data.test.count == 6 && data.exampleShape == [3, 13, 18])
        try AtomicFile.write("\(folder.path)/turned6.jpg", Self.bytes("turned6.jpg"))
        do {
            _ = try DataPath.load(folder.path, codecs: .system)
            Issue.record("nothing was thrown")
        } catch { #expect("\(error)".contains("turned6.jpg: is 13 × 18 color, but")) }
    }
    #else
    @Test func saysWhatTheBuildLacks() {
        #if !JPEG
        #expect(Self.message { try JPEG.decode([]) }.contains("trait JPEG") && Codecs.system.readJPEG == nil)
        #endif
        #if !WebP
        #expect(Self.message { try WebP.decode([]) }.contains("trait WebP") && Codecs.system.readWebP == nil)
        #endif
    }
    #endif
}
