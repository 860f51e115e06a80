#if OpenCL
import Foundation
import KernelWorkbench
import StrataBackend
import Testing

@testable import StrataOpenCL

@Suite("OpenCL binary cache", .enabled(if: device != nil, "no OpenCL platform; install an ICD such as pocl-opencl-icd"))
struct BinaryCacheTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("strata-\(UUID().uuidString)")
        .path

    private var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] }

    /// Runs one kernel with the cache, and checks that it computes.
    private func compute() throws {
        var expression = Expression()
        let x = expression.load(Operand(slot: 0, dtype: .float32, strides: [1]))
        let y = expression.append(.unary(.negate, x))
        let map = Map(
            extents: [20], expression: expression,
            stores: [Store(value: y, target: Operand(slot: 0, dtype: .float32, strides: [1]))])
        let backend = try Kind.native.backend(cache: BinaryCache(folder: folder))
        let result = try run([.map(map)], [bytes((0..<20).map(Float.init))], on: backend)
        #expect(result == [bytes((0..<20).map { -Float($0) })])
    }

    @Test func secondUseFindsTheFirst() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try compute()
        #expect(files.count == 1 && files[0].hasSuffix(".bin"))
        let path = folder + "/" + files[0]
        let written = try #require(FileManager.default.contents(atPath: path))
        try compute()
        #expect(FileManager.default.contents(atPath: path) == written && files.count == 1)
    }

    /// Whatever stands in the file, the program is built and the file replaced by a good one.
    @Test(arguments: ["empty", "short", "flipped", "noise with a right hash"]) func damagedFile(damage: String) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try compute()
        let path = folder + "/" + files[0]
        let good = try #require(FileManager.default.contents(atPath: path))
        var bad = good
        switch damage {
        case "empty": bad = Data()
        case "short": bad = good.prefix(good.count / 2)
        case "flipped": bad[good.count / 2] ^= 0x10
        default:
            let noise = [UInt8](repeating: 0x5a, count: 1000)
            bad = Data(SHA256.hash(noise) + noise)
        }
        try bad.write(to: URL(fileURLWithPath: path))
        try compute()
        let key = try #require(files.first)
        let healed = try #require(FileManager.default.contents(atPath: folder + "/" + key))
        #expect(Data(SHA256.hash(Array(healed.dropFirst(32)))) == healed.prefix(32) && healed.count > 1032)
    }

    @Test func unwritableFolderCostsNothingButTime() throws {
        let backend = try Kind.native.backend(cache: BinaryCache(folder: "/proc/strata"))
        #expect(try run([], [[]], on: backend) == [[]])
        let cache = BinaryCache(folder: "/proc/strata")
        cache.save([1, 2, 3], BinaryCache.Key(["a"]))
        #expect(cache.load(BinaryCache.Key(["a"])) == nil)
    }

    @Test func keysTellPartsApart() {
        #expect(BinaryCache.Key(["ab", "c"]).name != BinaryCache.Key(["a", "bc"]).name)
        #expect(BinaryCache.Key(["ab", "c"]).name == BinaryCache.Key(["ab", "c"]).name)
    }

    /// The examples of FIPS 180-2, and messages whose padding just fits a block and just does not.
    @Test(arguments: [
        ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        ("a", 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
        ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ])
    func hash(message: String, times: Int, digest: String) {
        let bytes = Array(String(repeating: message, count: times).utf8)
        let hex = SHA256.hash(bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(hex == digest)
    }
}
#endif
