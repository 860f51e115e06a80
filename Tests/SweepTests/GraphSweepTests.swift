import Strata
import Testing

/// Graphs and layers of every public function, from arguments that do not fit.
@Suite struct GraphSweepTests {
    @Test func tensors() {
        var sweep = Sweep()
        let unary: [(String, (Tensor) -> Tensor)] = [
            ("-", { -$0 }), ("squared", { $0.squared() }), ("absolute", { $0.absolute() }), ("sign", { $0.sign() }),
            ("floor", { $0.floor() }), ("rounded", { $0.rounded() }), ("exponential", { $0.exponential() }),
            ("logarithm", { $0.logarithm() }), ("squareRoot", { $0.squareRoot() }), ("tanh", { $0.tanh() }),
            ("sigmoid", { $0.sigmoid() }), ("softplus", { $0.softplus() }), ("relu", { $0.relu() }),
            ("isFinite", { $0.isFinite() }), ("stopGradient", { $0.stopGradient() }), ("flattened", { $0.flattened() }),
            ("transpose", { $0.transpose() }), ("sum", { $0.sum() }), ("mean", { $0.mean() }),
            ("maximum", { $0.maximum(over: nil) }), ("minimum", { $0.minimum(over: nil) }),
            ("scoped", { $0.scoped("") }), ("substituting", { $0.substituting(["row": .constant(1)]) }),
            ("cholesky", { $0.cholesky() }), ("eigen", { $0.symmetricEigen().values }),
            ("svd", { $0.singularValueDecomposition().u }), ("qr", { $0.qr().q }),
            ("literal", { $0 + .literal([1] as [Float], []) }),
        ]
        for (name, function) in unary {
            for x in Sweep.tensors { sweep.tensor("\(name) \(x.shape)") { function(x) } }
        }
        let binary: [(String, (Tensor, Tensor) -> Tensor)] = [
            ("+", { $0 + $1 }), ("-", { $0 - $1 }), ("*", { $0 * $1 }), ("/", { $0 / $1 }), ("power", { $0.power($1) }),
            ("less", { $0.less($1) }), ("equal", { $0.equal($1) }), ("maximum", { $0.maximum($1) }),
            ("select", { $0.select($1, $1) }), ("dot", { $0.dot($1) }), ("dotTransposed", { $0.dotTransposed($1) }),
            ("gather", { $0.gather($1) }), ("adding", { $0.adding($1, at: $1) }), ("solve", { $0.solve($1) }),
            ("convolve", { $0.convolve($1) }), ("convolveTransposed", { $0.convolveTransposed($1) }),
            ("concatenate", { .concatenate([$0, $1]) }), ("gradient", { gradient(of: $0, withRespectTo: [$1])[0] }),
            ("squaredError", { Loss.squaredError($0, $1) }),
            ("bernoulli loss", { Loss.bernoulli(logits: $0, $1) }),
            ("bitAccuracy", { Loss.bitAccuracy(logits: $0, $1) }),
            ("softmaxCrossEntropy", { Loss.softmaxCrossEntropy(logits: $0, labels: $1) }),
            ("accuracy", { Loss.accuracy(logits: $0, labels: $1) }),
            (
                "dot axes",
                { $0.dot($1, DotAxes(leftBatch: [-1], rightBatch: [9], leftContract: [0, 0], rightContract: [1])) }
            ),
        ]
        for (name, function) in binary {
            for x in Sweep.tensors { for y in Sweep.tensors { sweep.tensor("\(name) \(x) \(y)") { function(x, y) } } }
        }
        for x in Sweep.tensors {
            for n in Sweep.numbers {
                sweep.tensor("axes \(x.shape) \(n)") { x.sum([n]) }
                sweep.tensor("mean \(x.shape) \(n)") { x.mean([n, n], keepingAxes: true) }
                sweep.tensor("softmax \(x.shape) \(n)") { x.softmax(axis: n) }
                sweep.tensor("logSoftmax \(x.shape) \(n)") { x.logSoftmax(axis: n) }
                sweep.tensor("argMax \(x.shape) \(n)") { x.argMax(axis: n) }
                sweep.tensor("flattened \(x.shape) \(n)") { x.flattened(from: n) }
                sweep.tensor("transpose \(x.shape) \(n)") { x.transpose([n, 0]) }
                sweep.tensor("reverse \(x.shape) \(n)") { x.reverse([n]) }
                sweep.tensor("slice \(x.shape) \(n)") { x.slice(min(n, 1)..<max(n, 1), axis: 0) }
                sweep.tensor("slice axis \(x.shape) \(n)") { x.slice(0..<1, axis: n) }
                sweep.tensor("slices \(x.shape) \(n)") { x.slice(starts: [n], limits: [n], strides: [n]) }
                sweep.tensor("pad \(x.shape) \(n)") { x.pad(low: [n], high: [n], interior: [n]) }
                sweep.tensor("windows \(x.shape) \(n)") { x.windows([n, 2], strides: [n, 1], dilations: [n, n]) }
                sweep.tensor("scatterAdd \(x.shape) \(n)") { x.scatterAdd(to: n, indices: x) }
                sweep.tensor("gather \(x.shape) \(n)") { x.gather(x, axis: n) }
                sweep.tensor("scan \(x.shape) \(n)") {
                    Tensor.scan([x], carry: [.constant(0, [n])]) { ([$0[0] + $1[0]], [$1[0]]) }.outputs[0]
                }
                sweep.tensor("concatenate \(x.shape) \(n)") { .concatenate([x, x], axis: n) }
                sweep.tensor("convolveTransposed \(x.shape) \(n)") {
                    x.convolveTransposed(x, stride: n, padding: n, outputPadding: n)
                }
                sweep.tensor("window \(x.shape) \(n)") {
                    x.convolve(
                        x,
                        ConvolutionWindow(
                            stride: [n, n], paddingLow: [n, n], paddingHigh: [n], filterDilation: [n, 1], groups: n))
                }
                sweep.tensor("broadcast \(x.shape) \(n)") { x.broadcast(to: [2, 3], axes: [n]) }
            }
            for shape in Sweep.shapes {
                sweep.tensor("reshape \(x.shape) \(shape)") { x.reshape(shape) }
                sweep.tensor("broadcast \(x.shape) \(shape)") { x.broadcast(to: shape, axes: Array(shape.indices)) }
            }
            for bound in Sweep.reals {
                sweep.tensor("bound \(x.shape) \(bound)") { (x.maximum(bound).minimum(bound) * bound).power(bound) }
            }
            let key = RandomKey(x)
            sweep.tensor("uniform \(x.shape)") { key.named("").numbered(-1).uniform([2]) }
            sweep.tensor("normal \(x.shape)") { key.normal(x.shape) }
            sweep.tensor("bernoulli \(x.shape)") { key.bernoulli(x) }
            sweep.tensor("categorical \(x.shape)") { key.categorical(x) }
        }
        for shape in Sweep.shapes {
            for n in Sweep.numbers {
                sweep.tensor("iota \(shape) \(n)") { .iota(shape, axis: n) }
                sweep.tensor("identity \(n)") { .identity(n) }
                sweep.call("literal \(shape) \(n)") { try Literal([1, 2, 3] as [Float], shape) }
            }
            sweep.tensor("literal \(shape)") { .literal([1, 2, 3] as [Float], shape) }
            sweep.tensor("constant \(shape)") { .constant(.nan, shape) }
        }
        for n in Sweep.numbers {
            for initializer in [Initializer.linear(fanIn: n), .glorot(fanIn: n, fanOut: n), .he(fanIn: n)] {
                let variable = StateVariable("v", [2, 2], initializer: initializer)
                sweep.tensor("initializer \(n)") {
                    initializer.value(of: variable, key: .input("key", [2], dtype: .int32))
                }
            }
        }
        sweep.tensor("concatenate none") { .concatenate([]) }
        sweep.call("no outputs") { try Graph(outputs: [], updates: []) }
        sweep.call("same names") { try Graph(outputs: [("y", .constant(1)), ("y", .constant(2))]) }
        #expect(sweep.surprises.isEmpty, "\(sweep.surprises)")
        #expect(sweep.calls > 4000)
    }

    @Test func layers() {
        var sweep = Sweep()
        for x in Sweep.tensors {
            for n in Sweep.numbers {
                let layers: [any Layer] = [
                    Dense(n), Embedding(n, width: n), Attention(heads: n), Convolution(n), Convolution(2, size: n),
                    Convolution(2, stride: n), Convolution(2, padding: n), Convolution(2, dilation: n),
                    Convolution(2, groups: n), TransposedConvolution(n), TransposedConvolution(2, size: n),
                    TransposedConvolution(2, stride: n), TransposedConvolution(2, padding: n),
                    TransposedConvolution(2, outputPadding: [n, n]), TransposedConvolution(2, outputPadding: []),
                    Normalization(.group(n)), Normalization(.batch), Normalization(.layer), Normalization(.instance),
                    Pooling.maximum(size: n, stride: n), Pooling.average(size: n), Pooling.globalAverage, Upsample(n),
                    LSTM(n), GRU(n, returns: .last), LSTM(2, layers: n, isBidirectional: true, dropout: 0.5),
                    GRU(2, dropout: Float(n)), Repeat(n), ConcatenatedCondition([n, 3], axis: n), Reshape([n]),
                    Flatten(), Dropout(Float(n)), Activation.tanh,
                    Sequential([]),
                    Residual(Dense(n), shortcut: Dense(3)), Residual(Sequential([])),
                    SpectralNormalization(Dense(n)), SpectralNormalization(TransposedConvolution(n)),
                    SpectralNormalization(LSTM(n)), AppendedCondition(), ConditionalProjection(), ConditionalBias(),
                    Block(Dense(n), normalization: Normalization(.batch), dropout: Float(n)),
                    Affine(
                        weight: StateVariable("w", [n], initializer: .zeros),
                        bias: StateVariable("b", [], initializer: .zeros)),
                ]
                for layer in layers {
                    let name = "\(layer) \(x.shape)"
                    sweep.tensor(name) {
                        var pass = Pass.training(RandomKey(.input("key", [2], dtype: .int32)))
                        return pass.apply(layer, named: "layer", to: x)
                    }
                    sweep.tensor("network \(name)") { Network("n", input: x.shape, layer)(x) }
                    sweep.tensor("conditional \(name)") {
                        var pass = Pass.evaluation
                        let rows = Shape(Array(x.shape.dropFirst()))
                        return Network("n", input: rows, condition: n, layer)(x, given: .input("c", [4, n]), &pass)
                    }
                }
                for kind in Architecture.Kind.allCases {
                    let network = Architecture(kind, hidden: [n], channels: [n], dropout: Float(n))
                    sweep.call("check \(kind) \(n)") { try network.check(x.shape.extents) }
                    sweep.tensor("encoder \(kind) \(n)") { Network("e", input: [9], network.encoder([1, 3, 3]))(x) }
                    sweep.tensor("decoder \(kind) \(n)") {
                        _ = network.decoder(to: [])
                        return Network("d", input: [3], network.decoder(to: [1, 3, 3]))(x)
                    }
                    sweep.tensor("shape \(kind) \(n)") { Network("s", input: [9], network.encoder(x.shape.extents))(x) }
                }
            }
        }
        #expect(sweep.surprises.isEmpty, "\(sweep.surprises)")
        #expect(sweep.calls > 3000)
    }

    @Test func optimizers() {
        var sweep = Sweep()
        let parameter = StateVariable("w", [2], initializer: .zeros)
        for real in Sweep.reals {
            for n in Sweep.numbers {
                let schedules: [any Schedule] = [
                    Constant(), Linear(to: real), Cosine(to: real), StepDecay(every: n, by: real), Warmup(n),
                ]
                for schedule in schedules {
                    var optimizer = Optimizer(
                        AdamW(beta1: real, beta2: real, epsilon: real, weightDecay: real), learningRate: real,
                        transforms: [ClipByGlobalNorm(real), WeightPenalty(real)])
                    optimizer.schedule = schedule
                    optimizer.averageDecay = real
                    sweep.call("\(schedule) \(real) \(n)") {
                        let updates = optimizer.updates(
                            [parameter], gradients: [.constant(1, [2])], step: .constant(1), steps: n)
                        return try Graph(outputs: [], updates: updates.map { ($0.variable, $0.value) })
                    }
                    sweep.call("averages \(real)") {
                        optimizer.averages([(parameter, .constant(1))], step: .constant(0))
                    }
                }
            }
            sweep.call("choice \(real)") { try OptimizerChoice.adam(Double(real)).optimizer() }
        }
        for text in Sweep.texts {
            sweep.call("choice \(text)") {
                try OptimizerChoice(text, learningRate: 1, settings: [text: text]).optimizer()
            }
            sweep.call("map \(text)") { NameMap([(text, text), ("#", "#")])(text) }
            sweep.call("unused \(text)") { NameMap([(text, text)]).unused(for: [text, ""]) }
            sweep.call("hyperparameter \(text)") { try Hyperparameter("x", .integer(1), "").parse(text) }
            sweep.call("hyperparameters \(text)") { try Hyperparameters([], [text: text]) }
        }
        #expect(sweep.surprises.isEmpty, "\(sweep.surprises)")
    }
}
