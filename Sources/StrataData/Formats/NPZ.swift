import StrataBackend

/// NumPy's archive of named arrays: a ZIP file with a member `NAME.npy` for each.
///
/// What `numpy.savez` writes is read without help; what `savez_compressed` writes needs `Codecs.inflate`.
public struct NPZ: Sendable {
    private let archive: ZipArchive
    private let members: [String: ZipArchive.Member]

    /// Reads the directory of a file's bytes; the arrays are read when asked for. Throws `data` for a damaged file.
    public init(_ bytes: [UInt8], path: String) throws {
        archive = try ZipArchive(bytes, path: path)
        members = Dictionary(
            archive.members.filter { $0.name.hasSuffix(".npy") }.map { (String($0.name.dropLast(4)), $0) },
            uniquingKeysWith: { _, last in last })
    }

    /// The names of the arrays, in order of the alphabet.
    public var names: [String] { members.keys.sorted() }

    /// The array of that name, or `nil` where there is none. Throws `data` for a damaged one and `unsupported`
    /// for a compressed one where `codecs` cannot inflate.
    public func array(_ name: String, codecs: Codecs = .none) throws -> StoredArray? {
        try file(name, codecs: codecs).map { try NPY.parse($0.bytes, path: $0.path) }
    }

    /// The NPY file of that name, and what messages call it.
    func file(_ name: String, codecs: Codecs) throws -> (bytes: [UInt8], path: String)? {
        guard let member = members[name] else { return nil }
        return (try archive.content(member, codecs: codecs), "\(archive.path)(\(member.name))")
    }
}
