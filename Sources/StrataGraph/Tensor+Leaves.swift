public import StrataBackend

extension Tensor {
    /// A value given at each run, known by its name.
    public static func input(
        _ name: String, _ shape: Shape, dtype: DType = .float32, file: String = #fileID, line: Int = #line
    ) -> Tensor {
        Tensor(op: .input(name: name, TensorType(shape, dtype)), [], location: SourceLocation(file: file, line: line))
    }

    /// The same number at every index.
    public static func constant(_ value: Float, _ shape: Shape = []) -> Tensor {
        Tensor(op: .constant(value, shape), [], location: .none)
    }

    /// Each element's own index along `axis`.
    public static func iota(
        _ shape: Shape, axis: Int = 0, file: String = #fileID, line: Int = #line
    ) -> Tensor {
        Tensor(op: .iota(shape, axis: axis), [], location: SourceLocation(file: file, line: line))
    }

    /// The n × n identity matrix.
    public static func identity(_ n: Int) -> Tensor { iota([n, n], axis: 0).equal(iota([n, n], axis: 1)) }
}

/// An explicit source of random numbers: a key (the seed and the step, int32 [2]) and a stream.
///
/// Two draws from one key value are the same numbers; derive a key by name or number for each use.
///
/// ```
/// let noise = key.named("latent").normal([128, 20])
/// ```
public struct RandomKey: Sendable {
    let key: Tensor
    let stream: UInt32

    /// The root of a step's randomness.
    public init(_ key: Tensor) { self.init(key, stream: 0) }

    private init(_ key: Tensor, stream: UInt32) {
        self.key = key
        self.stream = stream
    }

    /// An independent key for one named use (FNV-1a over the name folds into the stream).
    public func named(_ name: String) -> RandomKey {
        let hash = name.utf8.reduce(0x811C_9DC5 as UInt32) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        return RandomKey(key, stream: Threefry.block(key: (stream, 0x6E61_6D65), counter: (hash, 0)).0)
    }

    /// An independent key for one turn of a loop.
    public func numbered(_ number: Int) -> RandomKey {
        let words = Threefry.block(key: (stream, 0x7475_726E), counter: (UInt32(truncatingIfNeeded: number), 0))
        return RandomKey(key, stream: words.0)
    }

    /// Uniform on [0, 1).
    public func uniform(_ shape: Shape, file: String = #fileID, line: Int = #line) -> Tensor {
        draw(.uniform, shape, file, line)
    }

    /// Standard normal.
    public func normal(_ shape: Shape, file: String = #fileID, line: Int = #line) -> Tensor {
        draw(.normal, shape, file, line)
    }

    /// 1 with the given probability at each index, else 0; constant to the gradient.
    public func bernoulli(_ probability: Tensor, file: String = #fileID, line: Int = #line) -> Tensor {
        draw(.uniform, probability.shape, file, line).less(probability).stopGradient()
    }

    /// A 1 in each row, at the class that was drawn with the probability softmax(logits), else 0: [rows, classes] → the
    /// same shape; constant to the gradient. The largest of the logits with noise −log(−log u) is a draw (Gumbel 1954).
    public func categorical(_ logits: Tensor, file: String = #fileID, line: Int = #line) -> Tensor {
        if logits.isInvalid { return logits }
        let noise = -(-draw(.uniform, logits.shape, file, line).maximum(1e-30).logarithm()).logarithm()
        let chosen = (logits + noise).argMax(axis: logits.rank - 1).reshape(Shape(logits.shape.dropLast() + [1]))
        return Tensor.iota(logits.shape, axis: logits.rank - 1).equal(chosen.aligned(to: logits.shape)).stopGradient()
    }

    private func draw(_ distribution: Draw.Distribution, _ shape: Shape, _ file: String, _ line: Int) -> Tensor {
        Tensor(
            op: .random(distribution, stream: stream, shape), [key], location: SourceLocation(file: file, line: line))
    }
}
