import Foundation
import StrataBackend
import StrataData
import Testing

/// Archives that `Tests/Fixtures/shards/shards.py` wrote: example i is an image of 2 × 2 pixels, all 20 i, of class i % 3.
@Suite struct TarShardsTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Fixtures/shards").standardized.path

    static func bytes(_ name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
    }

    static let whole = { @Sendable (memory: Int?) in
        var options = DataOptions(memory: memory)
        options.drawsTest = false
        return options
    }

    /// A tar archive of the least that a file needs: names, sizes and checksums of `ustar`.
    static func tar(_ files: [(name: String, content: [UInt8])]) -> [UInt8] {
        var bytes: [UInt8] = []
        for file in files {
            var header = [UInt8](repeating: 0, count: 512)
            header.replaceSubrange(0..<file.name.utf8.count, with: file.name.utf8)
            let size = Array("0000000000\(String(file.content.count, radix: 8))".utf8.suffix(11))
            header.replaceSubrange(124..<135, with: size)
            header.replaceSubrange(257..<262, with: "ustar".utf8)
            header[156] = UInt8(ascii: "0")
            bytes += sealed(header) + file.content
            bytes += [UInt8](repeating: 0, count: (512 - file.content.count % 512) % 512)
        }
        return bytes + [UInt8](repeating: 0, count: 1024)
    }

    static func sealed(_ header: [UInt8]) -> [UInt8] {
        var header = header
        let sum = header.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
        header.replaceSubrange(148..<156, with: Array("000000\(String(sum, radix: 8))".utf8.suffix(6)) + [0, 32])
        return header
    }

    static let image = Array("P5 1 1 255 ".utf8) + [7]

    @Test(arguments: [nil, 8]) func shardsOfEveryFormAreOneSet(memory: Int?) throws {
        let data = try DataPath.load("\(Self.folder)/data-{008..010}.tar", Self.whole(memory))
        #expect(data.train.count == 10 && data.exampleShape == [2, 2] && data.test.count == 0)
        #expect((data.train.examples.storage.resident == nil) == (memory != nil))
        #expect(try data.train.examples.bytes == (0..<40).map { UInt8($0 / 4 * 20) })
        let labels = try #require(data.train.labels)
        #expect(labels.values == (0..<10).map { $0 % 3 } && labels.classNames == ["0", "1", "2"])
    }

    @Test func splitsAreInTheNamesOfAFolder() throws {
        let folder = try TemporaryFolder()
        try folder.put("s/train-0.tar", Self.bytes("data-008.tar"))
        try folder.put("s/test-0.tar", Self.bytes("data-009.tar"))
        let data = try DataPath.load(folder.file("s"))
        #expect(data.train.count == 4 && data.test.count == 3 && data.notes.isEmpty)
        #expect(data.test.labels?.values == [1, 2, 0])
    }

    @Test func labelsMayBeFieldsAndOtherFilesAreNoted() throws {
        let data = try DataPath.load("\(Self.folder)/json.tar", Self.whole(nil))
        let labels = try #require(data.train.labels)
        #expect(labels.values == [0, 1, 0] && labels.classNames == ["cat", "dog"])
        for note in ["3 files *.seg.pgm", "1 files *.txt without an image", "1 files that are links"] {
            #expect(data.notes.contains { $0.contains(note) }, "\(note): \(data.notes)")
        }
    }

    @Test func whatIsAmbiguousIsRefused() throws {
        let folder = try TemporaryFolder()
        let image = Self.image
        let cases: [(files: [(String, [UInt8])], expected: String)] = [
            ([("a.pgm", image), ("b.pgm", image), ("b.cls", [49])], "a.tar(a.pgm): has no .cls"),
            ([("a.pgm", image), ("a.cls", [49]), ("b.pgm", image), ("b.cls", Array("cat".utf8))], "the label 'cat'"),
            ([("a.pgm", image), ("a.ppm", image)], "'a' has 2 images, .pgm and .ppm"),
            ([("a.pgm", image), ("a.pgm", image)], "'a.pgm' twice"),
            ([("a.pgm", image), ("a.json", Array("{\"label\": [1]}".utf8))], "neither a whole number nor a text"),
            ([("a.pgm", image), ("a.json", Array("[[[".utf8))], "is no object"),
            ([("a.pgm", image), ("a.cls", [10, 32])], "is empty"),
            ([("a.txt", image)], "holds no images"),
            ([("a.pgm", [1, 2, 3])], "a.tar(a.pgm): is not a binary PGM"),
        ]
        for (files, expected) in cases {
            let path = try folder.put("a.tar", Self.tar(files))
            let found = message { try DataPath.load(path, Self.whole(nil)) }
            #expect(found.contains(expected), "\(found)")
        }
        #expect(message { try DataPath.load("x-{3..1}.tar") }.contains("one range of numbers"))
        #expect(message { try DataPath.load("x-{0..1}-{0..1}.tar") }.contains("one range of numbers"))
        #expect(message { try DataPath.load("x-{0..1}.tar") }.contains("x-0.tar"))
        let bare = try folder.put("a.tar", Self.tar([("c/a.pgm", image), ("d/b.pgm", image)]))
        #expect(try DataPath.load(bare).notes.contains { $0.contains("folders within an archive are no classes") })
    }

    @Test func damageIsRefused() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.tar")
        let whole = Self.tar([("a.pgm", Self.image), ("a.cls", [49])])
        for length in 0..<whole.count {
            guard length % 64 < 2 || length > whole.count - 3 else { continue }
            try folder.put("a.tar", whole.prefix(length))
            #expect(throws: StrataError.self, "cut to \(length) bytes") { try DataPath.load(path, Self.whole(nil)) }
        }
        for name in ["data-008.tar", "data-009.tar", "data-010.tar"] {
            let file = try Self.bytes(name)
            for position in file.indices where file[position] != 0 {
                var damaged = file
                damaged[position] ^= 0x81
                try folder.put("a.tar", damaged)
                do { _ = try DataPath.load(path, Self.whole(nil)) } catch { #expect(error is StrataError, "\(error)") }
            }
        }
        // Sizes that no file has: in octal, to the base of 256, negative, and of an extended header.
        for (field, kind, expected) in [
            (Array("77777777777\0".utf8), "0", "promises 8589934591 bytes"),
            ([0x80, 0, 0, 0, 0x7F] + [UInt8](repeating: 0xFF, count: 7), "0", "promises"),
            ([UInt8](repeating: 0xFF, count: 12), "0", "its size is no number"),
            (Array("77777777777\0".utf8), "x", "promises"),
        ] {
            var header = Array(whole.prefix(512))
            header.replaceSubrange(124..<136, with: field)
            header[156] = Array(kind.utf8)[0]
            try folder.put("a.tar", Self.sealed(header) + whole.dropFirst(512))
            let found = message { try DataPath.load(path, Self.whole(nil)) }
            #expect(found.contains(expected), "\(found)")
        }
        try folder.put("a.tar", whole + whole)
        #expect(message { try DataPath.load(path, Self.whole(nil)) }.contains("goes on behind its end mark"))
    }
}
