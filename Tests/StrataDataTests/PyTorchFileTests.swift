import Foundation
import StrataBackend
import StrataData
import Testing

/// Files that `Tests/Fixtures/pytorch/saved.py` wrote.
@Suite struct PyTorchFileTests {
    static func file(_ name: String) throws -> [UInt8] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Fixtures/pytorch/saved").standardized
        return Array(try Data(contentsOf: folder.appendingPathComponent("\(name).pt")))
    }

    static func arrays(_ name: String) throws -> [String: StoredArray] {
        try PyTorch.parse(file(name), path: "\(name).pt")
    }

    /// Both forms, every element type, and views: element i of the grid is i / 2.
    @Test(arguments: ["state", "legacy"]) func readsEveryKindOfTensor(name: String) throws {
        let arrays = try Self.arrays(name)
        let halves = (0..<12).map { Float($0) / 2 }
        #expect(arrays.count == 15)
        #expect(arrays["net.0.weight"] == (try StoredArray(halves, shape: [3, 4])))
        #expect(arrays["net.0.tied"] == arrays["net.0.weight"])
        #expect(
            arrays["net.0.turned"]
                == (try StoredArray((0..<4).flatMap { i in (0..<3).map { halves[$0 * 4 + i] } }, shape: [4, 3])))
        #expect(arrays["net.0.part"] == (try StoredArray([2.5, 3.5, 4.5, 5.5] as [Float], shape: [2, 2])))
        for name in ["half", "brain", "double"] { #expect(arrays[name] == arrays["net.0.weight"], "\(name)") }
        for name in ["long", "int", "short", "char"] {
            #expect(arrays[name] == (try StoredArray((0..<12).map { Int32($0) - 3 }, shape: [3, 4])), "\(name)")
        }
        #expect(arrays["bytes"] == (try StoredArray(dtype: .uint8, shape: [3, 4], bytes: Array(0..<12))))
        #expect(arrays["truth"]?.floats == halves.map { $0 > 2 ? 1 : 0 })
        #expect(arrays["scalar"] == (try StoredArray([1.5 as Float], shape: [])))
        #expect(arrays["empty"] == (try StoredArray([] as [Float], shape: [0, 4])))
    }

    static let module: Set<String> = [
        "0.weight", "0.bias", "1.0.weight", "1.0.bias", "1.0.running_mean", "1.0.running_var",
        "1.0.num_batches_tracked",
    ]

    /// The names of a `state_dict`, wherever it stands.
    @Test func namesAreThoseOfTheStateDictionary() throws {
        #expect(Set(try Self.arrays("checkpoint").keys) == Self.module)
        let module = try Self.arrays("module")
        #expect(Set(module.keys) == Self.module)
        #expect(module["0.weight"] == (try StoredArray([Float](repeating: 0.25, count: 6), shape: [3, 2])))
        #expect(
            Set(try Self.arrays("several").keys)
                == Set(["critic", "generator"].flatMap { key in Self.module.map { "\(key).\($0)" } }))
    }

    @Test(arguments: [
        ("expanded", "tensor 'wide' repeats its elements"),
        ("complex", "tensor 'complex' has elements of a ComplexFloatStorage"),
        ("sparse", "tensor 'sparse' is rebuilt by _rebuild_sparse_tensor"),
    ])
    func refuses(name: String, why: String) throws {
        let error = #expect(throws: StrataError.self) { try Self.arrays(name) }
        #expect(error?.message.hasPrefix("\(name).pt: \(why)") == true, "\(error?.message ?? "")")
    }

    /// The ZIP form has checksums; in the older one every changed byte reaches the pickle.
    @Test func refusesDamage() throws {
        checkDamage(of: try Self.file("legacy")) { try PyTorch.parse($0, path: "a") }
        let archive = try Self.file("expanded")
        checkDamage(of: archive) { try PyTorch.parse($0, path: "a") }
    }

    static func legacy(_ pickle: [UInt8]) throws -> [UInt8] {
        // The magic number, the version and the machine of a file of PyTorch's, then a pickle of our own and no storage.
        let start = try file("legacy")
        let stops = start.indices.filter { start[$0] == UInt8(ascii: ".") && start[$0 + 1] == 0x80 }
        return start[...stops[2]] + pickle + [0x80, 2, UInt8(ascii: "]"), UInt8(ascii: ".")]
    }

    /// What would take memory or a stack without end in a reader that believes all it reads.
    @Test(arguments: [
        // Nesting a hundred thousand deep, which is let go of without a stack.
        [UInt8](repeating: UInt8(ascii: ")"), count: 1) + [UInt8](repeating: 0x85, count: 100_000) + [0x2E],
        // A text of 2^63 - 1 bytes, one of 2^32 - 1, a number of 2^31 - 1.
        [0x8D] + [UInt8](repeating: 0xFF, count: 7) + [0x7F, 0x2E], [0x58, 0xFF, 0xFF, 0xFF, 0xFF, 0x2E],
        [0x8B, 0xFF, 0xFF, 0xFF, 0x7F, 0x2E],
        // A list that holds itself.
        Array("]q\u{0}h\u{0}a.".utf8),
        // A list of 20,000 pairs, of which an OrderedDict is made 20,000 times.
        Array("]q\u{0}(".utf8) + [UInt8](repeating: UInt8(ascii: "N"), count: 2) + [0x86]
            + [UInt8](repeating: UInt8(ascii: "2"), count: 20_000) + Array("e".utf8)
            + (0..<20_000).flatMap { _ in Array("ccollections\nOrderedDict\nh\u{0}".utf8) + [0x85, 0x52] } + [0x2E],
    ])
    func isNotFooled(pickle: [UInt8]) throws {
        let file = try Self.legacy([0x80, 2] + pickle)
        let error = #expect(throws: StrataError.self) { try PyTorch.parse(file, path: "a") }
        #expect(error?.kind == .checkpoint, "\(error?.message ?? "")")
    }
}
