"""What the peers have in common: the sizes of the workloads.

Names, models and hyperparameters are those of `strata bench`; each peer has a table from these names to the way it
would write them.
"""

BATCH = {
    "ae-deep": 128, "ae-denoising": 128, "vae": 128, "rbm": 100, "rbm-pcd": 100, "dbm-joint": 100, "gan": 128, "multitask": 128,
    "classifier": 128, "conv-ae": 128, "vae-conv": 128, "dcgan": 64, "lstm-vae": 64, "simclr-mlp": 256, "unet": 128,
    "iwae": 128, "r3gan": 128, "real-nvp": 128, "made": 100,
    "infer-vae-1": 1, "infer-vae-128": 128, "infer-vae-conv-1": 1, "infer-vae-conv-128": 128,
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
# Stride 2 and padding 1 throughout: images 28, 14 and 7 pixels wide, and back.
WIDTH, NARROWEST = 28, 7
CONV_AE_CHANNELS, CONV_AE_SIZE, CONV_AE_CODE = (1, 16, 32), 3, 30
CONV_VAE_CHANNELS, CONV_VAE_SIZE, CONV_VAE_HIDDEN, CONV_VAE_LATENT = (1, 32, 64), 4, 256, 32
DCGAN_CHANNELS, DCGAN_SIZE, DCGAN_NOISE, DCGAN_DEVIATION = (1, 64, 128), 4, 100, 0.02
# The rows of an image are the steps of a sequence.
LSTM_UNITS, LSTM_LATENT = 128, 16
NORM_MOMENTUM, NORM_EPSILON = 0.1, 1e-5
# Encoder and projection head; of each view, every pixel is kept with that probability.
SIMCLR_WIDTHS, SIMCLR_KEEP, SIMCLR_TEMPERATURE, SIMCLR_EPSILON = (784, 512, 128, 64), 0.7, 0.5, 1e-12
# Features of the time and its embedding; channels at 28 pixels and below; those of the residual blocks, in their order.
UNET_TIMES, UNET_SLOWEST, UNET_EMBEDDING, UNET_SIZE, UNET_GROUPS = 64, 10_000, 128, 3, 8
UNET_CHANNELS, UNET_BLOCKS = (1, 32, 64), (32, 64, 64, 64, 32)

IWAE_WIDTHS, IWAE_LATENT, IWAE_DRAWS = (784, 200, 200), 50, 5
# The gradient penalties of the relativistic game, at true and at made images.
R3GAN_PENALTY = 1.0
# Brightness in 256 steps, of which a share is kept away from 0 and 1.
NVP_COUPLINGS, NVP_HIDDEN, NVP_LEVELS, NVP_MARGIN, NVP_MOMENTUM = 8, 512, 256, 0.05, 0.05
MADE_HIDDEN = 500

ADAM = dict(rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8)
GAN_ADAM = dict(ADAM, rate=2e-4, beta1=0.5)
UNET_ADAM = dict(ADAM, rate=2e-4)

CONTRACT = {f"contract-{n}": n for n in (256, 512, 1024, 2048)}
CHAIN = {"chain-16m": 1 << 24, "chain-100k": 100_000}
SOFTMAX_SHAPE = (4096, 1000)
REDUCE_SHAPE = (4096, 1024)
GATHER_ROWS = 128
SVD_SHAPE = (2000, 784)
EIGH_SIZE = 784
# (Batch, channels and width of the input), (number and size of the filters), stride; padding 1.
CONV = {
    **dict.fromkeys(("conv2d", "conv2d-input", "conv2d-filter"), ((64, 32, 28), (64, 3), 1)),
    "conv2d-first": ((128, 1, 28), (32, 4), 2),
}
CONV_GRADIENTS = ("conv2d-input", "conv2d-filter")

KERNELS = [*CONTRACT, *CHAIN, "softmax", "reduce-rows", "reduce-columns", "gather", "svd", "eigh", *CONV]
