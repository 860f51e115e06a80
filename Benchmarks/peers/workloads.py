"""What the peers have in common: the sizes of the workloads.

Names, models and hyperparameters are those of `strata bench`; each peer has a table from these names to the way it
would write them.
"""

BATCH = {
    "ae-deep": 128, "ae-denoising": 128, "vae": 128, "rbm": 100, "rbm-pcd": 100, "dbm-joint": 100, "gan": 128, "multitask": 128,
    "classifier": 128, "infer-vae-1": 1, "infer-vae-128": 128,
}

PIXELS = 784
DEEP_WIDTHS = (784, 1000, 500, 250, 30, 250, 500, 1000, 784)
DENOISING_HIDDEN, DENOISING_KEEP, DENOISING_SPARSITY = 2000, 0.7, 1e-4
VAE_HIDDEN, VAE_LATENT = 400, 20
RBM_HIDDEN, RBM_CHAINS = 500, 100
DBM_HIDDEN, DBM_MEAN_FIELD, DBM_GIBBS, DBM_CHAINS, DBM_RATE = (500, 1000), 10, 5, 100, 0.005
RBM_RATE, RBM_MOMENTUM, RBM_DECAY = 0.05, 0.5, 2e-4
GENERATOR_WIDTHS = (100, 256, 512, 1024, 784)
DISCRIMINATOR_WIDTHS = (784, 512, 256, 1)
LEAK = 0.2
TRUNK_WIDTHS = (784, 512, 256)
CLASSIFIER_WIDTHS = (784, 500, 500, 2000, 10)
CLASSIFIER_RATE, CLASSIFIER_MOMENTUM = 0.1, 0.9
CLASSES = 10

ADAM = dict(rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8)
GAN_ADAM = dict(ADAM, rate=2e-4, beta1=0.5)

CONTRACT = {f"contract-{n}": n for n in (256, 512, 1024, 2048)}
CHAIN = {"chain-16m": 1 << 24, "chain-100k": 100_000}
SOFTMAX_SHAPE = (4096, 1000)
REDUCE_SHAPE = (4096, 1024)
GATHER_ROWS = 128
SVD_SHAPE = (2000, 784)
EIGH_SIZE = 784

KERNELS = [*CONTRACT, *CHAIN, "softmax", "reduce-rows", "reduce-columns", "gather", "svd", "eigh"]
