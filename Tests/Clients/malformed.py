"""Sends 10,000 malformed bodies, each of which must be refused with a status of 400 to 499; sound ones pass in between.

strata serve vae --port 8000 &                       # a run on Fashion-MNIST
python malformed.py 8000
"""
import collections
import http.client
import json
import random
import struct
import sys

numbers = struct.pack("<1568f", *([0.5] * 1568))
sound = {"inputs": [{"name": "examples", "shape": [2, 28, 28], "datatype": "FP32",
                     "parameters": {"binary_data_size": len(numbers)}}]}
draw = random.Random(0)
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=20)


def ask(body, length):
    fields = {} if length is None else {"Inference-Header-Content-Length": str(length)}
    connection.request("POST", "/v2/models/vae-encode/infer", body, fields)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def malformed():
    """A body, and what its header says of the length of its JSON."""
    request = json.loads(json.dumps(sound))
    tensor, tail = request["inputs"][0], numbers
    kind = draw.randrange(8)
    if kind == 0:
        header = json.dumps(request).encode()
        return (header + tail)[:draw.randrange(len(header + tail))], len(header)
    if kind == 1:
        return draw.randbytes(draw.randrange(1, 500)), None
    if kind == 2:
        tensor["shape"] = draw.choice([[2, 28], [-2, 28, 28], [2**62, 28, 28], [2, 28, 29], [], [0, 28, 28],
                                       ["2", 28, 28], [2.5, 28, 28], None, {}])
    if kind == 3:
        tensor["datatype"] = draw.choice(["FP64", "INT8", "BYTES", "", 5, None, []])
    if kind == 4:
        tensor["name"] = draw.choice(["x", "", None, 5, "\0", "é" * 1000])
    if kind == 5:
        tensor["parameters"]["binary_data_size"] = draw.choice(
            [0, -1, 2**63 - 1, 2**64, len(numbers) - 1, len(numbers) + 1, "6272", 1.5])
    if kind == 6:
        tail += draw.randbytes(draw.randrange(1, 99))
    header = json.dumps(request).encode()
    if kind == 7:
        return header + tail, draw.choice([0, 1, len(header) - 1, len(header) + len(tail) + 1, -1, 2**63])
    return header + tail, len(header)


statuses = collections.Counter()
for number in range(10_000):
    body, length = malformed()
    status = ask(body, length)
    statuses[status] += 1
    assert 400 <= status < 500, (status, body[:300], length)
    if number % 1000 == 0:
        header = json.dumps(sound).encode()
        assert ask(header + numbers, len(header)) == 200
print(dict(statuses))
