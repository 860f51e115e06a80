"""scikit-learn as a peer: `python sklearn_peer.py epoch-rbm-sklearn --threads 2 --json`.

BernoulliRBM learns by persistent contrastive divergence, one chain for each row of a batch, without momentum or
weight decay: a lighter step than ours. Timed whole, from outside; its own clock tells the fit alone.
"""
import time

import measure
from workloads import RBM_HIDDEN, RBM_RATE

BATCH = 100

if __name__ == "__main__":
    options = measure.parse_arguments(__doc__, ["epoch-rbm-sklearn"])

    import sklearn
    from sklearn.neural_network import BernoulliRBM

    import data

    images = data.images()
    machine = BernoulliRBM(
        RBM_HIDDEN, learning_rate=RBM_RATE, batch_size=BATCH, n_iter=1, random_state=options.seed)
    begin = time.perf_counter()
    machine.fit(images)
    seconds = time.perf_counter() - begin
    # It shows no step: the first that can be seen is the end of the epoch, and the steps are its equal parts.
    times = [seconds * BATCH / data.COUNT]
    measure.report(
        options, "scikit-learn", sklearn.__version__, BATCH, times, None, measure.seconds_since_start())
