import StrataBackend

/// Images of Latin letters with marks, each class a combination of a letter and a mark, some of which are unseen in
/// training: a set for zero-shot learning. Letters and marks are those of Unicode, shapes those of GNU Unifont,
/// shifted, slanted, scaled, thickened and with noise.
///
/// ```
/// let letters = try MarkedLetter.all(unicodeData: names, unifont: shapes)
/// let data = try Glyphs(letters).dataSet(train: 40, test: 10, seed: 1)
/// ```
public struct Glyphs: Sendable {
    /// Pixels along each edge of an image.
    public static let side = 16

    /// The classes.
    public let letters: [MarkedLetter]
    /// What a class is made of: the letter from a to z, small or capital, and the mark. A fifth of the classes with
    /// marks is unseen, always the same, and each letter and each mark is among the seen classes.
    public let attributes: ClassAttributes

    /// Throws `shape` for no letters, or letters alone of which none can be unseen.
    public init(_ letters: [MarkedLetter]) throws {
        let alphabet = Set(letters.map(\.letter)).sorted()
        let marks = Set(letters.compactMap(\.mark)).sorted()
        let names = alphabet + ["small", "capital"] + marks
        let values = letters.flatMap { letter in
            let own = [letter.letter, letter.isCapital ? "capital" : "small", letter.mark]
            return names.map { own.contains($0) ? Float(1) : 0 }
        }
        let all = try ClassAttributes(names: names, values: values)
        let marked = letters.indices.filter { letters[$0].mark != nil }
        attributes = try all.leavingUnseen(all.drawn(marked.count / 5, among: marked, seed: 0))
        self.letters = letters
    }

    /// So many images of each class: test images of all classes, training images of those that are not unseen. The same
    /// seed gives the same bits.
    ///
    /// Throws `usage` for numbers of images that cannot be drawn.
    public func dataSet(train: Int = 40, test: Int = 10, seed: UInt32 = 0) throws -> DataSet {
        try DrawnSet.check(train: train, test: test, limit: 10_000)
        let all = Array(letters.indices)
        let data = try DataSet(
            name: "glyphs", train: split(attributes.seen, 0..<train, seed),
            test: split(all, train..<train + test, seed))
        return try data.describingClasses(by: attributes)
    }

    /// Images of these numbers of each class, one class after the other.
    private func split(_ classes: [Int], _ numbers: Range<Int>, _ seed: UInt32) throws -> DataSplit {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(classes.count * numbers.count * Self.side * Self.side)
        for number in classes {
            for image in numbers {
                var draws = ImageDraws(key: (seed, letters[number].scalar.value), image: UInt32(image))
                bytes += Self.image(of: letters[number], &draws)
            }
        }
        return try DataSplit(
            dtype: .uint8, exampleShape: [Self.side, Self.side], bytes: bytes, count: classes.count * numbers.count,
            labels: Labels(
                values: classes.flatMap { [Int32](repeating: Int32($0), count: numbers.count) },
                classNames: letters.map { String(Character($0.scalar)) }))
    }

    /// One image: the glyph with grown strokes, seen through an affine map, with another contrast and noise.
    static func image(of letter: MarkedLetter, _ draws: inout ImageDraws) -> [UInt8] {
        let (shiftX, shiftY) = (draws.uniform(-1, 1), draws.uniform(-1, 1))
        let (scale, slant) = (draws.uniform(0.9, 1.1), draws.uniform(-0.15, 0.15))
        let (growth, ink) = (draws.uniform(0, 0.6), draws.uniform(0.7, 1))
        func isInk(_ row: Int, _ column: Int) -> Bool {
            (0..<side).contains(row) && (0..<side).contains(column)
                && letter.rows[row] & (1 << UInt16(side - 1 - column)) != 0
        }
        /// A stroke, or the share of it that has grown to its neighbours.
        func stroke(_ row: Int, _ column: Int) -> Float {
            if isInk(row, column) { return 1 }
            let isBeside =
                isInk(row - 1, column) || isInk(row + 1, column) || isInk(row, column - 1) || isInk(row, column + 1)
            return isBeside ? growth : 0
        }
        let centre = Float(side - 1) / 2
        return (0..<side * side).map { pixel in
            let y = (Float(pixel / side) - centre - shiftY) / scale
            let x = (Float(pixel % side) - centre - shiftX) / scale + slant * y + centre
            let (top, left) = ((y + centre).rounded(.down), x.rounded(.down))
            let (down, right) = (y + centre - top, x - left)
            let (row, column) = (Int(top), Int(left))
            let upper = stroke(row, column) * (1 - right) + stroke(row, column + 1) * right
            let lower = stroke(row + 1, column) * (1 - right) + stroke(row + 1, column + 1) * right
            let value = (upper * (1 - down) + lower * down) * ink + draws.uniform(-0.15, 0.15)
            return UInt8(min(max(value, 0), 1) * 255 + 0.5)
        }
    }
}
