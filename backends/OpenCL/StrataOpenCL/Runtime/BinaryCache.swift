#if OpenCL
import StrataBackend
#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// Keeps compiled programs on disk, as compiling costs seconds and loading milliseconds.
///
/// The folder is `$XDG_CACHE_HOME/strata/opencl`, or `~/.cache/strata/opencl`; it may be deleted at any time.
/// `STRATA_OPENCL_CACHE` in the environment turns the cache `off` or `on`, and another value names another folder. It
/// is off by default for PoCL, which keeps compiled kernels itself: asked for a program's binary, it compiles each
/// kernel once more for groups of any size, which took a first start of 26 kernels from 3.7 to 8.4 s of processor
/// time, and saved later ones 0.05 s.
///
/// A file's name is the hash of source, options, device and driver, so that a change of any makes another file. Its
/// first 32 bytes are the hash of the rest: a driver given a torn file may crash rather than refuse it. A file is
/// written under another name and then renamed, so no reader sees half of one. What goes wrong here costs time only.
struct BinaryCache: Sendable {
    struct Key {
        let name: String

        init(_ parts: [String]) {
            // Lengths keep ("ab", "c") and ("a", "bc") apart.
            name = SHA256.hash(Array(parts.map { "\($0.utf8.count):\($0)" }.joined().utf8))
                .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }

    let folder: String

    static func fromEnvironment(onByDefault: Bool) -> BinaryCache? {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        let choice = variable("STRATA_OPENCL_CACHE") ?? (onByDefault ? "on" : "off")
        guard choice == "on" else { return choice == "off" ? nil : BinaryCache(folder: choice) }
        let root = variable("XDG_CACHE_HOME") ?? variable("HOME").map { $0 + "/.cache" }
        return root.map { BinaryCache(folder: $0 + "/strata/opencl") }
    }

    /// The binary of that key, `nil` where there is none or the file is damaged.
    func load(_ key: Key) -> [UInt8]? {
        guard let file = fopen(path(key), "rb") else { return nil }
        defer { fclose(file) }
        guard fseek(file, 0, SEEK_END) == 0 else { return nil }
        let size = ftell(file)
        guard size > SHA256.byteCount, fseek(file, 0, SEEK_SET) == 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: size)
        guard fread(&bytes, 1, size, file) == size else { return nil }
        let binary = Array(bytes.dropFirst(SHA256.byteCount))
        return SHA256.hash(binary).elementsEqual(bytes.prefix(SHA256.byteCount)) ? binary : nil
    }

    func save(_ binary: [UInt8], _ key: Key) {
        makeFolders()
        let temporary = "\(path(key)).\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
        guard let file = fopen(temporary, "wb") else { return }
        let bytes = SHA256.hash(binary) + binary
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count, rename(temporary, path(key)) == 0 else {
            unlink(temporary)
            return
        }
    }

    func path(_ key: Key) -> String { "\(folder)/\(key.name).bin" }

    private func makeFolders() {
        var path = folder.hasPrefix("/") ? "" : "."
        for part in folder.split(separator: "/") {
            path += "/\(part)"
            mkdir(path, 0o755)
        }
    }
}
#endif
