"""Asks a server and ONNX Runtime for the same rows, and prints the greatest difference of each output.

for run in vae cvae sr mt; do strata export $run --to onnx --out $run-onnx; done
strata import vae-onnx/encode.onnx --data fashion-mnist --out ib
strata serve vae cvae sr mt ib --port 8000 &         # a vae, a conditional one, super-resolution, multitask, the import
pip install 'tritonclient[http]' onnxruntime && python abilities.py 8000
"""
import sys

import numpy as np
import onnxruntime
import tritonclient.http as http

client = http.InferenceServerClient(f"127.0.0.1:{sys.argv[1]}", network_timeout=100, connection_timeout=100)
draw = np.random.default_rng(0)


def compare(model, file, **inputs):
    tensors = []
    for name, values in inputs.items():
        tensors.append(http.InferInput(name, values.shape, "FP32" if values.dtype == np.float32 else "INT32"))
        tensors[-1].set_data_from_numpy(values)
    served = client.infer(model, tensors)
    session = onnxruntime.InferenceSession(file)
    for output, values in zip(session.get_outputs(), session.run(None, inputs)):
        difference = np.abs(served.as_numpy(output.name) - values).max()
        print(f"{model} {output.name}: {difference:.1e}")
        assert difference <= 1e-5


def rows(model, count):
    shape = client.get_model_metadata(model)["inputs"][0]["shape"]
    return draw.random([count] + shape[1:], dtype=np.float32)


images = rows("vae-encode", 9)
compare("vae-encode", "vae-onnx/encode.onnx", examples=images)
compare("vae-reconstruct", "vae-onnx/reconstruct.onnx", examples=images)
compare("ib-encode", "vae-onnx/encode.onnx", examples=images)
compare("cvae-encode", "cvae-onnx/encode.onnx", examples=images, labels=np.arange(9, dtype=np.int32))
compare("sr-translate", "sr-onnx/translate.onnx", sources=rows("sr-translate", 5))
compare("mt-predict", "mt-onnx/predict.onnx", examples=rows("mt-predict", 6))
