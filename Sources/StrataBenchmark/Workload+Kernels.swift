import StrataBackend
import StrataCompiler
import StrataGraph

extension Workload {
    static let kernels =
        [256, 512, 1024, 2048].map { contraction("contract-\($0)", "nn", $0, $0, $0) } + zooContractions + [
            kernel("chain-16m", "seven functions of 16 M numbers in one pass") { chain($0.normal("x", [1 << 24])) },
            kernel("chain-100k", "the same of 100,000") { chain($0.normal("x", [100_000])) },
            kernel("softmax", "softmax over rows of 4096 × 1000") { $0.normal("x", [4096, 1000]).softmax(axis: 1) },
            kernel("reduce-rows", "sums over the rows of 4096 × 1024") { $0.normal("x", [4096, 1024]).sum([1]) },
            kernel("reduce-columns", "sums over the columns of 4096 × 1024") { $0.normal("x", [4096, 1024]).sum([0]) },
            kernel("gather", "128 of 60,000 images of 784 bytes, as floats") {
                let rows = try $0.bytes("images", [60_000, 784]).gather($0.rows("indices", 128, of: 60_000))
                return rows.cast(to: .float32) * (1 / 255)
            },
            kernel("svd", "singular values and vectors of 2000 × 784") {
                $0.normal("x", [2000, 784]).singularValueDecomposition().vt
            },
            kernel("eigh", "eigenvalues and vectors of 784 × 784") {
                try $0.symmetric("x", 784).symmetricEigen().vectors
            },
        ]

    /// Inputs of a kernel, put on the device as they are asked for.
    struct Inputs {
        let session: Session

        func normal(_ name: String, _ shape: Shape) -> Tensor {
            StateVariable(name, shape, initializer: .normal(mean: 0, standardDeviation: 1)).tensor
        }

        func bytes(_ name: String, _ shape: Shape) throws -> Tensor {
            let values = Numbers.uniform(shape.elementCount).map { UInt8($0 * 255) }
            return try place(name, shape, .uint8, values)
        }

        func rows(_ name: String, _ count: Int, of rows: Int) throws -> Tensor {
            try place(name, [count], .int32, Numbers.uniform(count).map { Int32($0 * Float(rows)) })
        }

        func symmetric(_ name: String, _ n: Int) throws -> Tensor {
            let half = Numbers.uniform(n * n)
            return try place(name, [n, n], .float32, (0..<n * n).map { half[$0] + half[$0 % n * n + $0 / n] })
        }

        private func place<Element>(_ name: String, _ shape: Shape, _ dtype: DType, _ values: [Element]) throws
            -> Tensor
        {
            try values.withUnsafeBytes { try session.place(name, .init(shape, dtype), $0) }
            return .input(name, shape, dtype: dtype)
        }
    }

    static func kernel(
        _ name: String, _ summary: String, _ result: @escaping @Sendable (Inputs) throws -> Tensor
    ) -> Workload {
        Workload(name, summary) { setup in
            let session = Session(backend: setup.backend, seed: 1)
            let function = try session.prepare(Graph(outputs: [("result", result(Inputs(session: session)))]))
            return PreparedWorkload(
                batch: 1, program: function.compiled.program, step: { try function.run() },
                profile: { try function.profile() }, warmUp: { nil })
        }
    }

    private static func chain(_ x: Tensor) -> Tensor {
        x.tanh() * x.sigmoid() + (-x.squared()).exponential() * 0.5 + (x.absolute() + 1).squareRoot()
    }

    // MARK: Products

    /// `contract-ORDER-MxNxK`, where the order says which factors are transposed in memory: `nn`, `nt`, `tn`.
    static func contraction(_ name: String) -> Workload? {
        let parts = name.split(separator: "-"), extents = parts.last?.split(separator: "x").compactMap { Int($0) } ?? []
        guard parts.count == 3, parts[0] == "contract", ["nn", "nt", "tn"].contains(parts[1]), extents.count == 3,
            extents.allSatisfy({ (1...65536).contains($0) })
        else { return nil }
        return contraction(name, String(parts[1]), extents[0], extents[1], extents[2])
    }

    private static func contraction(_ name: String, _ order: String, _ m: Int, _ n: Int, _ k: Int) -> Workload {
        kernel(name, "product \(m) × \(k) by \(k) × \(n), \(order)") { inputs in
            let isLeftTransposed = order.first == "t", isRightTransposed = order.last == "t"
            let left = inputs.normal("left", isLeftTransposed ? [k, m] : [m, k])
            let right = inputs.normal("right", isRightTransposed ? [n, k] : [k, n])
            let axes = DotAxes(leftContract: [isLeftTransposed ? 0 : 1], rightContract: [isRightTransposed ? 1 : 0])
            return left.dot(right, axes)
        }
    }

    /// Those of the training steps: for a layer of so many inputs and outputs the product forward, that for the
    /// gradient of its input, and that for the gradient of its weights.
    private static let zooContractions: [Workload] = {
        let layers: [(batch: Int, inputs: Int, outputs: Int)] = [
            (128, 784, 1000), (128, 1000, 500), (128, 500, 250), (128, 250, 30), (128, 784, 2000), (128, 784, 400),
            (128, 400, 20), (100, 784, 500), (128, 512, 1024), (128, 1024, 784), (128, 784, 512), (128, 512, 256),
            (128, 500, 2000), (128, 2000, 10),
        ]
        return layers.flatMap { batch, inputs, outputs in
            [("nt", batch, outputs, inputs), ("nn", batch, inputs, outputs), ("tn", outputs, inputs, batch)]
                .map { order, m, n, k in contraction("contract-\(order)-\(m)x\(n)x\(k)", order, m, n, k) }
        }
    }()
}

/// Numbers to compute with, the same in every run: SplitMix64 (Steele, Lea and Flood 2014).
enum Numbers {
    /// On [0, 1).
    static func uniform(_ count: Int) -> [Float] {
        var state: UInt64 = 1
        return (0..<count).map { _ in
            state &+= 0x9E37_79B9_7F4A_7C15
            var bits = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
            return Float((bits ^ (bits >> 31)) >> 40) * 0x1p-24
        }
    }
}
