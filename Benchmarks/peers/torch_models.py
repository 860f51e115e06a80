"""The training steps in PyTorch: a name → builder table.

A builder takes a `Bench` and returns `step(number)`, which learns from that batch and returns the loss as a tensor.
Models are lists of tensors and functions of them, so that the same text runs eagerly, with autograd and a fused
optimizer, and compiled whole, with `torch.func` gradients and the optimizer inside the graph. Heads that read the
same layer are one product.
"""
import math

import torch
import torch.nn.functional as F

import data
import workloads as W


def compile_whole(function):
    """One graph, called from C++. Draws are eager mode's, which are faster on CPUs than those that Inductor writes."""
    import torch._inductor.config as inductor

    inductor.cpp_wrapper = True
    inductor.fallback_random = True
    return torch.compile(function, fullgraph=True, dynamic=False)


def on_device(array):
    """The array where tensors are made: on the CPU, or on the GPU that is the default."""
    return torch.from_numpy(array).to(torch.get_default_device())


class Bench:
    """The data, and how a step is run: eagerly or compiled, or captured as a CUDA graph (`torch_cuda.py`)."""

    def __init__(self, batch, compiled, seed):
        torch.manual_seed(seed)
        self.batch, self.compiled, self.captured = batch, compiled, False
        self.images = on_device(data.images())
        self.order = on_device(data.order(batch))

    def rows(self, number):
        """The index array of a batch."""
        if self.captured:  # A graph reads the same memory in each step.
            return self.current
        start = data.start(number, self.batch)
        return self.order[start:start + self.batch]

    def compile(self, function):
        return compile_whole(function) if self.compiled else function

    def learner(self, loss, parameters, optimizer, keep=None):
        """A step from a loss: loss(parameters, rows) → (what to minimize, what to report). With keep, which is given
        what running averages follow, the latter is (what to report, that)."""
        def told(reported):
            if keep is None:
                return reported.detach()
            with torch.no_grad():
                keep(reported[1])
            return reported[0].detach()

        if self.compiled:
            gradient = torch.func.grad(loss, has_aux=True)

            def whole(rows):
                gradients, reported = gradient(parameters, rows)
                with torch.no_grad():
                    optimizer.update(gradients)
                return told(reported)

            whole = self.compile(whole)
            return lambda number: whole(self.rows(number))

        fused = optimizer.fused()

        def step(number):
            minimized, reported = loss(parameters, self.rows(number))
            fused.zero_grad(set_to_none=True)
            minimized.backward()
            fused.step()
            return told(reported)

        return step


class Adam:
    """The update as PyTorch's own fused kernel does it, and as plain operations for the compiler to fuse."""

    def __init__(self, parameters, rate, beta1, beta2, epsilon):
        self.parameters = parameters
        self.settings = rate, beta1, beta2, epsilon
        self.first = [torch.zeros_like(p) for p in parameters]
        self.second = [torch.zeros_like(p) for p in parameters]
        # The powers of the betas as state: a step number that Python counts would compile anew each step.
        self.powers = torch.ones(2)
        self.betas = torch.tensor([beta1, beta2])

    def fused(self):
        rate, beta1, beta2, epsilon = self.settings
        on_gpu = self.powers.is_cuda
        return torch.optim.Adam(
            self.parameters, lr=rate, betas=(beta1, beta2), eps=epsilon, fused=True, capturable=on_gpu)

    def update(self, gradients):
        rate, beta1, beta2, epsilon = self.settings
        self.powers.mul_(self.betas)
        corrections = 1 - self.powers
        rate = rate / corrections[0]
        scale = corrections[1].rsqrt()
        for p, g, m, v in zip(self.parameters, gradients, self.first, self.second):
            m.lerp_(g, 1 - beta1)
            v.mul_(beta2).addcmul_(g, g, value=1 - beta2)
            p.sub_(rate * m / (v.sqrt() * scale + epsilon))


class Momentum:
    def __init__(self, parameters, rate, momentum):
        self.parameters, self.rate, self.momentum = parameters, rate, momentum
        self.velocities = [torch.zeros_like(p) for p in parameters]

    def fused(self):
        return torch.optim.SGD(self.parameters, lr=self.rate, momentum=self.momentum, fused=True)

    def update(self, gradients):
        for p, g, u in zip(self.parameters, gradients, self.velocities):
            u.mul_(self.momentum).add_(g)
            p.sub_(u, alpha=self.rate)


def linear(inputs, outputs):
    """[weight, bias] as PyTorch starts a `Linear`."""
    bound = inputs ** -0.5
    return [torch.empty(shape).uniform_(-bound, bound).requires_grad_() for shape in ((outputs, inputs), (outputs,))]


def normal(inputs, outputs, deviation):
    weight = torch.empty(outputs, inputs).normal_(0, deviation)
    return [weight.requires_grad_(), torch.zeros(outputs, requires_grad=True)]


def he(inputs, outputs):
    return normal(inputs, outputs, (2 / inputs) ** 0.5)


def filters(inputs, outputs, size, transposed=False, deviation=None):
    """[weight, bias], channels last: normal and zero, or as PyTorch starts a convolution. To it, the fan of a
    transposed one is that of the outputs."""
    shape = (inputs, outputs) if transposed else (outputs, inputs)
    weight = torch.empty(*shape, size, size, memory_format=torch.channels_last)
    bias, bound = torch.zeros(outputs), (shape[1] * size ** 2) ** -0.5
    if deviation:
        weight.normal_(0, deviation)
    else:
        weight.uniform_(-bound, bound)
        bias.uniform_(-bound, bound)
    return [weight.requires_grad_(), bias.requires_grad_()]


def he_filters(inputs, outputs, size, transposed=False):
    return filters(inputs, outputs, size, transposed, (2 / (inputs * size ** 2)) ** 0.5)


def scale(channels):
    """[weight, bias] of a norm."""
    return [torch.ones(channels, requires_grad=True), torch.zeros(channels, requires_grad=True)]


def layers(widths, layer=linear, *settings):
    return [p for pair in zip(widths, widths[1:]) for p in layer(*pair, *settings)]


def forward(x, parameters, activation, last=None, layer=F.linear):
    """Layers, dense or `down` or `up`, `activation` between them and `last` after the last."""
    for position in range(0, len(parameters), 2):
        x = layer(x, parameters[position], parameters[position + 1])
        if position + 2 < len(parameters):
            x = activation(x)
        elif last:
            x = last(x)
    return x


def down(x, weight, bias):
    """Half as wide and high."""
    return F.conv2d(x, weight, bias, stride=2, padding=1)


def up(x, weight, bias):
    """Twice as wide and high: with an odd filter, the last row and column are padding."""
    return F.conv_transpose2d(x, weight, bias, stride=2, padding=1, output_padding=weight.shape[2] % 2)


def as_images(x, width):
    """Rows as images [batch, channels, width, width], channels last, without a copy."""
    return x.view(len(x), width, width, -1).permute(0, 3, 1, 2)


def as_rows(x):
    """The way back."""
    return x.permute(0, 2, 3, 1).flatten(1)


def leaky(x):
    return F.leaky_relu(x, W.LEAK)


def bernoulli(logits, x):
    """−log p(x), summed over pixels, mean over the batch."""
    return F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)


# MARK: Models

def deep_autoencoder(bench):
    parameters = layers(W.DEEP_WIDTHS, he)
    middle = len(parameters) // 2

    def loss(parameters, rows):
        x = bench.images.index_select(0, rows)
        code = forward(x, parameters[:middle], F.relu)
        value = bernoulli(forward(code, parameters[middle:], F.relu), x)
        return value, value

    return bench.learner(loss, parameters, Adam(parameters, **W.ADAM))


def denoising_autoencoder(bench):
    parameters = layers((W.PIXELS, W.DENOISING_HIDDEN, W.PIXELS))

    def loss(parameters, rows):
        x = bench.images.index_select(0, rows)
        # Three times faster than bernoulli_ and dropout, whose draws are double precision.
        masked = x * (torch.rand_like(x) < W.DENOISING_KEEP)
        code = torch.sigmoid(F.linear(masked, *parameters[:2]))
        value = bernoulli(F.linear(code, *parameters[2:]), x)
        # A sigmoid is its own absolute value.
        return value + W.DENOISING_SPARSITY / bench.batch * code.sum(), value

    return bench.learner(loss, parameters, Adam(parameters, **W.ADAM))


def drawn(heads):
    """One draw of the code, and the divergence from the prior, mean over the batch."""
    mean, log_variance = heads.chunk(2, 1)
    code = torch.addcmul(mean, torch.randn_like(mean), (0.5 * log_variance).exp())
    return code, 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum() / len(heads)


class VariationalAutoencoder:
    def __init__(self):
        encoder = (W.PIXELS, W.VAE_HIDDEN, 2 * W.VAE_LATENT)
        self.parameters = layers(encoder) + layers((W.VAE_LATENT, W.VAE_HIDDEN, W.PIXELS))

    def bound(self, parameters, x):
        """−ELBO, mean over the batch, one draw of the code."""
        code, divergence = drawn(forward(x, parameters[:4], F.relu))
        return bernoulli(forward(code, parameters[4:], F.relu), x) + divergence

    def reconstruct(self, x):
        """Encode to the mean, decode to probabilities."""
        weights = self.parameters
        h = torch.relu_(F.linear(x, *weights[:2]))
        # Only the rows of the mean: views, made once per call and never copied.
        mean = F.linear(h, weights[2][:W.VAE_LATENT], weights[3][:W.VAE_LATENT])
        h = torch.relu_(F.linear(mean, *weights[4:6]))
        return torch.sigmoid_(F.linear(h, *weights[6:]))


def importance_weighted(bench):
    """log 1/K Σ w of K codes an example."""
    encoder = layers((*W.IWAE_WIDTHS, 2 * W.IWAE_LATENT))
    parameters, middle = encoder + layers((W.IWAE_LATENT, *W.IWAE_WIDTHS[::-1])), len(encoder)

    def loss(parameters, rows):
        x = bench.images.index_select(0, rows)
        mean, log_variance = forward(x, parameters[:middle], torch.tanh).chunk(2, 1)
        noise = torch.randn(W.IWAE_DRAWS, *mean.shape)
        code = mean + (0.5 * log_variance).exp() * noise
        logits = forward(code.flatten(0, 1), parameters[middle:], torch.tanh).view(W.IWAE_DRAWS, *x.shape)
        # The prior's density over the posterior's; what is left of both are squares.
        ratio = 0.5 * (noise.square() - code.square() + log_variance).sum(2)
        likelihood = (x * logits - F.softplus(logits)).sum(2)
        value = math.log(W.IWAE_DRAWS) - (likelihood + ratio).logsumexp(0).mean()
        return value, value

    return bench.learner(loss, parameters, Adam(parameters, **W.ADAM))


def real_nvp(bench):
    """Affine couplings of a chessboard of pixels, batch normalization before each."""
    row, column = torch.meshgrid(torch.arange(W.WIDTH), torch.arange(W.WIDTH), indexing="ij")
    odd = ((row + column) % 2).float().flatten()
    masks = [odd if place % 2 == 0 else 1 - odd for place in range(W.NVP_COUPLINGS)]
    parameters = []
    for _ in masks:
        last = [torch.zeros(2 * W.PIXELS, W.NVP_HIDDEN), torch.zeros(2 * W.PIXELS), torch.ones(W.PIXELS)]
        parameters += he(W.PIXELS, W.NVP_HIDDEN) + [p.requires_grad_() for p in last]
    averages = [start(W.PIXELS) for _ in masks for start in (torch.zeros, torch.ones)]
    inside = 1 - 2 * W.NVP_MARGIN
    constant = W.PIXELS * (
        math.log(inside * (W.NVP_LEVELS - 1) / W.NVP_LEVELS) - 0.5 * math.log(2 * math.pi))

    def loss(parameters, rows):
        x = bench.images.index_select(0, rows)
        p = (x * (W.NVP_LEVELS - 1) + torch.rand_like(x)) * (inside / W.NVP_LEVELS) + W.NVP_MARGIN
        up, left = p.log(), (1 - p).log()
        z, total = up - left, -(up + left).sum(1)
        seen = []
        for place, kept in enumerate(masks):
            weight, bias, last, offset, scale = parameters[5 * place:5 * place + 5]
            mean = z.mean(0)
            variance = (z - mean).square().mean(0)
            seen += [mean, variance]
            spread = variance + W.NORM_EPSILON
            z = (z - mean) * spread.rsqrt()
            h = F.relu(F.linear(z * kept, weight, bias))
            s, t = F.linear(h, last, offset).chunk(2, 1)
            s = s.tanh() * (scale * (1 - kept))
            z = z * s.exp() + t * (1 - kept)
            total = total + s.sum(1) - 0.5 * spread.log().sum()
        value = -(total - 0.5 * z.square().sum(1)).mean() - constant
        return value, (value, seen)

    def keep(seen):
        for average, value in zip(averages, seen):
            average.lerp_(value.detach(), W.NVP_MOMENTUM)

    return bench.learner(loss, parameters, Adam(parameters, **W.ADAM), keep)


def masked_autoencoder(bench):
    """MADE: each logit from the pixels before it, through hidden units and directly."""
    order = torch.arange(W.PIXELS)
    degrees = torch.arange(W.MADE_HIDDEN) * (W.PIXELS - 1) // W.MADE_HIDDEN
    below = (degrees[:, None] >= order).float()
    above, direct = (order[:, None] > degrees).float(), (order[:, None] > order).float()
    parameters = linear(W.PIXELS, W.MADE_HIDDEN) + linear(W.MADE_HIDDEN, W.PIXELS) + linear(W.PIXELS, W.PIXELS)

    def loss(parameters, rows):
        x = bench.images.index_select(0, rows)
        bits = (torch.rand_like(x) < x).float()
        first, bias, last, offset, shortcut, other = parameters
        h = F.relu(F.linear(bits, first * below, bias))
        value = bernoulli(F.linear(h, last * above, offset) + F.linear(bits, shortcut * direct, other), bits)
        return value, value

    return bench.learner(loss, parameters, Adam(parameters, **W.ADAM))


def variational(bench, model):
    def loss(parameters, rows):
        value = model.bound(parameters, bench.images.index_select(0, rows))
        return value, value

    return bench.learner(loss, model.parameters, Adam(model.parameters, **W.ADAM))


def convolutional_autoencoder(bench):
    channels, size = W.CONV_AE_CHANNELS, W.CONV_AE_SIZE
    flat = channels[-1] * W.NARROWEST ** 2
    encoder, decoder = (layers(c, he_filters, size, back) for c, back in ((channels, False), (channels[::-1], True)))
    dense = layers((flat, W.CONV_AE_CODE, flat), he)
    parameters = encoder + dense + decoder

    def loss(parameters, rows):
        x = bench.images.index_select(0, rows)
        encoder, dense, decoder = parameters[:4], parameters[4:8], parameters[8:]
        features = forward(as_images(x, W.WIDTH), encoder, F.relu, F.relu, down)
        features = F.relu(F.linear(F.linear(as_rows(features), *dense[:2]), *dense[2:]))
        value = bernoulli(as_rows(forward(as_images(features, W.NARROWEST), decoder, F.relu, layer=up)), x)
        return value, value

    return bench.learner(loss, parameters, Adam(parameters, **W.ADAM))


class ConvolutionalVariationalAutoencoder:
    def __init__(self):
        channels, size, hidden, latent = W.CONV_VAE_CHANNELS, W.CONV_VAE_SIZE, W.CONV_VAE_HIDDEN, W.CONV_VAE_LATENT
        flat = channels[-1] * W.NARROWEST ** 2
        self.parameters = layers(channels, filters, size) + layers((flat, hidden, 2 * latent))
        self.parameters += layers((latent, hidden, flat)) + layers(channels[::-1], filters, size, True)

    def bound(self, parameters, x):
        """−ELBO, mean over the batch, one draw of the code."""
        features = as_rows(forward(as_images(x, W.WIDTH), parameters[:4], F.relu, F.relu, down))
        code, divergence = drawn(forward(features, parameters[4:8], F.relu))
        features = as_images(forward(code, parameters[8:12], F.relu, F.relu), W.NARROWEST)
        return bernoulli(as_rows(forward(features, parameters[12:], F.relu, layer=up)), x) + divergence

    def reconstruct(self, x):
        """Encode to the mean, decode to probabilities."""
        weights = self.parameters
        h = as_rows(forward(as_images(x, W.WIDTH), weights[:4], torch.relu_, torch.relu_, down))
        h = torch.relu_(F.linear(h, *weights[4:6]))
        # Only the rows of the mean: views, made once per call and never copied.
        mean = F.linear(h, weights[6][:W.CONV_VAE_LATENT], weights[7][:W.CONV_VAE_LATENT])
        h = as_images(forward(mean, weights[8:12], torch.relu_, torch.relu_), W.NARROWEST)
        return as_rows(forward(h, weights[12:], torch.relu_, torch.sigmoid_, up))


def long_short_term(inputs, units):
    """[weight_ih, weight_hh, bias_ih, bias_hh] as PyTorch starts an `LSTM`."""
    bound = units ** -0.5
    shapes = ((4 * units, inputs), (4 * units, units), (4 * units,), (4 * units,))
    return [torch.empty(shape).uniform_(-bound, bound).requires_grad_() for shape in shapes]


def recurrent(x, parameters, units):
    """[batch, steps, inputs] → (all outputs [batch, steps, units], the last state [batch, units])."""
    start = x.new_zeros(1, len(x), units)
    outputs, last, _ = torch.lstm(x, (start, start), parameters, True, 1, 0.0, True, False, True)
    return outputs, last[0]


def recurrent_variational_autoencoder(bench):
    units, latent = W.LSTM_UNITS, W.LSTM_LATENT
    parameters = long_short_term(W.WIDTH, units) + linear(units, 2 * latent)
    parameters += long_short_term(latent, units) + linear(units, W.WIDTH)

    def loss(parameters, rows):
        x = bench.images.index_select(0, rows)
        last = recurrent(x.view(-1, W.WIDTH, W.WIDTH), parameters[:4], units)[1]
        code, divergence = drawn(F.linear(last, *parameters[4:6]))
        outputs = recurrent(code.unsqueeze(1).expand(-1, W.WIDTH, -1), parameters[6:10], units)[0]
        value = bernoulli(F.linear(outputs, *parameters[10:]).flatten(1), x) + divergence
        return value, value

    return bench.learner(loss, parameters, Adam(parameters, **W.ADAM))


def two_moves(bench, generator, discriminator, make, judge, averages=((), ()), apart=False, game=None):
    """D on the true and the made batch, then G through the updated D.

    make(generator, averages) → images; judge(discriminator, averages, images) → logits. The averages are those
    of each player's batch norm: arguments, as a gradient's function may write to nothing else. game is another pair
    of losses: of D given (judge, true, made), of G given (logits of made, a function to the logits of true)."""
    g_adam, d_adam = (Adam(player, **W.GAN_ADAM) for player in (generator, discriminator))

    def d_loss(discriminator, averages, x, made):
        if game:
            return game[0](lambda images: judge(discriminator, averages, images), x, made)
        if apart:  # Each half under a batch norm of its own.
            real, false = (judge(discriminator, averages, images) for images in (x, made))
        else:  # Both in one product.
            real, false = judge(discriminator, averages, torch.cat((x, made))).split(bench.batch)
        return (F.softplus(-real).sum() + F.softplus(false).sum()) / bench.batch

    def g_loss(generator, discriminator, averages, x):
        """The loss, and once more as what is reported."""
        if game:
            made = judge(discriminator, averages[1], make(generator, averages[0]))
            value = game[1](made, judge(discriminator, averages[1], x))
            return value, value
        value = F.softplus(-judge(discriminator, averages[1], make(generator, averages[0]))).mean()
        return value, value

    def images(rows):
        return bench.images.index_select(0, rows).mul_(2).sub_(1)

    if bench.compiled:
        d_gradient, g_gradient = torch.func.grad(d_loss), torch.func.grad(g_loss, has_aux=True)

        def whole(rows):
            x, made = images(rows), make(generator, averages[0]).detach()
            gradients = d_gradient(discriminator, averages[1], x, made)
            with torch.no_grad():
                d_adam.update(gradients)
            gradients, reported = g_gradient(generator, discriminator, averages, x)
            with torch.no_grad():
                g_adam.update(gradients)
            return reported.detach()

        whole = bench.compile(whole)
        return lambda number: whole(bench.rows(number))

    g_fused, d_fused = g_adam.fused(), d_adam.fused()

    def step(number):
        with torch.no_grad():
            x, made = images(bench.rows(number)), make(generator, averages[0])
        d_fused.zero_grad(set_to_none=True)
        d_loss(discriminator, averages[1], x, made).backward()
        d_fused.step()
        g_fused.zero_grad(set_to_none=True)
        # Only the generator's gradients are worked out.
        value, reported = g_loss(generator, discriminator, averages, x)
        value.backward(inputs=generator)
        g_fused.step()
        return reported.detach()

    return step


def adversarial(bench):
    def make(generator, _):
        return forward(torch.randn(bench.batch, W.GENERATOR_WIDTHS[0]), generator, leaky, torch.tanh)

    def judge(discriminator, _, x):
        return forward(x, discriminator, leaky)

    return two_moves(bench, layers(W.GENERATOR_WIDTHS), layers(W.DISCRIMINATOR_WIDTHS), make, judge)


def relativistic(bench):
    """Softplus of differences of logits, and half the squared norm of D's gradient at true and at made images."""
    def d_loss(judge, x, made):
        def said(images):
            logits = judge(images)
            return logits.sum(), logits

        slopes, logits = torch.func.grad(said, has_aux=True)(torch.cat((x, made)))
        real, false = logits.split(bench.batch)
        return F.softplus(false - real).mean() + W.R3GAN_PENALTY / 2 / bench.batch * slopes.square().sum()

    def g_loss(made, real):
        return F.softplus(real - made).mean()

    def make(generator, _):
        return forward(torch.randn(bench.batch, W.GENERATOR_WIDTHS[0]), generator, leaky, torch.tanh)

    def judge(discriminator, _, x):
        return forward(x, discriminator, leaky)

    return two_moves(
        bench, layers(W.GENERATOR_WIDTHS), layers(W.DISCRIMINATOR_WIDTHS), make, judge, game=(d_loss, g_loss))


def norm(x, weight, bias, average, variance):
    """Batch norm by the batch's own statistics, which the running ones follow."""
    return F.batch_norm(x, average, variance, weight, bias, True, W.NORM_MOMENTUM, W.NORM_EPSILON)


def convolutional_adversarial(bench):
    (blank, few, many), size, deviation = W.DCGAN_CHANNELS, W.DCGAN_SIZE, W.DCGAN_DEVIATION
    flat = many * W.NARROWEST ** 2
    generator = [
        *normal(W.DCGAN_NOISE, flat, deviation), *filters(many, few, size, True, deviation), *scale(few),
        *filters(few, blank, size, True, deviation),
    ]
    discriminator = [
        *filters(blank, few, size, False, deviation), *filters(few, many, size, False, deviation), *scale(many),
        *normal(flat, 1, deviation),
    ]

    def make(generator, averages):
        x = F.relu(F.linear(torch.randn(bench.batch, W.DCGAN_NOISE), *generator[:2]))
        x = F.relu(norm(up(as_images(x, W.NARROWEST), *generator[2:4]), *generator[4:6], *averages))
        return as_rows(torch.tanh(up(x, *generator[6:])))

    def judge(discriminator, averages, x):
        x = leaky(down(as_images(x, W.WIDTH), *discriminator[:2]))
        x = leaky(norm(down(x, *discriminator[2:4]), *discriminator[4:6], *averages))
        return F.linear(as_rows(x), *discriminator[6:])

    averages = [(torch.zeros(channels), torch.ones(channels)) for channels in (few, many)]
    return two_moves(bench, generator, discriminator, make, judge, averages, apart=True)


def multitask(bench):
    # The three heads side by side: logits of ten classes, of two, and the mean intensity.
    parameters = layers(W.TRUNK_WIDTHS + (W.CLASSES + 3,))
    labels = on_device(data.labels()).long()

    def loss(parameters, rows):
        x, label = bench.images.index_select(0, rows), labels.index_select(0, rows)
        heads = forward(x, parameters, F.relu)
        value = F.cross_entropy(heads[:, :10], label)
        parity = F.cross_entropy(heads[:, 10:12], label % 2)
        value = value + parity + F.mse_loss(heads[:, 12], x.mean(1))
        return value, value

    return bench.learner(loss, parameters, Adam(parameters, **W.ADAM))


def classifier(bench):
    parameters = layers(W.CLASSIFIER_WIDTHS)
    labels = on_device(data.labels()).long()

    def loss(parameters, rows):
        logits = forward(bench.images.index_select(0, rows), parameters, F.relu)
        value = F.cross_entropy(logits, labels.index_select(0, rows))
        return value, value

    return bench.learner(loss, parameters, Momentum(parameters, W.CLASSIFIER_RATE, W.CLASSIFIER_MOMENTUM))


def contrastive(bench):
    """SimCLR: two masked views of each image, each to be told from all others by its partner."""
    parameters = layers(W.SIMCLR_WIDTHS)
    partners = torch.arange(2 * bench.batch).roll(bench.batch)

    def loss(parameters, rows):
        x = bench.images.index_select(0, rows)
        views = (x * (torch.rand(2, *x.shape) < W.SIMCLR_KEEP)).flatten(0, 1)
        z = forward(views, parameters, F.relu)
        # Length 1 over the root of the temperature: what divides the similarities divides 64 numbers a row.
        z = z * (W.SIMCLR_TEMPERATURE * (z.square().sum(1, keepdim=True) + W.SIMCLR_EPSILON)).rsqrt()
        value = F.cross_entropy((z @ z.t()).fill_diagonal_(-math.inf), partners)
        return value, value

    return bench.learner(loss, parameters, Adam(parameters, **W.ADAM))


def residual(inputs, outputs):
    """The parameters of a residual block in the order of their use; the shortcut's last, where it has any."""
    parameters = scale(inputs) + filters(inputs, outputs, W.UNET_SIZE)
    parameters += scale(outputs) + filters(outputs, outputs, W.UNET_SIZE)
    return parameters + (filters(inputs, outputs, 1) if inputs != outputs else [])


class UNet:
    def __init__(self):
        (blank, few, many), size = W.UNET_CHANNELS, W.UNET_SIZE
        # In the order of their use.
        self.parameters = [
            *layers((W.UNET_TIMES, W.UNET_EMBEDDING, W.UNET_EMBEDDING)), *linear(W.UNET_EMBEDDING, sum(W.UNET_BLOCKS)),
            *filters(blank, few, size), *residual(few, few), *filters(few, many, size), *residual(many, many),
            *filters(many, many, size), *residual(many, many),
            *filters(many, many, size), *residual(2 * many, many), *filters(many, few, size), *residual(2 * few, few),
            *scale(few), *filters(few, blank, size),
        ]
        half = W.UNET_TIMES // 2
        self.frequencies = 1000 * torch.exp(torch.arange(half) * (-math.log(W.UNET_SLOWEST) / half))

    def velocity(self, parameters, x, t):
        """v(x, t) of images [batch, 1, 28, 28] and times [batch]."""
        left = iter(parameters[6:])

        def convolve(x, stride=1):
            weight, bias = next(left), next(left)
            return F.conv2d(x, weight, bias, stride, weight.shape[2] // 2)

        def active(x):
            return F.silu(F.group_norm(x, W.UNET_GROUPS, next(left), next(left), W.NORM_EPSILON))

        def block(x):
            h = convolve(active(x)) + next(conditions)
            h = convolve(active(h))
            return h + (x if h.shape[1] == x.shape[1] else convolve(x))

        def wider(x):
            return convolve(F.interpolate(x, scale_factor=2.0, mode="nearest"))

        angles = t[:, None] * self.frequencies
        embedding = forward(torch.cat((angles.cos(), angles.sin()), 1), parameters[:4], F.silu, F.silu)
        # What the blocks add is one product.
        conditions = iter(F.linear(embedding, *parameters[4:6])[:, :, None, None].split(W.UNET_BLOCKS, 1))

        first = block(convolve(x))
        second = block(convolve(first, stride=2))
        x = block(convolve(second, stride=2))
        x = block(torch.cat((wider(x), second), 1))
        x = block(torch.cat((wider(x), first), 1))
        return convolve(active(x))


def flow_matching(bench):
    """Straight paths from noise to images; the network learns the velocity along them."""
    model = UNet()

    def loss(parameters, rows):
        image = as_images(bench.images.index_select(0, rows), W.WIDTH) * 2 - 1
        noise, t = torch.randn_like(image), torch.rand(bench.batch)
        x = torch.lerp(noise, image, t[:, None, None, None])
        value = F.mse_loss(model.velocity(parameters, x, t), image - noise)
        return value, value

    return bench.learner(loss, model.parameters, Adam(model.parameters, **W.UNET_ADAM))


class BoltzmannMachine:
    """Contrastive divergence without autograd, in place.

    The data's and the model's statistics are one product over the rows of both, which adds to the velocity as it
    is written: slope W = [−ph; ph₁]ᵀ [v; v₁] / batch, and u ← ½u − rate · slope.
    """

    def __init__(self, bench, chains=0):
        hidden, pixels, self.batch = W.RBM_HIDDEN, W.PIXELS, bench.batch
        self.weight = torch.empty(hidden, pixels).normal_(0, 0.01)
        self.visible_bias, self.hidden_bias = torch.zeros(pixels), torch.zeros(hidden)
        self.weight_velocity = torch.zeros(hidden, pixels)
        self.visible_velocity, self.hidden_velocity = torch.zeros(pixels), torch.zeros(hidden)
        self.chain = torch.rand(chains, pixels) if chains else None
        self.bench = bench

    def draw(self, p):
        # torch.bernoulli is four times slower: it draws doubles, one by one.
        return (torch.rand_like(p) < p).float()

    def hidden(self, v):
        return torch.sigmoid(F.linear(v, self.weight, self.hidden_bias))

    def visible(self, h):
        return torch.sigmoid(torch.addmm(self.visible_bias, h, self.weight))

    def learn(self, v, ph, v1, ph1):
        """Both phases have as many rows."""
        rate = W.RBM_RATE / self.batch
        self.weight_velocity.mul_(W.RBM_MOMENTUM).sub_(self.weight, alpha=W.RBM_RATE * W.RBM_DECAY)
        self.weight_velocity.addmm_(torch.cat((ph, -ph1)).t(), torch.cat((v, v1)), alpha=rate)
        self.visible_velocity.mul_(W.RBM_MOMENTUM).add_(v.sum(0) - v1.sum(0), alpha=rate)
        self.hidden_velocity.mul_(W.RBM_MOMENTUM).add_(ph.sum(0) - ph1.sum(0), alpha=rate)
        self.weight.add_(self.weight_velocity)
        self.visible_bias.add_(self.visible_velocity)
        self.hidden_bias.add_(self.hidden_velocity)

    def contrastive(self, rows):
        v = self.bench.images.index_select(0, rows)
        ph = self.hidden(v)
        v1 = self.visible(self.draw(ph))
        self.learn(v, ph, v1, self.hidden(v1))
        return F.mse_loss(v1, v, reduction="sum") / len(v)

    def persistent(self, rows):
        v = self.bench.images.index_select(0, rows)
        inputs = F.linear(v, self.weight, self.hidden_bias)
        free_energy = -(torch.mv(v, self.visible_bias).sum() + F.softplus(inputs).sum()) / len(v)
        v1 = self.draw(self.visible(self.draw(self.hidden(self.chain))))
        self.learn(v, torch.sigmoid(inputs), v1, self.hidden(v1))
        self.chain.copy_(v1)
        return free_energy


class DeepBoltzmannMachine:
    """Mean field against persistent chains, both layers of weights in place."""

    def __init__(self, bench):
        widths, self.bench = (W.PIXELS, *W.DBM_HIDDEN), bench
        self.weights = [torch.empty(o, i).normal_(0, 0.01) for i, o in zip(widths, widths[1:])]
        self.biases = [torch.zeros(width) for width in widths]
        self.velocities = [torch.zeros_like(p) for p in self.weights + self.biases]
        self.chain = [torch.rand(W.DBM_CHAINS, width) for width in widths]

    def draw(self, p):
        return (torch.rand_like(p) < p).float()

    def learn(self, positive, negative):
        """Both phases have as many rows."""
        rate = W.DBM_RATE / W.DBM_CHAINS
        for number, weight in enumerate(self.weights):
            velocity = self.velocities[number]
            velocity.mul_(W.RBM_MOMENTUM).sub_(weight, alpha=W.DBM_RATE * W.RBM_DECAY)
            above = torch.cat((positive[number + 1], -negative[number + 1]))
            velocity.addmm_(above.t(), torch.cat((positive[number], negative[number])), alpha=rate)
        for velocity, p, n in zip(self.velocities[2:], positive, negative):
            velocity.mul_(W.RBM_MOMENTUM).add_(p.sum(0) - n.sum(0), alpha=rate)
        for parameter, velocity in zip(self.weights + self.biases, self.velocities):
            parameter.add_(velocity)

    def step(self, rows):
        (w1, w2), (b, c1, c2) = self.weights, self.biases
        v = self.bench.images.index_select(0, rows)
        from_below = F.linear(v, w1)
        h1 = torch.sigmoid(2 * from_below + c1)
        h2 = torch.sigmoid(F.linear(h1, w2, c2))
        from_below = from_below + c1
        for _ in range(W.DBM_MEAN_FIELD):
            h1 = torch.sigmoid(torch.addmm(from_below, h2, w2))
            h2 = torch.sigmoid(F.linear(h1, w2, c2))
        error = F.mse_loss(torch.sigmoid(torch.addmm(b, h1, w1)), v, reduction="sum") / len(v)
        n0, n1, n2 = self.chain
        for _ in range(W.DBM_GIBBS):
            n1 = self.draw(torch.sigmoid(torch.addmm(F.linear(n0, w1, c1), n2, w2)))
            n0 = self.draw(torch.sigmoid(torch.addmm(b, n1, w1)))
            n2 = self.draw(torch.sigmoid(F.linear(n1, w2, c2)))
        self.learn((v, h1, h2), (n0, n1, n2))
        for chain, state in zip(self.chain, (n0, n1, n2)):
            chain.copy_(state)
        return error


def boltzmann(bench, persistent):
    machine = BoltzmannMachine(bench, W.RBM_CHAINS if persistent else 0)
    return without_gradients(bench, machine.persistent if persistent else machine.contrastive)


def without_gradients(bench, function):
    whole = bench.compile(function)

    def step(number):
        with torch.no_grad():
            return whole(bench.rows(number))

    return step


MODELS = {
    "ae-deep": deep_autoencoder, "ae-denoising": denoising_autoencoder,
    "vae": lambda bench: variational(bench, VariationalAutoencoder()),
    "rbm": lambda bench: boltzmann(bench, persistent=False),
    "rbm-pcd": lambda bench: boltzmann(bench, persistent=True),
    "dbm-joint": lambda bench: without_gradients(bench, DeepBoltzmannMachine(bench).step),
    "gan": adversarial, "multitask": multitask, "classifier": classifier, "conv-ae": convolutional_autoencoder,
    "vae-conv": lambda bench: variational(bench, ConvolutionalVariationalAutoencoder()),
    "dcgan": convolutional_adversarial, "lstm-vae": recurrent_variational_autoencoder, "simclr-mlp": contrastive,
    "unet": flow_matching, "iwae": importance_weighted, "r3gan": relativistic, "real-nvp": real_nvp,
    "made": masked_autoencoder,
}
