import StrataBackend

extension NPZ {
    /// An archive that `numpy.load` reads: arrays and words by their names, in this order, stored without compression.
    ///
    /// Throws `unsupported` for more than 4 GiB or 65,535 members, which take an extension that is not written.
    package static func encode(
        _ arrays: [(name: String, array: StoredArray)], words: [(name: String, word: String)] = []
    )
        throws -> [UInt8]
    {
        let files = arrays.map { ($0.name, NPY.encode($0.array)) } + words.map { ($0.name, NPY.encode(word: $0.word)) }
        let size = files.reduce(0) { $0 + $1.1.count + 2 * $1.0.utf8.count + 256 }
        guard size < UInt32.max, files.count < UInt16.max else {
            throw StrataError(.unsupported, "\(files.count) arrays of \(size) bytes are too many for one archive")
        }
        var (bytes, directory) = ([UInt8](), [UInt8]())
        for (name, content) in files {
            let path = Array("\(name).npy".utf8)
            // What both headers have: version 2.0, no flags, stored, midnight of 1980-01-01.
            var common: [UInt8] = [20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0]
            common += little(CRC32.checksum(content)) + little(UInt32(content.count)) + little(UInt32(content.count))
            common += little(UInt16(path.count)) + [0, 0]
            // The names are UTF-8, which a flag says.
            common[3] = 0x08
            directory += [0x50, 0x4B, 1, 2, 20, 0] + common
            directory += [UInt8](repeating: 0, count: 10) + little(UInt32(bytes.count)) + path
            bytes += [0x50, 0x4B, 3, 4] + common + path + content
        }
        let start = UInt32(bytes.count)
        bytes += directory
        bytes += [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + little(UInt16(files.count)) + little(UInt16(files.count))
        return bytes + little(UInt32(directory.count)) + little(start) + [0, 0]
    }

    private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian, Array.init)
    }
}
