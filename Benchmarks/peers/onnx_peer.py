"""ONNX Runtime as a peer, for inference: `python onnx_peer.py infer-vae-1 --threads 2 --seconds 3 --json`."""
import measure
from workloads import (
    BATCH, CONV_VAE_CHANNELS, CONV_VAE_HIDDEN, CONV_VAE_LATENT, CONV_VAE_SIZE, NARROWEST, PIXELS, VAE_HIDDEN, VAE_LATENT,
    WIDTH)

INFERENCE = [name for name in BATCH if name.startswith("infer")]


class Builder:
    """Nodes one after the other, each of which takes what the one before gives."""

    def __init__(self, random):
        self.random, self.nodes, self.constants, self.value = random, [], [], "x"

    def node(self, kind, constants=(), **attributes):
        from onnx import helper

        output = f"y{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, [self.value, *constants], [output], **attributes))
        self.value = output

    def constant(self, value):
        from onnx import numpy_helper

        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def weights(self, shape, inputs, outputs):
        """A weight and a bias, as uniform as PyTorch's."""
        bound = inputs ** -0.5
        return [self.constant(self.random.uniform(-bound, bound, s).astype("float32")) for s in (shape, (outputs,))]

    def dense(self, inputs, outputs, activation=None):
        self.node("Gemm", self.weights((inputs, outputs), inputs, outputs))
        if activation:
            self.node(activation)

    def convolution(self, inputs, outputs, activation, transposed=False):
        """4 × 4 of stride 2."""
        size = CONV_VAE_SIZE
        shape = (inputs, outputs, size, size) if transposed else (outputs, inputs, size, size)
        fan = inputs * size * size // (4 if transposed else 1)
        self.node(
            "ConvTranspose" if transposed else "Conv", self.weights(shape, fan, outputs), kernel_shape=[size, size],
            strides=[2, 2], pads=[1, 1, 1, 1])
        self.node(activation)

    def reshape(self, *shape):
        import numpy as np

        self.node("Reshape", [self.constant(np.array((-1, *shape), np.int64))])


def dense_vae(build):
    widths = (PIXELS, VAE_HIDDEN, VAE_LATENT, VAE_HIDDEN, PIXELS)
    for inputs, outputs, activation in zip(widths, widths[1:], ("Relu", None, "Relu", "Sigmoid")):
        build.dense(inputs, outputs, activation)


def convolutional_vae(build):
    (blank, few, many), hidden, latent = CONV_VAE_CHANNELS, CONV_VAE_HIDDEN, CONV_VAE_LATENT
    flat = many * NARROWEST ** 2
    build.reshape(blank, WIDTH, WIDTH)
    build.convolution(blank, few, "Relu")
    build.convolution(few, many, "Relu")
    build.reshape(flat)
    for inputs, outputs, activation in ((flat, hidden, "Relu"), (hidden, latent, None), (latent, hidden, "Relu"),
                                        (hidden, flat, "Relu")):
        build.dense(inputs, outputs, activation)
    build.reshape(many, NARROWEST, NARROWEST)
    build.convolution(many, few, "Relu", transposed=True)
    build.convolution(few, blank, "Sigmoid", transposed=True)
    build.reshape(PIXELS)


def model(random, layers):
    """A VAE's reconstruction: encode to the mean, decode to probabilities. Serialised."""
    from onnx import TensorProto, checker, helper

    build = Builder(random)
    layers(build)
    images = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", PIXELS]) for name in ("x", build.value)]
    graph = helper.make_graph(build.nodes, "reconstruction", images[:1], images[1:], build.constants)
    # An old set of operators and file version, which every runtime reads.
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(proto)
    return proto.SerializeToString(), build.value


if __name__ == "__main__":
    options = measure.parse_arguments(__doc__, INFERENCE)

    import numpy as np
    import onnxruntime

    import data

    batch = BATCH[options.workload]
    layers = convolutional_vae if options.workload.startswith("infer-vae-conv") else dense_vae
    serialized, output = model(np.random.default_rng(options.seed), layers)
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
