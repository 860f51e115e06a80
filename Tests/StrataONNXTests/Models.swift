import StrataBackend
import StrataONNX

extension ONNXModel {
    /// A model of these nodes, whose inputs are floats of known shapes.
    static func of(
        _ nodes: [ONNXNode], inputs: [(String, Shape)], outputs: [String], opset: Int = 17,
        initializers: [(String, ONNXTensor)] = []
    ) -> ONNXModel {
        var graph = ONNXGraph()
        graph.nodes = nodes
        graph.initializers = initializers.map { ($0.0, $0.1) }
        graph.inputs = inputs.map { ONNXValueInfo($0.0, .tensor(.float32, $0.1.map { .extent($0) })) }
        graph.outputs = outputs.map { ONNXValueInfo($0, .tensor(.float32, nil)) }
        return ONNXModel(opsets: ["": opset], graph: graph)
    }

    /// A layer, a function, a shape that follows from another, and a graph within a graph.
    static var small: ONNXModel {
        var body = ONNXGraph()
        body.nodes = [
            ONNXNode("Add", ["state", "y"], ["next"]), ONNXNode("Identity", ["going"], ["on"]),
        ]
        body.inputs = [
            ONNXValueInfo("turn", .tensor(.int64, [])), ONNXValueInfo("going", .tensor(.bool, [])),
            ONNXValueInfo("state", .tensor(.float32, nil)),
        ]
        body.outputs = [ONNXValueInfo("on", .tensor(.bool, [])), ONNXValueInfo("next", .tensor(.float32, nil))]
        return .of(
            [
                ONNXNode("Gemm", ["x", "weight", "bias"], ["h"], ["transB": .integer(1), "alpha": .float(0.5)]),
                ONNXNode("Tanh", ["h"], ["y"]), ONNXNode("Shape", ["y"], ["shape"]),
                ONNXNode("Reshape", ["y", "shape"], ["z"]),
                ONNXNode("Loop", ["turns", "", "z"], ["sum"], ["body": .graph(body)]),
            ], inputs: [("x", [2, 3])], outputs: ["sum"],
            initializers: [
                ("weight", ONNXTensor([1, 2, 3, 4, 5, 6], [2, 3])), ("bias", ONNXTensor([0.5, -0.5], [2])),
                ("turns", ONNXTensor([2], [])),
            ])
    }
}
