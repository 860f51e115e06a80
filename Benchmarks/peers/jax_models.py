"""The training steps in JAX: a name → builder table.

A builder takes a `Bench` and returns (state, update) where update(state, rows, key) → (state, loss). `Bench.run`
jits the whole step around it, gathering and drawing included, and donates the state. Heads that read the same layer
are one product.
"""
import jax
import jax.numpy as jnp
import numpy as np
from jax import nn

import data
import workloads as W


class Bench:
    """The data on the device, and the jitted step around an update."""

    def __init__(self, batch, seed):
        self.batch = batch
        self.key = jax.random.key(seed)  # Threefry: rbg draws on one thread, Threefry fuses and runs on all
        self.random = np.random.default_rng(seed)
        self.images = jnp.asarray(data.images())
        self.labels = jnp.asarray(data.labels())

    def run(self, build, order=None):
        """A step from a builder: step(number) → loss."""
        state, update = build(self)
        order = data.order(self.batch) if order is None else order

        def whole(state, images, labels, order, number):
            rows = jax.lax.dynamic_slice(order, (number * self.batch % data.COUNT,), (self.batch,))
            x = jnp.take(images, rows, axis=0, mode="clip", unique_indices=True)
            label = jnp.take(labels, rows, mode="clip")
            return update(state, x, label, jax.random.fold_in(self.key, number))

        whole = jax.jit(whole, donate_argnums=0)
        order = jnp.asarray(order)

        def step(number):
            nonlocal state
            state, loss = whole(state, self.images, self.labels, order, number)
            return loss

        return step

    def draw(self, value):
        return jnp.asarray(value, jnp.float32)

    def linear(self, inputs, outputs):
        """(weight [inputs, outputs], bias), as PyTorch starts a `Linear`."""
        bound = inputs ** -0.5
        return tuple(self.draw(self.random.uniform(-bound, bound, s)) for s in ((inputs, outputs), (outputs,)))

    def normal(self, inputs, outputs, deviation):
        return self.draw(self.random.normal(0, deviation, (inputs, outputs))), jnp.zeros(outputs)

    def he(self, inputs, outputs):
        return self.normal(inputs, outputs, (2 / inputs) ** 0.5)

    def filters(self, inputs, outputs, size, transposed=False, deviation=None):
        """(weight [size, size, inputs, outputs], bias): normal and zero, or as PyTorch starts a convolution. To it, the
        fan of a transposed one is that of the outputs."""
        shape, bound = (size, size, inputs, outputs), ((outputs if transposed else inputs) * size ** 2) ** -0.5
        if deviation:
            return self.draw(self.random.normal(0, deviation, shape)), jnp.zeros(outputs)
        return tuple(self.draw(self.random.uniform(-bound, bound, s)) for s in (shape, (outputs,)))

    def he_filters(self, inputs, outputs, size, transposed=False):
        return self.filters(inputs, outputs, size, transposed, (2 / (inputs * size ** 2)) ** 0.5)

    def layers(self, widths, layer=None, *settings):
        return [(layer or self.linear)(*pair, *settings) for pair in zip(widths, widths[1:])]


def linear(x, weight, bias):
    return x @ weight + bias


def convolve(x, weight, stride, padding):
    return jax.lax.conv_general_dilated(
        x, weight, (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def down(x, weight, bias):
    """Half as wide and high."""
    return convolve(x, weight, 2, ((1, 1), (1, 1))) + bias


def up(x, weight, bias):
    """Twice as wide and high, a transposed convolution: even and odd rows and columns of the output, each by the part
    of the filter that reaches them. Two to three times faster than dilating the input, which multiplies by zeros."""
    phases = []
    for phase in (0, 1):
        start = (len(weight) - phase) % 2
        before = (len(weight) - 2 - phase - start) // 2
        phases.append((slice(start, None, 2), (before, (len(weight) - start - 1) // 2 - before)))
    parts = [[convolve(x, weight[r, c], 1, (above, left)) for c, left in phases] for r, above in phases]
    y = jnp.stack([jnp.stack(row, 3) for row in parts], 2)
    return y.reshape(len(x), 2 * x.shape[1], 2 * x.shape[2], -1) + bias


def as_images(x, width):
    """Rows as images [batch, width, width, channels]."""
    return x.reshape(len(x), width, width, -1)


def as_rows(x):
    """The way back."""
    return x.reshape(len(x), -1)


def forward(x, layers, activation, last=None, layer=linear):
    """Layers, dense or `down` or `up`, `activation` between them and `last` after the last."""
    for position, (weight, bias) in enumerate(layers):
        x = layer(x, weight, bias)
        if position + 1 < len(layers):
            x = activation(x)
        elif last:
            x = last(x)
    return x


def leaky(x):
    return jnp.maximum(x, W.LEAK * x)


def bernoulli(logits, x):
    """−log p(x), summed over pixels, mean over the batch."""
    return (nn.softplus(logits) - x * logits).sum() / len(x)


# MARK: Optimizers

def zeros(tree):
    return jax.tree.map(jnp.zeros_like, tree)


def adam_state(parameters):
    return parameters, zeros(parameters), zeros(parameters), jnp.float32(0)


def adam(state, gradients, rate, beta1, beta2, epsilon):
    parameters, first, second, count = state
    count = count + 1
    rate = rate / (1 - beta1 ** count)
    scale = jax.lax.rsqrt(1 - beta2 ** count)
    first = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, first, gradients)
    second = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, second, gradients)
    parameters = jax.tree.map(
        lambda p, m, v: p - rate * m / (jnp.sqrt(v) * scale + epsilon), parameters, first, second)
    return parameters, first, second, count


def learner(parameters, loss, settings=W.ADAM):
    """Adam on loss(parameters, x, label, key) → (what to minimize, what to report)."""
    def update(state, x, label, key):
        gradients, reported = jax.grad(loss, has_aux=True)(state[0], x, label, key)
        return adam(state, gradients, **settings), reported
    return adam_state(parameters), update


# MARK: Models

def deep_autoencoder(bench):
    half = len(W.DEEP_WIDTHS) // 2

    def loss(parameters, x, label, key):
        code = forward(x, parameters[:half], nn.relu)
        value = bernoulli(forward(code, parameters[half:], nn.relu), x)
        return value, value

    return learner(bench.layers(W.DEEP_WIDTHS, bench.he), loss)


def denoising_autoencoder(bench):
    def loss(parameters, x, label, key):
        masked = x * (jax.random.uniform(key, x.shape) < W.DENOISING_KEEP)
        code = nn.sigmoid(forward(masked, parameters[:1], None))
        value = bernoulli(forward(code, parameters[1:], None), x)
        # A sigmoid is its own absolute value.
        return value + W.DENOISING_SPARSITY / len(x) * code.sum(), value

    return learner(bench.layers((W.PIXELS, W.DENOISING_HIDDEN, W.PIXELS)), loss)


def vae_layers(bench):
    return (bench.layers((W.PIXELS, W.VAE_HIDDEN, 2 * W.VAE_LATENT))
            + bench.layers((W.VAE_LATENT, W.VAE_HIDDEN, W.PIXELS)))


def drawn(key, heads):
    """One draw of the code, and the divergence from the prior, mean over the batch."""
    mean, log_variance = jnp.split(heads, 2, axis=1)
    code = mean + jax.random.normal(key, mean.shape) * jnp.exp(0.5 * log_variance)
    return code, 0.5 * (mean ** 2 + jnp.exp(log_variance) - 1 - log_variance).sum() / len(heads)


def variational_autoencoder(bench):
    def loss(parameters, x, label, key):
        code, divergence = drawn(key, forward(x, parameters[:2], nn.relu))
        value = bernoulli(forward(code, parameters[2:], nn.relu), x) + divergence
        return value, value

    return learner(vae_layers(bench), loss)


def importance_weighted(bench):
    """log 1/K Σ w of K codes an example."""
    def loss(parameters, x, label, key):
        encoder, decoder = parameters
        mean, log_variance = jnp.split(forward(x, encoder, jnp.tanh), 2, axis=1)
        noise = jax.random.normal(key, (W.IWAE_DRAWS, *mean.shape))
        code = mean + jnp.exp(0.5 * log_variance) * noise
        logits = forward(code.reshape(-1, W.IWAE_LATENT), decoder, jnp.tanh).reshape(W.IWAE_DRAWS, *x.shape)
        # The prior's density over the posterior's; what is left of both are squares.
        ratio = 0.5 * (noise ** 2 - code ** 2 + log_variance).sum(2)
        likelihood = (x * logits - nn.softplus(logits)).sum(2)
        value = np.log(W.IWAE_DRAWS) - nn.logsumexp(likelihood + ratio, axis=0).mean()
        return value, value

    return learner((
        bench.layers((*W.IWAE_WIDTHS, 2 * W.IWAE_LATENT)), bench.layers((W.IWAE_LATENT, *W.IWAE_WIDTHS[::-1]))), loss)


def real_nvp(bench):
    """Affine couplings of a chessboard of pixels, batch normalization before each."""
    odd = (np.add.outer(np.arange(W.WIDTH), np.arange(W.WIDTH)) % 2).astype(np.float32).reshape(-1)
    masks = [odd if place % 2 == 0 else 1 - odd for place in range(W.NVP_COUPLINGS)]
    inside = 1 - 2 * W.NVP_MARGIN
    constant = W.PIXELS * (np.log(inside * (W.NVP_LEVELS - 1) / W.NVP_LEVELS) - 0.5 * np.log(2 * np.pi))

    def loss(couplings, averages, x, key):
        p = (x * (W.NVP_LEVELS - 1) + jax.random.uniform(key, x.shape)) * (inside / W.NVP_LEVELS) + W.NVP_MARGIN
        up, left = jnp.log(p), jnp.log1p(-p)
        z, total = up - left, -(up + left).sum(1)
        seen = []
        for kept, (first, last, scale), old in zip(masks, couplings, averages):
            mean = z.mean(0)
            variance = ((z - mean) ** 2).mean(0)
            seen.append(tuple(a + W.NVP_MOMENTUM * (v - a) for a, v in zip(old, (mean, variance))))
            spread = variance + W.NORM_EPSILON
            z = (z - mean) * jax.lax.rsqrt(spread)
            s, t = jnp.split(linear(nn.relu(linear(z * kept, *first)), *last), 2, axis=1)
            s = jnp.tanh(s) * (scale * (1 - kept))
            z = z * jnp.exp(s) + t * (1 - kept)
            total = total + s.sum(1) - 0.5 * jnp.log(spread).sum()
        return -(total - 0.5 * (z ** 2).sum(1)).mean() - constant, seen

    def update(state, x, label, key):
        adam_parts, averages = state
        (value, averages), gradients = jax.value_and_grad(loss, has_aux=True)(adam_parts[0], averages, x, key)
        return (adam(adam_parts, gradients, **W.ADAM), averages), value

    couplings = [
        (bench.he(W.PIXELS, W.NVP_HIDDEN), (jnp.zeros((W.NVP_HIDDEN, 2 * W.PIXELS)), jnp.zeros(2 * W.PIXELS)),
         jnp.ones(W.PIXELS)) for _ in masks
    ]
    averages = [(jnp.zeros(W.PIXELS), jnp.ones(W.PIXELS)) for _ in masks]
    return (adam_state(couplings), averages), update


def masked_autoencoder(bench):
    """MADE: each logit from the pixels before it, through hidden units and directly."""
    order = np.arange(W.PIXELS)
    degrees = np.arange(W.MADE_HIDDEN) * (W.PIXELS - 1) // W.MADE_HIDDEN
    below, above = ((a <= b).astype(np.float32) for a, b in ((order[:, None], degrees), (degrees[:, None] + 1, order)))
    direct = (order[:, None] < order).astype(np.float32)

    def loss(parameters, x, label, key):
        bits = draw(key, x)
        (first, bias), (last, offset), (shortcut, other) = parameters
        h = nn.relu(linear(bits, first * below, bias))
        value = bernoulli(linear(h, last * above, offset) + linear(bits, shortcut * direct, other), bits)
        return value, value

    return learner([
        bench.linear(W.PIXELS, W.MADE_HIDDEN), bench.linear(W.MADE_HIDDEN, W.PIXELS),
        bench.linear(W.PIXELS, W.PIXELS)], loss)


def reconstruct(layers, x):
    """Encode to the mean, decode to probabilities."""
    weight, bias = layers[1]
    mean = forward(x, [layers[0], (weight[:, :W.VAE_LATENT], bias[:W.VAE_LATENT])], nn.relu)
    return forward(mean, layers[2:], nn.relu, nn.sigmoid)


def convolutional_autoencoder(bench):
    channels, size = W.CONV_AE_CHANNELS, W.CONV_AE_SIZE
    flat = channels[-1] * W.NARROWEST ** 2

    def loss(parameters, x, label, key):
        encoder, (narrow, wide), decoder = parameters
        features = forward(as_images(x, W.WIDTH), encoder, nn.relu, nn.relu, down)
        features = nn.relu(linear(linear(as_rows(features), *narrow), *wide))
        value = bernoulli(as_rows(forward(as_images(features, W.NARROWEST), decoder, nn.relu, layer=up)), x)
        return value, value

    return learner((
        bench.layers(channels, bench.he_filters, size), bench.layers((flat, W.CONV_AE_CODE, flat), bench.he),
        bench.layers(channels[::-1], bench.he_filters, size, True)), loss)


def conv_vae_layers(bench):
    channels, size, hidden, latent = W.CONV_VAE_CHANNELS, W.CONV_VAE_SIZE, W.CONV_VAE_HIDDEN, W.CONV_VAE_LATENT
    flat = channels[-1] * W.NARROWEST ** 2
    return (
        bench.layers(channels, bench.filters, size), bench.layers((flat, hidden, 2 * latent)),
        bench.layers((latent, hidden, flat)), bench.layers(channels[::-1], bench.filters, size, True))


def convolutional_variational_autoencoder(bench):
    def loss(parameters, x, label, key):
        encoder, heads, start, decoder = parameters
        features = as_rows(forward(as_images(x, W.WIDTH), encoder, nn.relu, nn.relu, down))
        code, divergence = drawn(key, forward(features, heads, nn.relu))
        features = as_images(forward(code, start, nn.relu, nn.relu), W.NARROWEST)
        value = bernoulli(as_rows(forward(features, decoder, nn.relu, layer=up)), x) + divergence
        return value, value

    return learner(conv_vae_layers(bench), loss)


def conv_reconstruct(layers, x):
    """Encode to the mean, decode to probabilities."""
    encoder, (hidden, (weight, bias)), start, decoder = layers
    features = as_rows(forward(as_images(x, W.WIDTH), encoder, nn.relu, nn.relu, down))
    mean = forward(features, [hidden, (weight[:, :W.CONV_VAE_LATENT], bias[:W.CONV_VAE_LATENT])], nn.relu)
    features = as_images(forward(mean, start, nn.relu, nn.relu), W.NARROWEST)
    return as_rows(forward(features, decoder, nn.relu, nn.sigmoid, up))


def long_short_term(bench, inputs, units):
    """(weight_ih, weight_hh, bias_ih, bias_hh) as PyTorch starts an `LSTM`, the weights transposed."""
    bound = units ** -0.5
    shapes = (inputs, 4 * units), (units, 4 * units), (4 * units,), (4 * units,)
    return tuple(bench.draw(bench.random.uniform(-bound, bound, s)) for s in shapes)


def recurrent(x, layer, units):
    """[batch, steps, inputs] → (all outputs [steps, batch, units], the last state [batch, units])."""
    weight_ih, weight_hh, bias_ih, bias_hh = layer
    # One product for the inputs of all steps.
    inputs = jnp.swapaxes(x, 0, 1) @ weight_ih + (bias_ih + bias_hh)

    def step(state, x):
        h, c = state
        i, f, g, o = jnp.split(x + h @ weight_hh, 4, axis=1)
        c = nn.sigmoid(f) * c + nn.sigmoid(i) * jnp.tanh(g)
        h = nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    start = jnp.zeros((len(x), units))
    (last, _), outputs = jax.lax.scan(step, (start, start), inputs)
    return outputs, last


def recurrent_variational_autoencoder(bench):
    units, latent = W.LSTM_UNITS, W.LSTM_LATENT

    def loss(parameters, x, label, key):
        encoder, heads, decoder, last = parameters
        code, divergence = drawn(key, linear(recurrent(x.reshape(-1, W.WIDTH, W.WIDTH), encoder, units)[1], *heads))
        steps = jnp.broadcast_to(code[:, None], (len(code), W.WIDTH, latent))
        logits = linear(recurrent(steps, decoder, units)[0], *last)
        value = bernoulli(jnp.swapaxes(logits, 0, 1).reshape(x.shape), x) + divergence
        return value, value

    return learner((
        long_short_term(bench, W.WIDTH, units), bench.linear(units, 2 * latent),
        long_short_term(bench, latent, units), bench.linear(units, W.WIDTH)), loss)


def two_moves(generator, discriminator, make, judge, averages=((), ()), apart=False, game=None):
    """D on the true and the made batch, then G through the updated D.

    make(generator, averages, key) → (images, averages); judge(discriminator, averages, images) → (logits, averages).
    The averages are those of each player's batch norm. game is another pair of losses: of D given (judge, true, made),
    of G given (logits of made, logits of true)."""
    def d_loss(discriminator, averages, x, made):
        if game:
            return game[0](lambda images: judge(discriminator, averages, images)[0], x, made), averages
        if apart:  # Each half under a batch norm of its own.
            real, averages = judge(discriminator, averages, x)
            false, averages = judge(discriminator, averages, made)
        else:  # Both in one product.
            logits, averages = judge(discriminator, averages, jnp.concatenate((x, made)))
            real, false = jnp.split(logits, 2)
        return nn.softplus(-real).mean() + nn.softplus(false).mean(), averages

    def g_loss(generator, discriminator, averages, x, key):
        made, first = make(generator, averages[0], key)
        logits, second = judge(discriminator, averages[1], made)
        if game:
            return game[1](logits, judge(discriminator, averages[1], x)[0]), (first, second)
        return nn.softplus(-logits).mean(), (first, second)

    def update(state, x, label, key):
        g, d, (g_averages, d_averages) = state
        first, second = jax.random.split(key)
        made, g_averages = make(g[0], g_averages, first)
        gradients, d_averages = jax.grad(d_loss, has_aux=True)(d[0], d_averages, x * 2 - 1, made)
        d = adam(d, gradients, **W.GAN_ADAM)
        (reported, averages), gradients = jax.value_and_grad(g_loss, has_aux=True)(
            g[0], d[0], (g_averages, d_averages), x * 2 - 1, second)
        return (adam(g, gradients, **W.GAN_ADAM), d, averages), reported

    return (adam_state(generator), adam_state(discriminator), averages), update


def adversarial(bench):
    def make(generator, averages, key):
        noise = jax.random.normal(key, (bench.batch, W.GENERATOR_WIDTHS[0]))
        return forward(noise, generator, leaky, jnp.tanh), averages

    def judge(discriminator, averages, x):
        return forward(x, discriminator, leaky), averages

    return two_moves(bench.layers(W.GENERATOR_WIDTHS), bench.layers(W.DISCRIMINATOR_WIDTHS), make, judge)


def relativistic(bench):
    """Softplus of differences of logits, and half the squared norm of D's gradient at true and at made images."""
    def d_loss(judge, x, made):
        def said(images):
            logits = judge(images)
            return logits.sum(), logits

        slopes, logits = jax.grad(said, has_aux=True)(jnp.concatenate((x, made)))
        real, false = jnp.split(logits, 2)
        return nn.softplus(false - real).mean() + W.R3GAN_PENALTY / 2 / len(x) * (slopes ** 2).sum()

    def g_loss(made, real):
        return nn.softplus(real - made).mean()

    def make(generator, averages, key):
        noise = jax.random.normal(key, (bench.batch, W.GENERATOR_WIDTHS[0]))
        return forward(noise, generator, leaky, jnp.tanh), averages

    def judge(discriminator, averages, x):
        return forward(x, discriminator, leaky), averages

    return two_moves(
        bench.layers(W.GENERATOR_WIDTHS), bench.layers(W.DISCRIMINATOR_WIDTHS), make, judge, game=(d_loss, g_loss))


def norm(x, weight, bias, averages):
    """Batch norm by the batch's own statistics, which the running ones follow, as PyTorch has it: (y, averages)."""
    count, mean = x.size // x.shape[-1], x.mean((0, 1, 2))
    variance = (x * x).mean((0, 1, 2)) - mean * mean
    seen = mean, variance * (count / (count - 1))
    averages = tuple(a + W.NORM_MOMENTUM * (s - a) for a, s in zip(averages, seen))
    scale = weight * jax.lax.rsqrt(variance + W.NORM_EPSILON)
    return x * scale + (bias - mean * scale), averages


def convolutional_adversarial(bench):
    (blank, few, many), size, deviation = W.DCGAN_CHANNELS, W.DCGAN_SIZE, W.DCGAN_DEVIATION
    flat = many * W.NARROWEST ** 2

    def make(generator, averages, key):
        dense, middle, scale, last = generator
        x = nn.relu(linear(jax.random.normal(key, (bench.batch, W.DCGAN_NOISE)), *dense))
        x, averages = norm(up(as_images(x, W.NARROWEST), *middle), *scale, averages)
        return as_rows(jnp.tanh(up(nn.relu(x), *last))), averages

    def judge(discriminator, averages, x):
        first, middle, scale, dense = discriminator
        x, averages = norm(down(leaky(down(as_images(x, W.WIDTH), *first)), *middle), *scale, averages)
        return linear(as_rows(leaky(x)), *dense), averages

    ones, zeros = jnp.ones, jnp.zeros
    generator = [
        bench.normal(W.DCGAN_NOISE, flat, deviation), bench.filters(many, few, size, True, deviation),
        (ones(few), zeros(few)), bench.filters(few, blank, size, True, deviation),
    ]
    discriminator = [
        bench.filters(blank, few, size, False, deviation), bench.filters(few, many, size, False, deviation),
        (ones(many), zeros(many)), bench.normal(flat, 1, deviation),
    ]
    averages = tuple((zeros(channels), ones(channels)) for channels in (few, many))
    return two_moves(generator, discriminator, make, judge, averages, apart=True)


def cross_entropy(logits, label):
    """Mean over the batch."""
    return (nn.logsumexp(logits, axis=1) - jnp.take_along_axis(logits, label[:, None], axis=1)[:, 0]).mean()


def multitask(bench):
    def loss(parameters, x, label, key):
        # The three heads side by side: logits of ten classes, of two, and the mean intensity.
        heads = forward(x, parameters, nn.relu)
        value = cross_entropy(heads[:, :10], label)
        parity = cross_entropy(heads[:, 10:12], label % 2)
        value = value + parity + ((heads[:, 12] - x.mean(1)) ** 2).mean()
        return value, value

    return learner(bench.layers(W.TRUNK_WIDTHS + (W.CLASSES + 3,)), loss)


def classifier(bench):
    def loss(parameters, x, label):
        return cross_entropy(forward(x, parameters, nn.relu), label)

    def update(state, x, label, key):
        parameters, velocities = state
        value, gradients = jax.value_and_grad(loss)(parameters, x, label)
        velocities = jax.tree.map(lambda u, g: W.CLASSIFIER_MOMENTUM * u + g, velocities, gradients)
        parameters = jax.tree.map(lambda p, u: p - W.CLASSIFIER_RATE * u, parameters, velocities)
        return (parameters, velocities), value

    parameters = bench.layers(W.CLASSIFIER_WIDTHS)
    return (parameters, zeros(parameters)), update


def contrastive(bench):
    """SimCLR: two masked views of each image, each to be told from all others by its partner."""
    def loss(parameters, x, label, key):
        views = (x * (jax.random.uniform(key, (2, *x.shape)) < W.SIMCLR_KEEP)).reshape(-1, W.PIXELS)
        z = forward(views, parameters, nn.relu)
        # Length 1 over the root of the temperature: what divides the similarities divides 64 numbers a row.
        z = z * jax.lax.rsqrt(W.SIMCLR_TEMPERATURE * ((z * z).sum(1, keepdims=True) + W.SIMCLR_EPSILON))
        others = jnp.where(jnp.eye(len(z), dtype=bool), -jnp.inf, z @ z.T)
        # The similarity of partners, which have one in common, from their rows: nothing to gather or scatter.
        value = nn.logsumexp(others, axis=1).mean() - (z[:len(x)] * z[len(x):]).sum() / len(x)
        return value, value

    return learner(bench.layers(W.SIMCLR_WIDTHS), loss)


def unet_layers(bench):
    """In the order of their use."""
    (blank, few, many), size = W.UNET_CHANNELS, W.UNET_SIZE

    def filters(inputs, outputs):
        return bench.filters(inputs, outputs, size)

    def scale(channels):
        return jnp.ones(channels), jnp.zeros(channels)

    def residual(inputs, outputs):
        block = [scale(inputs), filters(inputs, outputs), scale(outputs), filters(outputs, outputs)]
        return block + ([bench.filters(inputs, outputs, 1)] if inputs != outputs else [])

    return [
        *bench.layers((W.UNET_TIMES, W.UNET_EMBEDDING, W.UNET_EMBEDDING)),
        bench.linear(W.UNET_EMBEDDING, sum(W.UNET_BLOCKS)),
        filters(blank, few), *residual(few, few), filters(few, many), *residual(many, many),
        filters(many, many), *residual(many, many),
        filters(many, many), *residual(2 * many, many), filters(many, few), *residual(2 * few, few),
        scale(few), filters(few, blank),
    ]


def group_norm(x, weight, bias):
    batch, height, width, channels = x.shape
    groups = x.reshape(batch, height * width, W.UNET_GROUPS, -1)
    mean = groups.mean((1, 3))
    variance = (groups * groups).mean((1, 3)) - mean * mean
    mean, deviation = (jnp.repeat(s, channels // W.UNET_GROUPS, 1) for s in (
        mean, jax.lax.rsqrt(variance + W.NORM_EPSILON)))
    scale = weight * deviation
    return x * scale[:, None, None] + (bias - mean * scale)[:, None, None]


def unet(layers, x, t):
    """v(x, t) of images [batch, 28, 28, 1] and times [batch]."""
    left = iter(layers[3:])

    def conv(x, stride=1):
        weight, bias = next(left)
        around = len(weight) // 2
        return convolve(x, weight, stride, ((around, around), (around, around))) + bias

    def active(x):
        return nn.silu(group_norm(x, *next(left)))

    def block(x):
        h = conv(active(x)) + next(conditions)
        h = conv(active(h))
        return h + (x if h.shape == x.shape else conv(x))

    def wider(x):
        return conv(jnp.repeat(jnp.repeat(x, 2, 1), 2, 2))

    half = W.UNET_TIMES // 2
    angles = t[:, None] * (1000 * np.exp(np.arange(half, dtype=np.float32) * (-np.log(W.UNET_SLOWEST) / half)))
    embedding = forward(jnp.concatenate((jnp.cos(angles), jnp.sin(angles)), 1), layers[:2], nn.silu, nn.silu)
    # What the blocks add is one product.
    added = linear(embedding, *layers[2])[:, None, None]
    conditions = iter(jnp.split(added, np.cumsum(W.UNET_BLOCKS)[:-1], 3))

    first = block(conv(x))
    second = block(conv(first, 2))
    x = block(conv(second, 2))
    x = block(jnp.concatenate((wider(x), second), 3))
    x = block(jnp.concatenate((wider(x), first), 3))
    return conv(active(x))


def flow_matching(bench):
    """Straight paths from noise to images; the network learns the velocity along them."""
    def loss(parameters, x, label, key):
        image = as_images(x, W.WIDTH) * 2 - 1
        first, second = jax.random.split(key)
        noise, t = jax.random.normal(first, image.shape), jax.random.uniform(second, (len(x),))
        path = noise + t[:, None, None, None] * (image - noise)
        value = ((unet(parameters, path, t) - (image - noise)) ** 2).mean()
        return value, value

    return learner(unet_layers(bench), loss, W.UNET_ADAM)


def draw(key, p):
    return (jax.random.uniform(key, p.shape) < p).astype(jnp.float32)


def boltzmann(bench, persistent):
    def learn(parameters, velocities, v, ph, v1, ph1):
        """The velocities follow minus the direction of ascent."""
        slopes = {
            "weight": (v1.T @ ph1 - v.T @ ph) / len(v) + W.RBM_DECAY * parameters["weight"],
            "visible": (v1 - v).mean(0), "hidden": (ph1 - ph).mean(0),
        }
        velocities = jax.tree.map(lambda u, g: W.RBM_MOMENTUM * u - W.RBM_RATE * g, velocities, slopes)
        return jax.tree.map(jnp.add, parameters, velocities), velocities

    def update(state, v, label, key):
        parameters, velocities, chain = state
        weight, b, c = parameters["weight"], parameters["visible"], parameters["hidden"]
        first, second = jax.random.split(key)
        inputs = v @ weight + c
        ph = nn.sigmoid(inputs)
        v1 = nn.sigmoid(draw(first, nn.sigmoid(chain @ weight + c) if persistent else ph) @ weight.T + b)
        v1 = draw(second, v1) if persistent else v1
        ph1 = nn.sigmoid(v1 @ weight + c)
        reported = -(v @ b + nn.softplus(inputs).sum(1)).mean() if persistent else ((v1 - v) ** 2).sum() / len(v)
        chain = v1 if persistent else chain
        return (*learn(parameters, velocities, v, ph, v1, ph1), chain), reported

    parameters = {
        "weight": bench.draw(bench.random.normal(0, 0.01, (W.PIXELS, W.RBM_HIDDEN))),
        "visible": jnp.zeros(W.PIXELS), "hidden": jnp.zeros(W.RBM_HIDDEN),
    }
    chain = bench.draw(bench.random.uniform(size=(W.RBM_CHAINS if persistent else 0, W.PIXELS)))
    return (parameters, zeros(parameters), chain), update


def deep_boltzmann(bench):
    """Mean field against persistent chains."""
    widths = (W.PIXELS, *W.DBM_HIDDEN)

    def update(state, v, label, key):
        parameters, velocities, chain = state
        (w1, w2), (b, c1, c2) = parameters["weights"], parameters["biases"]
        from_below = v @ w1
        h1 = nn.sigmoid(2 * from_below + c1)
        h2 = nn.sigmoid(h1 @ w2 + c2)
        for _ in range(W.DBM_MEAN_FIELD):
            h1 = nn.sigmoid(from_below + h2 @ w2.T + c1)
            h2 = nn.sigmoid(h1 @ w2 + c2)
        error = ((nn.sigmoid(h1 @ w1.T + b) - v) ** 2).sum() / len(v)
        n0, n1, n2 = chain
        for step in range(W.DBM_GIBBS):
            keys = jax.random.split(jax.random.fold_in(key, step), 3)
            n1 = draw(keys[0], nn.sigmoid(n0 @ w1 + n2 @ w2.T + c1))
            n0 = draw(keys[1], nn.sigmoid(n1 @ w1.T + b))
            n2 = draw(keys[2], nn.sigmoid(n1 @ w2 + c2))
        positive, negative = (v, h1, h2), (n0, n1, n2)
        slopes = {
            "weights": [
                (n.T @ m - p.T @ q) / len(v) + W.RBM_DECAY * w
                for n, m, p, q, w in zip(negative, negative[1:], positive, positive[1:], (w1, w2))
            ],
            "biases": [(n - p).mean(0) for n, p in zip(negative, positive)],
        }
        velocities = jax.tree.map(lambda u, g: W.RBM_MOMENTUM * u - W.DBM_RATE * g, velocities, slopes)
        return (jax.tree.map(jnp.add, parameters, velocities), velocities, negative), error

    parameters = {
        "weights": [bench.draw(bench.random.normal(0, 0.01, shape)) for shape in zip(widths, widths[1:])],
        "biases": [jnp.zeros(width) for width in widths],
    }
    chain = tuple(bench.draw(bench.random.uniform(size=(W.DBM_CHAINS, width))) for width in widths)
    return (parameters, zeros(parameters), chain), update


MODELS = {
    "ae-deep": deep_autoencoder, "ae-denoising": denoising_autoencoder, "vae": variational_autoencoder,
    "rbm": lambda bench: boltzmann(bench, persistent=False),
    "rbm-pcd": lambda bench: boltzmann(bench, persistent=True), "dbm-joint": deep_boltzmann,
    "gan": adversarial, "multitask": multitask, "classifier": classifier, "conv-ae": convolutional_autoencoder,
    "vae-conv": convolutional_variational_autoencoder, "dcgan": convolutional_adversarial,
    "lstm-vae": recurrent_variational_autoencoder, "simclr-mlp": contrastive, "unet": flow_matching,
    "iwae": importance_weighted, "r3gan": relativistic, "real-nvp": real_nvp, "made": masked_autoencoder,
}
