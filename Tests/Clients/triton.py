"""Asks a server as NVIDIA's own client does.

strata serve vae classifier --port 8000 &           # two runs on Fashion-MNIST
pip install 'tritonclient[http]' && python triton.py 8000
"""
import sys

import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException

client = http.InferenceServerClient(f"127.0.0.1:{sys.argv[1]}")
assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("vae-encode")
assert client.get_server_metadata()["name"] == "strata"
assert client.get_model_metadata("vae-encode")["inputs"][0]["shape"] == [-1, 28, 28]
assert client.get_model_config("vae-encode")["max_batch_size"] > 0


def tensor(name, array, kind, binary=True):
    tensor = http.InferInput(name, array.shape, kind)
    tensor.set_data_from_numpy(array, binary_data=binary)
    return tensor


examples = np.random.default_rng(0).random((7, 28, 28), dtype=np.float32)
codes = []
for binary in (True, False):
    wanted = [http.InferRequestedOutput("codes", binary_data=binary)]
    result = client.infer("vae-encode", [tensor("examples", examples, "FP32", binary)], outputs=wanted, request_id="7")
    assert result.get_response()["id"] == "7"
    codes.append(result.as_numpy("codes"))
assert np.array_equal(codes[0], codes[1])

result = client.infer("classifier-classify", [tensor("examples", examples, "FP32")])
assert np.array_equal(result.as_numpy("class"), result.as_numpy("logits").argmax(1))
count, seed = np.array([3], np.int32), np.array([9], np.int64)
samples = [
    client.infer("vae-sample", [tensor("count", count, "INT32"), tensor("seed", seed, "INT64")]).as_numpy("examples")
    for _ in range(2)
]
assert samples[0].shape == (3, 28, 28) and np.array_equal(samples[0], samples[1])
assert client.infer("vae-decode", [tensor("codes", codes[0], "FP32")]).as_numpy("examples").shape == (7, 28, 28)

handles = [client.async_infer("vae-encode", [tensor("examples", examples, "FP32")]) for _ in range(20)]
assert all(np.allclose(handle.get_result().as_numpy("codes"), codes[0], atol=1e-5) for handle in handles)

assert any(entry["name"] == "vae-encode" for entry in client.get_model_repository_index())
client.load_model("vae-encode")
assert client.get_inference_statistics("vae-encode")["model_stats"][0]["inference_count"] >= 21 * 7
for name, input in (("vae-encode", "pixels"), ("nobody", "examples")):
    try:
        client.infer(name, [tensor(input, examples, "FP32")])
        raise AssertionError(name)
    except InferenceServerException as error:
        print("refused:", error)
print("all as expected")
