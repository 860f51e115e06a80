"""PyTorch as a peer: `python torch_peer.py vae --mode compile --threads 2 --seconds 3 --json`.

eager     autograd and fused optimizers, tcmalloc
compile   the whole step, with gradients and optimizer, as one graph through torch.compile
"""
import measure
import preload
from workloads import BATCH, KERNELS

EPOCHS = ["epoch-vae", "epoch-rbm"]

if __name__ == "__main__":
    options = measure.parse_arguments(__doc__, [*BATCH, *KERNELS, *EPOCHS], modes=("eager", "compile"))
    preload.start_again_with(preload.tcmalloc(), None if options.stock_mkl else preload.mkl_avx512())

    import torch

    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    torch.manual_seed(options.seed)
    compiled = options.mode == "compile"
    system = f"torch-{options.mode}"

    if options.workload in EPOCHS:
        import torch_epochs

        torch_epochs.run(options, system, compiled)
    elif options.workload in KERNELS:
        import torch_kernels

        step, flops = torch_kernels.KERNELS[options.workload](options.workload)
        if compiled:
            import torch_models

            step = torch_models.compile_whole(step)
        with torch.inference_mode():
            measure.measure(options, system, torch.__version__, lambda _: step(), flops=flops)
    elif options.workload.startswith("infer"):
        import torch_inference

        with torch.inference_mode():
            step = torch_inference.build(options.workload, compiled)
            measure.measure(options, system, torch.__version__, step, batch=BATCH[options.workload])
    else:
        import torch_models

        batch = BATCH[options.workload]
        step = torch_models.MODELS[options.workload](torch_models.Bench(batch, compiled, options.seed))
        measure.measure(options, system, torch.__version__, step, batch=batch, read=float)
