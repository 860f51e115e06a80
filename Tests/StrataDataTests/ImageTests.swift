import StrataBackend
import Testing

@testable import StrataData

@Suite struct ImageTests {
    @Test func halvesOfAImage() throws {
        #expect(try ImageHalf.top.mask([3, 2]) == [1, 1, 0, 0, 0, 0])
        #expect(try ImageHalf.bottom.mask([3, 2]) == [0, 0, 1, 1, 1, 1])
        #expect(try ImageHalf.left.mask([2, 1, 2]) == [1, 0, 1, 0])
        #expect(try ImageHalf.right.mask([1, 2, 3]) == [0, 1, 1, 0, 1, 1])
    }

    static let gray = Array("P5\n# a comment\n3 2\n255\n".utf8) + [0, 1, 2, 253, 254, 255]

    @Test func readsAndWritesPNM() throws {
        let image = try Image(pnm: Self.gray, path: "a.pgm")
        #expect(image == (try Image(width: 3, height: 2, channels: 1, pixels: [0, 1, 2, 253, 254, 255])))
        let colour = try Image(width: 1, height: 2, channels: 3, pixels: [10, 13, 32, 35, 0, 255])
        for image in [image, colour] { #expect(try Image(pnm: image.pnm, path: "a") == image) }
        #expect(try Image(pnm: Array("P5 2 1 3 ".utf8) + [1, 3], path: "a").pixels == [85, 255])
    }

    @Test func refusesDamage() {
        checkDamage(of: Self.gray) { try Image(pnm: $0, path: "a.pgm") }
        #expect(
            message { try Image(pnm: Array("P5 9999999999 9999999999 255 ".utf8), path: "a") }.contains(
                "0 bytes follow"))
        #expect(
            message { try Image(pnm: Array("P5 1 1 65535 ".utf8) + [0, 0], path: "a") }.contains("one byte a channel")
        )
        #expect(
            message { try Image(width: -1, height: -1, channels: 1, pixels: [0]) }.contains("do not make an image"))
    }

    @Test func laysOutAGrid() throws {
        let grid = ImageGrid(columns: 2, margin: 1, zoom: 1, background: 9)
        let image = try grid.image(of: [0, 1, 0.5, 2, .nan, -1], shape: [1, 2])
        #expect(image.width == 7 && image.height == 5)
        #expect(
            image.pixels == [
                9, 9, 9, 9, 9, 9, 9,
                9, 0, 255, 9, 128, 255, 9,
                9, 9, 9, 9, 9, 9, 9,
                9, 0, 0, 9, 9, 9, 9,
                9, 9, 9, 9, 9, 9, 9,
            ])
    }

    @Test func zoomsAndTakesPlanesAndVectors() throws {
        let zoomed = try ImageGrid(margin: 0, zoom: 2).image(of: [0, 1], shape: [1, 2])
        #expect(zoomed.pixels == [0, 0, 255, 255, 0, 0, 255, 255])
        let colour = try ImageGrid(margin: 0, zoom: 1).image(of: [1, 0, 0, 1, 0, 0], shape: [3, 1, 2])
        #expect(colour.channels == 3 && colour.pixels == [255, 0, 0, 0, 255, 0])
        #expect(try ImageGrid(margin: 0, zoom: 1).image(of: Array(repeating: 0, count: 9), shape: [9]).height == 3)
    }

    @Test(arguments: [[5], [2, 2, 2], [1, 1, 1, 1], [-4], [], [0, 3], [Int.max, Int.max]])
    func refusesShapes(_ extents: [Int]) {
        let said = message { try ImageGrid().image(of: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0], shape: Shape(extents)) }
        #expect(said.contains("images"), "\(said)")
    }

    @Test func refusesPartsOfImagesAndGridsTooLarge() {
        #expect(message { try ImageGrid().image(of: [0, 0, 0], shape: [2]) }.contains("no images"))
        #expect(message { try ImageGrid().image(of: [0, 0, 0], shape: [1, 2]) }.contains("do not make images"))
        #expect(message { try ImageGrid(zoom: 100_000).image(of: [0], shape: [1, 1]) }.contains("too large"))
    }
}
