-- Requests of so many rows for wrk, binary tensors in and out, to a run on images of 28 x 28:
--
--   ROWS=32 wrk -t1 -c64 -d8 --latency -s post.lua http://127.0.0.1:8000/v2/models/vae-encode/infer
local rows = tonumber(os.getenv("ROWS") or "1")
local size = rows * 784 * 4
local header = string.format(
    '{"inputs":[{"name":"examples","shape":[%d,28,28],"datatype":"FP32","parameters":{"binary_data_size":%d}}],'
        .. '"parameters":{"binary_data_output":true}}', rows, size)
wrk.method = "POST"
wrk.body = header .. string.rep("\0\0\0\63", rows * 784)    -- 0.5
wrk.headers["Inference-Header-Content-Length"] = tostring(#header)
