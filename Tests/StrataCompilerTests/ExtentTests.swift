import StrataBackend
import StrataCompiler
import StrataGraph
import Testing

/// Whatever numbers a graph is built from, a mistake is an error and never a trap.
@Suite struct ExtentTests {
    private static let numbers = [0, 1, -1, 2, 3, Int.max, Int.min, 1 << 40, -(1 << 40), 1 << 62]
    private static let shapes: [Shape] = [
        [], [0], [3], [-1], [2, 3], [0, 3], [Int.max, 2], [1 << 40, 1 << 40], [-2, -3], [Int.min], [1, 1, 4, 4],
        [0, 1 << 40, 1 << 40], [2, 2],
    ]

    /// Traces, and compiles what can be; both may throw only a `StrataError`.
    private func probe(_ tensor: Tensor) {
        do {
            let graph = try Graph(outputs: [("y", tensor)])
            _ = graph.description + graph.dot
            _ = try graph.compiled().program.cost
        } catch { #expect(error is StrataError, "\(error)") }
    }

    @Test func functionsOfOneTensor() {
        let functions: [(Tensor) -> Tensor] = [
            { -$0 }, { $0 + 1 }, { 1 / $0 }, { $0.squared() }, { $0.sum() }, { $0.mean() }, { $0.maximum(over: nil) },
            { $0.minimum(over: []) }, { $0.transpose() }, { $0.flattened() }, { $0.cast(to: .uint8) },
            { $0.isFinite() },
            { $0.stopGradient() }, { $0.dot($0) }, { $0.dotTransposed($0) }, { $0.qr().q }, { $0.cholesky() },
            { $0.solve($0) }, { $0.symmetricEigen().vectors }, { $0.singularValueDecomposition().vt },
            { $0.convolve($0) }, { $0.convolveTransposed($0) }, { $0.select($0, $0) }, { $0.power(2) },
            { $0.gather($0.cast(to: .int32)) }, { $0.adding($0, at: $0.cast(to: .int32)) },
            { $0.scatterAdd(to: 2, indices: $0.cast(to: .int32)) }, { Tensor.concatenate([$0, $0]) },
            { RandomKey(.input("key", [2], dtype: .int32)).categorical($0) },
            { RandomKey(.input("key", [2], dtype: .int32)).bernoulli($0) }, { RandomKey($0).normal($0.shape) },
        ]
        for shape in Self.shapes {
            let tensors = [
                Tensor.input("x", shape), .constant(1, shape), .iota(shape),
                StateVariable("w", shape, initializer: .zeros).tensor,
                .literal([1, 2, 3] as [Float], shape),
            ]
            for tensor in tensors {
                for function in functions {
                    probe(function(tensor))
                    probe(gradient(of: function(tensor).sum(), withRespectTo: [tensor])[0])
                }
            }
        }
    }

    private func results(_ x: Tensor, _ n: Int) -> [Tensor] {
        [
            x.sum([n]), x.mean([n, n]), x.softmax(axis: n), x.logSumExp(axis: n), x.logSoftmax(axis: n),
            x.argMax(axis: n), x.flattened(from: n), x.reverse([n]), x.transpose([n]),
            x.reshape([n]), x.reshape([n, -max(n, -Int.max)]), x.broadcast(to: [n, 3], axes: [1]),
            x.broadcast(to: [2, 3], axes: [n]), Tensor.concatenate([x, x], axis: n), Tensor.concatenate([], axis: n),
            x.slice(min(0, n)..<max(0, n), axis: 0), x.slice(0..<1, axis: n),
            x.slice(starts: [n], limits: [n]), x.slice(starts: [0], limits: [3], strides: [n]),
            x.slice(starts: [0, 0], limits: [2, 3], strides: [n, n]),
            x.pad(low: [n], high: [n]), x.pad(low: [0, 0], high: [0, 0], interior: [n, n]),
            x.windows([n], strides: [1]), x.windows([1], strides: [n], dilations: [n]),
            x.windows([2], strides: [n], dilations: [n]), x.scatterAdd(to: n, indices: .iota([3]).cast(to: .int32)),
            x.convolve(x, ConvolutionWindow(stride: [n, n])), x.convolve(x, ConvolutionWindow(stride: [])),
            x.convolve(x, ConvolutionWindow(paddingLow: [n, n], paddingHigh: [n, 0])),
            x.convolve(x, ConvolutionWindow(stride: [n, 1], inputDilation: [n, n])),
            x.convolve(x, ConvolutionWindow(filterDilation: [n, n])), x.convolve(x, ConvolutionWindow(groups: n)),
            x.convolveTransposed(x, stride: n), x.convolveTransposed(x, padding: n, outputPadding: n),
            x.dot(x, DotAxes(leftContract: [n], rightContract: [n])),
            x.dot(x, DotAxes(leftBatch: [n], rightBatch: [], leftContract: [0], rightContract: [0])),
            Tensor.identity(n), Tensor.iota([3], axis: n), Tensor.constant(0, [n, n]),
            RandomKey(.input("key", [2], dtype: .int32)).numbered(n).uniform([n]) + x,
        ]
    }

    @Test func functionsOfATensorAndANumber() {
        for shape in [[], [3], [2, 3], [1, 1, 4, 4], [0]] as [Shape] {
            let tensor = Tensor.input("x", shape)
            for number in Self.numbers {
                for result in results(tensor, number) {
                    probe(result)
                    probe(gradient(of: result.sum(), withRespectTo: [tensor])[0])
                }
            }
        }
    }

    @Test func typesVariablesAndInitializers() throws {
        for shape in Self.shapes {
            _ = shape.strides
            #expect(shape.isPossible || shape.contains { $0 < 0 } || shape.elementCount > 1 << 48 || shape.contains(0))
            _ = TensorType(shape).byteCount
            for initializer in [
                Initializer.constant(1), .uniform(low: 1, high: -1), .normal(mean: .nan, standardDeviation: -1),
                .truncatedNormal(mean: 0, standardDeviation: 0, low: 1, high: -1), .orthogonal(gain: 1),
                .values(try Literal([] as [Float], [0])), .linear(fanIn: .min), .he(fanIn: .max),
                .glorot(fanIn: .max, fanOut: .max),
            ] {
                let session = Session(backend: HostOnly.backend)
                guard shape.elementCount < 1000 else { continue }
                do { try session.create([StateVariable("w", shape, initializer: initializer)]) } catch {
                    #expect(error is StrataError, "\(error)")
                    #expect(session.variables.isEmpty)
                }
            }
        }
        for number in Self.numbers {
            _ = DotAxes(leftContract: [], rightContract: []).leftFree(rank: min(number, 4))
            _ = DotAxes(leftContract: [], rightContract: []).rightFree(rank: min(number, 4))
        }
        #expect(throws: StrataError.self) {
            try Session(backend: HostOnly.backend).create([StateVariable("w", [1 << 40, 1 << 40], initializer: .zeros)])
        }
    }

    @Test func aMessageNamesTheOpAndThePlace() {
        func message(_ tensor: Tensor) -> String {
            do { _ = try Graph(outputs: [("y", tensor)]); return "" } catch { return "\(error)" }
        }
        let x = Tensor.input("x", [2, 3])
        #expect(message(x.pad(low: [Int.max, 0], high: [1, 0])).hasPrefix("pad: "))
        #expect(message(x.pad(low: [Int.max, 0], high: [1, 0])).hasSuffix("(ExtentTests.swift:\(#line))"))
        #expect(
            message(Tensor.input("y", [-1]))
                == "input: expected extents that are not negative, [-1] has -1 (ExtentTests.swift:\(#line))")
        #expect(message(Tensor.input("s", []).dot(x)).hasPrefix("dot: expected two arrays"))
    }
}
