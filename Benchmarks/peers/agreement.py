"""How near final losses must be: relative, between the median of ours and the median of all peers'.

Everyone starts from other draws of the same distributions, so what differs is chance: the more a workload draws and
the further it is from settled after 200 steps, the wider its tolerance.
"""

TOLERANCE = {
    "ae-deep": 0.03, "ae-denoising": 0.02, "vae": 0.02, "multitask": 0.06, "epoch-vae": 0.01,
    "conv-ae": 0.03, "vae-conv": 0.03, "simclr-mlp": 0.02, "unet": 0.03,
    "iwae": 0.02, "made": 0.02,
    # A mean log density, a difference of large numbers.
    "real-nvp": 0.1,
    # Momentum at a high rate: the loss of single batches swings.
    "classifier": 0.15,
    # Sampled hidden units.
    "rbm": 0.03, "epoch-rbm": 0.02, "dbm-joint": 0.05,
    # A free energy has no fixed zero and drifts with the chains.
    "rbm-pcd": 0.30,
    # Two players: the loss circles.
    "gan": 0.40, "r3gan": 0.40,
    # None for dcgan, whose discriminator's loss is near 0 by then.
}


def compare(workload, ours, peers):
    """(text, whether they agree) for two losses, either of which may be missing."""
    if ours is None or peers is None or workload not in TOLERANCE:
        return "–", True
    difference = abs(ours - peers) / max(abs(peers), 1e-30)
    agree = difference <= TOLERANCE[workload]
    return f"{ours:.4g} / {peers:.4g}" + ("" if agree else f" ✗ {difference:.0%}"), agree
