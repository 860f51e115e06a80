import StrataBackend
import StrataData
import StrataFiles
import Testing

#if PNG
@Suite struct PNGTests {
    /// Noise, which does not compress: the file is as large as it can be.
    static func noise(width: Int, height: Int, channels: Int) throws -> Image {
        let pixels = (0..<width * height * channels).map { i in
            UInt8(truncatingIfNeeded: Threefry.block(key: (1, 2), counter: (UInt32(i), 0)).0)
        }
        return try Image(width: width, height: height, channels: channels, pixels: pixels)
    }

    @Test(arguments: [(1, 1, 1), (1, 1, 3), (17, 5, 1), (5, 17, 3), (300, 200, 3)])
    func comesBackFromWriting(_ width: Int, _ height: Int, _ channels: Int) throws {
        let image = try Self.noise(width: width, height: height, channels: channels)
        #expect(try PNG.decode(PNG.encode(image)) == image)
    }

    @Test func readsOtherKindsOfPNG() throws {
        #expect(
            try PNG.decode(Fixture.palettePNG)
                == Image(
                    width: 3, height: 1, channels: 3, pixels: [255, 0, 0, 0, 255, 0, 10, 20, 30]))
        #expect(try PNG.decode(Fixture.bitsPNG).pixels == [255, 0, 255, 255, 0, 0, 255, 0, 0, 255])
        #expect(try PNG.decode(Fixture.alphaPNG).pixels == [200, 100, 50, 0, 0, 0])
        #expect(try PNG.decode(Fixture.wordsPNG) == Image(width: 2, height: 1, channels: 1, pixels: [255, 0]))
    }

    /// No gamma, no profile and no depth changes the numbers.
    @Test func keepsTheNumbersAsTheyAre() throws {
        for file in Fixture.gammaPNGs { #expect(try PNG.decode(file).pixels == [0, 17, 100, 255]) }
        #expect(try PNG.decode(Fixture.pairsPNG).pixels == [0, 85, 170, 255])
        #expect(try PNG.decode(Fixture.alpha16PNG).pixels == [100, 50, 25])
    }

    @Test func refusesDamage() throws {
        let file = try PNG.encode(Self.noise(width: 6, height: 4, channels: 1))
        // libpng needs no more than the pixels: the last 12 bytes are the end mark.
        for length in 0..<file.count - 12 {
            #expect(throws: StrataError.self, "cut to \(length) bytes") {
                try PNG.decode(Array(file.prefix(length)))
            }
        }
        for position in file.indices {
            var damaged = file
            damaged[position] ^= 0x81
            do { _ = try PNG.decode(damaged) } catch { #expect(error is StrataError) }
        }
        #expect(throws: StrataError.self) { try PNG.decode([]) }
        #expect(throws: StrataError.self) { try PNG.decode(Array("GIF89a, not a PNG".utf8)) }
    }

    @Test func takesNoMemoryForALie() {
        let lies = [
            (Fixture.lyingPNG, "cannot hold 16000 × 16000 pixels"), (Fixture.hugePNG, "scale the image down"),
        ]
        for (file, expected) in lies {
            do {
                _ = try PNG.decode(file)
                Issue.record("nothing was thrown")
            } catch { #expect("\(error)".contains(expected)) }
        }
    }

    @Test func loadsAFolderOfImages() throws {
        let folder = try TemporaryFolder()
        for i in 0..<20 {
            let image = try Image(width: 2, height: 2, channels: 1, pixels: [UInt8(i), 0, 0, 255])
            try image.write(folder.path + "/\(i).png")
        }
        let data = try DataPath.load(folder.path, codecs: .system)
        #expect(data.train.count == 18 && data.test.count == 2 && data.exampleShape == [2, 2])
        let bytes = try data.train.bytes + data.test.bytes
        let firsts = stride(from: 0, to: 80, by: 4).map { bytes[$0] }
        #expect(firsts.sorted() == Array(0..<20))
        try AtomicFile.write(folder.path + "/bad.png", [1, 2, 3])
        do {
            _ = try DataPath.load(folder.path, codecs: .system)
            Issue.record("nothing was thrown")
        } catch { #expect("\(error)".contains("bad.png: is not a sound PNG file")) }
    }
}
#else
@Suite struct PNGTests {
    @Test func saysWhatTheBuildLacks() throws {
        let image = try Image(width: 1, height: 1, channels: 1, pixels: [7])
        for attempt in [{ _ = try PNG.encode(image) }, { _ = try PNG.decode([]) }] {
            do {
                try attempt()
                Issue.record("nothing was thrown")
            } catch { #expect("\(error)".contains("trait PNG")) }
        }
        #expect(Codecs.system.gunzip == nil && Codecs.system.readPNG == nil)
    }
}
#endif

@Suite struct ImageWriteTests {
    @Test func putsTheEndingThatTheBuildWrites() throws {
        let folder = try TemporaryFolder()
        let image = try Image(width: 2, height: 1, channels: 1, pixels: [7, 9])
        for name in ["a", "b.png", "c.pgm"] {
            let path = try image.write("\(folder.path)/\(name)")
            #if PNG
            #expect(path == "\(folder.path)/\(name.prefix(1)).png")
            #else
            #expect(path == "\(folder.path)/\(name.prefix(1)).pgm")
            #endif
        }
    }
}
