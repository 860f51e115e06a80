import StrataBackend

/// Which of the standard's tests are left out, and why: whatever is not in these tables has to pass.
enum ONNXLeftOut {
    /// Element types that no graph here holds.
    static let types: [(types: Set<ElementType>, reason: String)] = [
        ([.string], "text has no place in a graph"),
        ([.float16, .bfloat16], "results are not rounded to 16 bits, arithmetic is in single precision"),
        (
            [.float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float4e2m1, .float8e8m0],
            "floats of 8 or 4 bits have no arrays"
        ),
        ([.uint4, .int4, .uint2, .int2], "whole numbers of 4 or 2 bits have no arrays"),
        ([.uint64], "unsigned numbers of 64 bits have no arrays"),
        ([.complex64, .complex128], "complex numbers have no arrays"),
    ]

    /// Operators that cannot be built of the ops of a graph, by their domain where it is not the standard's.
    static let operators: [(names: Set<String>, reason: String)] = [
        (
            [
                "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearMatMul", "QLinearConv",
                "MatMulInteger", "ConvInteger",
            ], "quantized arithmetic is not done, everything is in single precision"
        ),
        (
            ["BitCast", "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitwiseNot"],
            "no op of a graph sees the bits of a number"
        ),
        (
            ["Bernoulli", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial"],
            "draws come from another generator"
        ),
        (["ImageDecoder"], "images are read as data, not within graphs"),
        (["TfIdfVectorizer", "RegexFullMatch", "StringNormalizer"], "counting words is no part of a graph"),
        (["ai.onnx.preview.training.Gradient"], "gradients are taken of graphs, not within models"),
        (["ai.onnx.ml.TreeEnsemble"], "trees are not built of ops of a graph"),
        (["RoiAlign"], "how often a region is sampled depends on the region"),
    ]

    /// Cases by their own names.
    static let cases: [(names: Set<String>, reason: String)] = [
        (["test_scan_sum"], "of the first form of Scan, with batches, which version 9 replaced"),
        (
            [
                "test_training_dropout", "test_training_dropout_default", "test_training_dropout_default_mask",
                "test_training_dropout_mask",
            ], "draws come from another generator"
        ),
        (
            ["test_dft_inverse", "test_dft_inverse_opset19"],
            "what is expected is a rounding error, where the result is 0"
        ),
    ]

    static func reason(_ name: String, _ model: ONNXModel) -> String? {
        let short = name.split(separator: "/").last.map(String.init) ?? name
        if let row = cases.first(where: { $0.names.contains(short) }) { return row.reason }
        if let version = model.opsets[""], !ONNXModel.knownOpsets.contains(version) {
            return "of an operator set that is not among those known"
        }
        let (used, types) = model.mentions
        if let row = self.types.first(where: { !$0.types.isDisjoint(with: types) }) { return row.reason }
        return operators.first { !$0.names.isDisjoint(with: used) }?.reason
    }

    /// A model that could not be read, because of an array of a type that is left out.
    static func reason(_ name: String, _ error: StrataError) -> String? {
        guard error.kind == .unsupported else { return nil }
        return types.first { row in row.types.contains { error.message.contains(" are \($0),") } }?.reason
    }
}

extension ONNXModel {
    /// The operators and element types that occur anywhere in it.
    var mentions: (operators: Set<String>, types: Set<ElementType>) {
        var (operators, types): (Set<String>, Set<ElementType>) = ([], [])
        func add(_ type: ONNXValueType) {
            switch type {
            case .tensor(let element, _): types.insert(element)
            case .sequence(let inner), .optional(let inner): add(inner)
            case .unknown: break
            }
        }
        func add(_ nodes: [ONNXNode]) {
            for node in nodes {
                operators.insert(node.domain.isEmpty ? node.op : "\(node.domain).\(node.op)")
                for attribute in node.attributes.values {
                    switch attribute {
                    case .graph(let graph): add(graph)
                    case .tensor(let tensor): types.insert(tensor.type)
                    case .type(let type): add(type)
                    default: break
                    }
                }
                if ["Cast", "EyeLike"].contains(node.op) {
                    for name in ["to", "dtype"] {
                        if case .integer(let number)? = node.attributes[name], let type = ElementType(rawValue: number)
                        {
                            types.insert(type)
                        }
                    }
                }
            }
        }
        func add(_ graph: ONNXGraph) {
            for value in graph.inputs + graph.outputs { add(value.type) }
            for (_, tensor) in graph.initializers { types.insert(tensor.type) }
            add(graph.nodes)
        }
        add(graph)
        for function in functions.values { add(function.nodes) }
        return (operators, types)
    }
}
