import StrataBackend

/// The tensors that a pickle of PyTorch speaks of, with the storages that it names.
struct PyTorchArrays {
    private let pickle: Pickle
    private let path: String
    private let isBigEndian: Bool
    /// Bytes that all arrays together may take: sixteen times the file's. Tied weights share a storage, but not a thousand
    /// times.
    private let limit: Int
    private let storage: (String) throws -> ArraySlice<UInt8>?

    init(
        _ pickle: Pickle, path: String, isBigEndian: Bool, limit: Int,
        storage: @escaping (String) throws -> ArraySlice<UInt8>?
    ) {
        self.pickle = pickle
        self.path = path
        self.isBigEndian = isBigEndian
        self.limit = limit > Int.max / 16 ? Int.max : limit * 16
        self.storage = storage
    }

    private static let formats: [String: ElementFormat] = [
        "FloatStorage": .float32, "DoubleStorage": .float64, "HalfStorage": .float16, "BFloat16Storage": .bfloat16,
        "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16, "CharStorage": .int8,
        "ByteStorage": .uint8, "BoolStorage": .bool,
    ]

    /// What a persistent name says of a storage: ("storage", class, key, place, count).
    private struct Storage {
        var key: String
        var type: String
        var format: ElementFormat?
        /// Whether it is a part of another one, as PyTorch had such before version 0.4.
        var isView: Bool
    }

    private static func storage(_ place: Pickle.Reference, in pickle: Pickle) -> Storage? {
        guard case .persistent(let name) = pickle[place], let parts = pickle.elements(name), parts.count >= 5,
            pickle.string(parts[0]) == "storage", case .global(_, let type) = pickle[parts[1]],
            let key = pickle.string(parts[2])
        else { return nil }
        var isView = false
        if parts.count > 5 { if case .none = pickle[parts[5]] {} else { isView = true } }
        return Storage(key: key, type: type, format: formats[type], isView: isView)
    }

    /// Bytes of an element of each storage, by its key. What has an unknown type has none.
    static func elementSizes(in pickle: Pickle) -> [String: Int] {
        let storages = pickle.values.indices.compactMap { storage($0, in: pickle) }
        return Dictionary(storages.compactMap { storage in storage.format.map { (storage.key, $0.byteCount) } }) {
            first, _ in first
        }
    }

    // MARK: Names

    /// Every tensor that the whole leads to, by the keys that lead there.
    func byName() throws -> [String: StoredArray] {
        var places: [(name: [String], place: Pickle.Reference)] = []
        var visited: Set<Pickle.Reference> = []
        var pending: [(name: [String], place: Pickle.Reference)] = [([], pickle.root)]
        while let (name, place) = pending.popLast() {
            // A tensor may have several names; what holds tensors is looked into once, and so a cycle ends. Names are as deep as
            // the nesting: no network's is deeper than this.
            if isTensor(place) {
                places.append((name, place))
            } else if name.count < 64, visited.insert(place).inserted {
                pending += children(of: place).map { (name + $0.name, $0.place) }
            }
        }
        guard !places.isEmpty else { throw StrataError(.checkpoint, "\(path): holds no tensors") }
        if places.contains(where: { $0.name.isEmpty }) {
            throw StrataError(.checkpoint, "\(path): is one tensor without a name; save a state_dict")
        }
        let roots = Set(places.map { $0.name[0] }.filter { !$0.hasPrefix("optim") })
        let isNested = places.allSatisfy { $0.name.count > 1 } && !isModule(pickle.root)
        if isNested, roots.count == 1, let root = roots.first, holdsNames(under: root) {
            places = places.filter { $0.name[0] == root }.map { (Array($0.name.dropFirst()), $0.place) }
        }
        var arrays: [String: StoredArray] = [:]
        var taken = 0
        for (name, place) in places {
            let name = name.joined(separator: ".")
            let array = try array(place, name)
            taken += array.bytes.count
            guard taken <= limit else {
                throw StrataError(.checkpoint, "\(path): names the same storage so often that it cannot be right")
            }
            guard arrays.updateValue(array, forKey: name) == nil else {
                throw StrataError(.checkpoint, "\(path): has two tensors named '\(name)'")
            }
        }
        return arrays
    }

    /// Whether what stands under a key of the whole is a dictionary, such as a `state_dict`.
    private func holdsNames(under key: String) -> Bool {
        guard let place = pickle.value(of: pickle.root, key) else { return false }
        return pickle.pairs(place) != nil || isModule(place)
    }

    private func children(of place: Pickle.Reference) -> [(name: [String], place: Pickle.Reference)] {
        switch pickle[place] {
        case .dictionary:
            return (pickle.pairs(place) ?? []).compactMap { key, value in
                let name = pickle.string(key) ?? pickle.int(key).map(String.init)
                return name.map { ([$0], value) }
            }
        case .list(let elements), .tuple(let elements):
            return elements.enumerated().map { (["\($0.offset)"], $0.element) }
        case .object(_, _, let state?, _) where isModule(place):
            return ["_parameters", "_buffers", "_modules"].compactMap { pickle.value(of: state, $0) }
                .map { ([], $0) }
        default: return []
        }
    }

    /// Whether an object is a `torch.nn.Module`, by what it keeps.
    private func isModule(_ place: Pickle.Reference) -> Bool {
        guard case .object(_, _, let state?, _) = pickle[place] else { return false }
        return pickle.value(of: state, "_parameters") != nil && pickle.value(of: state, "_modules") != nil
    }

    // MARK: Tensors

    private static let tensors: Set<String> = ["torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor"]
    private static let parameters: Set<String> = [
        "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
    ]
    private static let refused = "torch._utils._rebuild_"

    private func isTensor(_ place: Pickle.Reference) -> Bool {
        guard case .object(let callable, _, _, _) = pickle[place] else { return false }
        return pickle.global(callable)?.hasPrefix(Self.refused) ?? false
    }

    private func array(_ place: Pickle.Reference, _ name: String) throws -> StoredArray {
        func damaged(_ why: String) -> StrataError {
            StrataError(.checkpoint, "\(path): is damaged: tensor '\(name)' \(why)")
        }
        func unsupported(_ why: String) -> StrataError { StrataError(.unsupported, "\(path): tensor '\(name)' \(why)") }
        var place = place
        // A parameter is a tensor in a wrapper.
        for _ in 0..<2 {
            guard case .object(let callable, let arguments, _, _) = pickle[place], let kind = pickle.global(callable),
                let arguments = pickle.elements(arguments)
            else { throw damaged("is not one") }
            if Self.parameters.contains(kind), let inner = arguments.first {
                place = inner
                continue
            }
            guard Self.tensors.contains(kind) else {
                throw unsupported(
                    "is rebuilt by \(kind.dropFirst("torch._utils.".count)); save it as a dense tensor of the usual types"
                )
            }
            guard arguments.count >= 4, let storage = Self.storage(arguments[0], in: pickle),
                let offset = pickle.int(arguments[1]), let shape = pickle.ints(arguments[2]),
                let strides = pickle.ints(arguments[3]), strides.count == shape.count
            else { throw damaged("lacks a part") }
            guard let format = storage.format else {
                throw unsupported("has elements of a \(storage.type); convert it to float32 first")
            }
            guard !storage.isView else {
                throw unsupported("lies in a part of a storage, as files of PyTorch before 0.4 have it; save it anew")
            }
            guard let bytes = try self.storage(storage.key) else { throw damaged("lacks its storage '\(storage.key)'") }
            let count = bytes.count / format.byteCount
            // The last element that the strides lead to, checked so that no product overflows.
            guard let wanted = Shape(shape).byteCount(elementBytes: 1) else { throw damaged("has an impossible shape") }
            var last = offset
            for (extent, stride) in zip(shape, strides) where wanted > 0 {
                let (way, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
                let (sum, further) = last.addingReportingOverflow(way)
                guard stride >= 0, !overflow, !further else { throw damaged("has impossible strides") }
                last = sum
            }
            guard offset >= 0, wanted == 0 || last < count else { throw damaged("ends behind its storage") }
            guard wanted <= count else {
                throw unsupported("repeats its elements (it was expanded); save it contiguous")
            }
            return try StoredArray(
                dtype: format.dtype, shape: Shape(shape),
                bytes: format.decode(
                    gather(bytes, format.byteCount, offset, shape, strides, wanted), bigEndian: isBigEndian,
                    path: "\(path): tensor '\(name)'"))
        }
        throw damaged("is a parameter of a parameter")
    }

    /// The bytes of a view, in row-major order. What it asks for lies within the storage.
    private func gather(
        _ bytes: ArraySlice<UInt8>, _ size: Int, _ offset: Int, _ shape: [Int], _ strides: [Int], _ count: Int
    ) -> [UInt8] {
        var dense = 1
        var isDense = true
        for (extent, stride) in zip(shape, strides).reversed() {
            isDense = isDense && (extent == 1 || stride == dense)
            dense *= extent
        }
        let start = bytes.startIndex + offset * size
        if isDense || count == 0 { return count == 0 ? [] : Array(bytes[start..<start + count * size]) }
        var gathered: [UInt8] = []
        gathered.reserveCapacity(count * size)
        var index = [Int](repeating: 0, count: shape.count)
        var place = start
        for _ in 0..<count {
            gathered += bytes[place..<place + size]
            // The next index, the last axis first, and the place that it leads to.
            for axis in shape.indices.reversed() {
                index[axis] += 1
                place += strides[axis] * size
                if index[axis] < shape[axis] { break }
                place -= strides[axis] * size * shape[axis]
                index[axis] = 0
            }
        }
        return gathered
    }
}
