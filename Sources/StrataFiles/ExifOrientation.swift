import StrataData

/// How a camera was held (Exif 2.3, 4.6.4): where the first row and the first column of a file's pixels belong.
///
/// | number | first row | first column |
/// | --- | --- | --- |
/// | 1 | top | left |
/// | 2 | top | right |
/// | 3 | bottom | right |
/// | 4 | bottom | left |
/// | 5 | left | top |
/// | 6 | right | top |
/// | 7 | right | bottom |
/// | 8 | left | bottom |
///
/// What cannot be made out counts as 1: metadata that are damaged do not concern the pixels.
struct ExifOrientation: Hashable {
    var swapsAxes = false
    var mirrorsRows = false
    var mirrorsColumns = false

    /// The orientation of a number; any but 1 … 8 leaves an image as it is.
    init(_ number: Int) {
        switch number {
        case 2: mirrorsColumns = true
        case 3: (mirrorsRows, mirrorsColumns) = (true, true)
        case 4: mirrorsRows = true
        case 5: swapsAxes = true
        case 6: (swapsAxes, mirrorsColumns) = (true, true)
        case 7: (swapsAxes, mirrorsRows, mirrorsColumns) = (true, true, true)
        case 8: (swapsAxes, mirrorsRows) = (true, true)
        default: break
        }
    }

    /// That of Exif's block, a TIFF file: the tag 0x0112 of its first directory.
    init(tiff: ArraySlice<UInt8>) {
        let isBig = tiff.starts(with: "MM".utf8)
        /// The unsigned number of so many bytes, some way into the block; `nil` behind its end.
        func number(_ offset: Int, _ count: Int) -> Int? {
            guard offset >= 0, offset <= tiff.count - count else { return nil }
            let bytes = tiff.dropFirst(offset).prefix(count)
            return isBig ? bytes.reduce(0) { $0 << 8 | Int($1) } : bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        guard isBig || tiff.starts(with: "II".utf8), number(2, 2) == 42, let directory = number(4, 4),
            let entries = number(directory, 2)
        else {
            self.init(1)
            return
        }
        let places = (0..<entries).lazy.map { directory + 2 + 12 * $0 }
        // Type 3 is a number of two bytes, which lies in the entry itself.
        let own = places.prefix { $0 < tiff.count }.first { number($0, 2) == 0x0112 && number($0 + 2, 2) == 3 }
        self.init(own.flatMap { number($0 + 8, 2) } ?? 1)
    }

    /// That of a JPEG file: the first segment APP1 that is Exif's.
    init(jpeg file: [UInt8]) {
        var place = 2
        while place + 4 <= file.count, file[place] == 0xFF, file[place + 1] != 0xDA {
            let length = Int(file[place + 2]) << 8 | Int(file[place + 3])
            let content = file[min(place + 4, file.count)..<min(place + 2 + max(length, 2), file.count)]
            if file[place + 1] == 0xE1, content.starts(with: "Exif\0\0".utf8) {
                self.init(tiff: content.dropFirst(6))
                return
            }
            place += 2 + max(length, 2)
        }
        self.init(1)
    }

    /// That of a PNG file: the chunk `eXIf`.
    init(png file: [UInt8]) {
        var place = 8
        while place + 12 <= file.count {
            let length = file[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            if file[(place + 4)...].starts(with: "eXIf".utf8) {
                self.init(tiff: file[(place + 8)...].prefix(length))
                return
            }
            place += 12 + length
        }
        self.init(1)
    }

    /// That of a WebP file: the chunk `EXIF`.
    init(webP file: [UInt8]) {
        var place = 12
        while place + 8 <= file.count {
            let length = file[place + 4..<place + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
            if file[place...].starts(with: "EXIF".utf8) {
                let content = file[(place + 8)...].prefix(length)
                // Some writers put the mark of JPEG's segment before it.
                self.init(tiff: content.starts(with: "Exif\0\0".utf8) ? content.dropFirst(6) : content)
                return
            }
            place += 8 + length + length % 2
        }
        self.init(1)
    }
}

extension Image {
    /// The image as it is to be seen.
    func turned(to orientation: ExifOrientation) throws -> Image {
        guard orientation != ExifOrientation(1) else { return self }
        let (width, height) = orientation.swapsAxes ? (self.height, self.width) : (self.width, self.height)
        let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { turned, filled in
            for row in 0..<height {
                for column in 0..<width {
                    let (y, x) = (
                        orientation.mirrorsRows ? height - 1 - row : row,
                        orientation.mirrorsColumns ? width - 1 - column : column
                    )
                    let source = (orientation.swapsAxes ? x * self.width + y : y * self.width + x) * channels
                    let target = (row * width + column) * channels
                    for channel in 0..<channels { turned[target + channel] = pixels[source + channel] }
                }
            }
            filled = pixels.count
        }
        return try Image(width: width, height: height, channels: channels, pixels: turned)
    }
}
