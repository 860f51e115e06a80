"""ONNX Runtime as a peer, for inference: `python onnx_peer.py infer-vae-1 --threads 2 --seconds 3 --json`."""
import measure
from workloads import BATCH, PIXELS, VAE_HIDDEN, VAE_LATENT

INFERENCE = [name for name in BATCH if name.startswith("infer")]


def model(random):
    """The VAE's reconstruction: encode to the mean, decode to probabilities. Serialised."""
    from onnx import TensorProto, checker, helper, numpy_helper

    nodes, constants, value = [], [], "x"
    widths = (PIXELS, VAE_HIDDEN, VAE_LATENT, VAE_HIDDEN, PIXELS)
    for position, (inputs, outputs, activation) in enumerate(
            zip(widths, widths[1:], ("Relu", None, "Relu", "Sigmoid"))):
        for name, shape in ((f"w{position}", (inputs, outputs)), (f"b{position}", (outputs,))):
            drawn = random.uniform(-inputs ** -0.5, inputs ** -0.5, shape).astype("float32")
            constants.append(numpy_helper.from_array(drawn, name))
        nodes.append(helper.make_node("Gemm", [value, f"w{position}", f"b{position}"], [f"h{position}"]))
        value = f"h{position}"
        if activation:
            nodes.append(helper.make_node(activation, [value], [f"a{position}"]))
            value = f"a{position}"
    images = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", PIXELS]) for name in ("x", value)]
    graph = helper.make_graph(nodes, "reconstruction", images[:1], images[1:], constants)
    # An old set of operators and file version, which every runtime reads.
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(proto)
    return proto.SerializeToString(), value


if __name__ == "__main__":
    options = measure.parse_arguments(__doc__, INFERENCE)

    import numpy as np
    import onnxruntime

    import data

    batch = BATCH[options.workload]
    serialized, output = model(np.random.default_rng(options.seed))
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.inter_op_num_threads = 1
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(serialized, settings, providers=["CPUExecutionProvider"])
    # Input and output bound once: no copies and no allocation in a step.
    x, result = data.images()[:batch].copy(), np.empty((batch, PIXELS), np.float32)
    binding = session.io_binding()
    binding.bind_cpu_input("x", x)
    binding.bind_output(output, "cpu", 0, np.float32, result.shape, result.ctypes.data)
    measure.measure(
        options, "onnxruntime", onnxruntime.__version__, lambda _: session.run_with_iobinding(binding), batch=batch)
