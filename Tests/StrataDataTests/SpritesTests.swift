import StrataBackend
import StrataData
import Testing

@Suite struct SpritesTests {
    @Test func sameSeedSameBits() throws {
        let sprites = try Sprites()
        let first = try sprites.dataSet(train: 60, test: 20, seed: 7)
        let again = try sprites.dataSet(train: 60, test: 20, seed: 7)
        #expect(first.train == again.train && first.test == again.test)
        #expect(try sprites.dataSet(train: 60, test: 20, seed: 8).train != first.train)
        #expect(first.train.count == 60 && first.test.count == 20 && first.exampleShape == [28, 28])
    }

    @Test func labelsAndFactorsAreThoseOfTheImages() throws {
        let sprites = try Sprites(side: 32)
        let split = try sprites.dataSet(train: 40, test: 0, seed: 1).train
        let factors = try #require(split.factors)
        let labels = try #require(split.labels)
        let targets = try #require(split.targets)
        #expect(targets.names == ["size", "rotation", "x", "y"])
        #expect(
            factors.names == ["shape", "size", "rotation", "x", "y"]
                && labels.classNames == ["square", "ellipse", "heart"])
        for i in 0..<40 {
            let point = zip(factors.values[5 * i..<5 * i + 5], factors.sizes).reduce(0) { $0 * $1.1 + Int($1.0) }
            #expect(try Array(split.bytes[1024 * i..<1024 * (i + 1)]) == sprites.image(at: point))
            #expect(labels.values[i] == factors.values[5 * i])
            for k in 1..<5 {
                let scaled = Float(factors.values[5 * i + k]) / Float(factors.sizes[k] - 1)
                #expect(targets.values[4 * i + k - 1] == scaled && (0...1).contains(scaled))
            }
        }
    }

    /// Over every shape, size and rotation at the four corners: nothing touches the border of the image, no two
    /// images are the same, and shapes of one size have one brightness.
    @Test(arguments: [16, 28, 33]) func drawsWhatItPromises(side: Int) throws {
        let sprites = try Sprites(side: side)
        var seen: Set<[UInt8]> = []
        for point in stride(from: 0, to: Sprites.gridCount, by: 256) {
            let size = point / 256 / 15 % 6
            let edge = 0.36 * Double(side) * (0.55 + 0.09 * Double(size))
            for corner in [0, 15, 240, 255] {
                let image = sprites.image(at: point + corner)
                #expect(seen.insert(image).inserted, "point \(point + corner) was drawn before")
                let border = image.indices.filter { i in
                    [0, side - 1].contains(i / side) || [0, side - 1].contains(i % side)
                }
                // Antialiasing may tint the border; half a pixel of cover may not reach it.
                #expect(border.allSatisfy { image[$0] < 128 }, "point \(point + corner) leaves the image")
                let area = image.reduce(0) { $0 + Double($1) } / 255
                #expect(
                    abs(area - edge * edge) < 0.06 * edge * edge + 0.5,
                    "point \(point + corner): area \(area), not \(edge * edge)")
            }
        }
    }

    @Test func trainAndTestAreDisjoint() throws {
        let data = try Sprites(side: 16).dataSet(train: 3000, test: 1000, seed: 3)
        func points(_ split: DataSplit) throws -> Set<[Int32]> {
            let values = try #require(split.factors).values
            return Set((0..<split.count).map { Array(values[5 * $0..<5 * $0 + 5]) })
        }
        let (train, test) = (try points(data.train), try points(data.test))
        #expect(train.count == 3000 && test.count == 1000 && train.isDisjoint(with: test))
    }

    @Test func refusesWhatItCannotDraw() {
        #expect(message { try Sprites(side: 4) }.contains("16 to 256"))
        #expect(message { try Sprites(side: .max) }.contains("16 to 256"))
        #expect(message { try Sprites().dataSet(train: 69_000, test: 121) }.contains("69120 different images"))
        #expect(message { try Sprites().dataSet(train: .max, test: .max) }.contains("cannot be drawn"))
        #expect(message { try Sprites().dataSet(train: -1, test: 1) }.contains("cannot be drawn"))
    }
}
