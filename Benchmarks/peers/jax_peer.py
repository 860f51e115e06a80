"""JAX as a peer: `python jax_peer.py vae --threads 2 --seconds 3 --json`. The whole step jitted, its state donated."""
import os

import measure
import preload
from workloads import BATCH, KERNELS

EPOCHS = ["epoch-vae", "epoch-rbm"]
# XLA keeps to 256 bits where it is not told otherwise.
FLAGS = "--xla_cpu_prefer_vector_width=512 --xla_cpu_multi_thread_eigen=true"

if __name__ == "__main__":
    options = measure.parse_arguments(__doc__, [*BATCH, *KERNELS, *EPOCHS])
    os.environ.setdefault("XLA_FLAGS", FLAGS)
    os.environ["JAX_PLATFORMS"] = "cpu"
    preload.start_again_with(preload.tcmalloc())

    import jax

    # The step runs on the caller's thread, as the next waits for it anyway.
    jax.config.update("jax_cpu_enable_async_dispatch", False)

    def settle(result):
        jax.block_until_ready(result)

    if options.workload in EPOCHS:
        import jax_epochs

        jax_epochs.run(options, settle)
    elif options.workload in KERNELS:
        import jax_kernels

        function, arrays, flops = jax_kernels.KERNELS[options.workload](options.workload)
        step = jax.jit(function)
        measure.measure(options, "jax", jax.__version__, lambda _: step(*arrays), finish=settle, flops=flops)
    elif options.workload.startswith("infer"):
        import jax_models

        batch = BATCH[options.workload]
        bench = jax_models.Bench(batch, options.seed)
        convolutional = options.workload.startswith("infer-vae-conv")
        layers = (jax_models.conv_vae_layers if convolutional else jax_models.vae_layers)(bench)
        reconstruct, x = jax_models.conv_reconstruct if convolutional else jax_models.reconstruct, bench.images[:batch]
        # The weights are closed over and so constants, which XLA may lay out as it likes.
        step = jax.jit(lambda x: reconstruct(layers, x))
        measure.measure(options, "jax", jax.__version__, lambda _: step(x), batch=batch, finish=settle)
    else:
        import jax_models

        batch = BATCH[options.workload]
        step = jax_models.Bench(batch, options.seed).run(jax_models.MODELS[options.workload])
        measure.measure(options, "jax", jax.__version__, step, batch=batch, finish=settle, read=float)
