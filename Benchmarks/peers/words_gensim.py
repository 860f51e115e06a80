"""gensim's Word2Vec against `strata words`, on the same text with the same settings.

Prints the mean loss of a pair in the last epoch, how much two seeds of each agree with themselves and with each other
(the ten nearest words of the commonest thousand, and the rank correlation of the cosines of random pairs of them), and
the words a second of each on so many threads. Needs gensim, which requirements.txt leaves out: pip install gensim.

    python words_gensim.py text.txt [--epochs 5] [--subsample 1e-3] [--threads 2] [--rounds 3] [--strata PATH]
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import gensim
import numpy as np
from gensim.models import Word2Vec
from gensim.models.word2vec import LineSentence

WINDOW, NEGATIVES, MINIMUM, RATE = 5, 5, 5, 0.025


def normalized(source, target):
    """Lower case, without what is no letter or digit at the ends; lines of 10,000 words at most, as gensim has."""
    kept = lambda c: c.isalnum()
    with open(source, encoding="utf-8", errors="replace") as lines, open(target, "w") as out:
        for line in lines:
            words = []
            for word in line.lower().split():
                ends = [i for i, c in enumerate(word) if kept(c)]
                if ends:
                    words.append(word[ends[0]:ends[-1] + 1])
            for start in range(0, len(words), 10_000):
                out.write(" ".join(words[start:start + 10_000]) + "\n")


def fresh(path, arguments, seed, workers):
    model = Word2Vec(
        vector_size=arguments.dimensions, window=WINDOW, negative=NEGATIVES, min_count=MINIMUM, alpha=RATE,
        min_alpha=RATE * 1e-4, sample=arguments.subsample, sg=1, hs=0, seed=seed, workers=workers)
    model.build_vocab(LineSentence(path))
    return model


def theirs(path, arguments, seed, workers):
    """The vectors of the words by name, and the seconds of training alone."""
    model = fresh(path, arguments, seed, workers)
    start = time.perf_counter()
    model.train(LineSentence(path), total_examples=model.corpus_count, epochs=arguments.epochs)
    return model.wv, time.perf_counter() - start


def their_loss(path, arguments):
    """The mean loss of a pair in the last epoch.

    gensim adds losses up in single precision, which stops growing at some ten millions, and threads overwrite each
    other's: so one thread, and a call for every few thousand words. How many pairs there are is drawn again, by
    gensim's own rule of thinning out, which keeps more than the paper's.
    """
    model = fresh(path, arguments, 1, 1)
    sentences = [line.split() for line in open(path)]
    chunks, size = [[]], 0
    for sentence in sentences:
        if size > 5000:
            chunks.append([])
            size = 0
        chunks[-1].append(sentence)
        size += len(sentence)
    for epoch in range(arguments.epochs):
        loss = 0.0
        for number, chunk in enumerate(chunks):
            done = [(epoch + (number + end) / len(chunks)) / arguments.epochs for end in (0, 1)]
            start, end = (RATE * max(1 - part, 1e-4) for part in done)
            model.train(
                chunk, total_examples=len(chunk), epochs=1, start_alpha=start, end_alpha=end, compute_loss=True)
            loss += float(model.running_training_loss)
    draw = np.random.default_rng(0)
    pairs = 0
    for sentence in sentences:
        chances = np.array([
            model.wv.get_vecattr(word, "sample_int") / 2**32 for word in sentence if word in model.wv.key_to_index])
        n = int((draw.random(len(chances)) < chances).sum())
        places, widths = np.arange(n), draw.integers(1, WINDOW + 1, n)
        pairs += int((np.minimum(places, widths) + np.minimum(n - 1 - places, widths)).sum())
    return loss / pairs


def ours(path, arguments, seed, threads):
    """The same from the command, and its report."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "vectors.bin")
        report = subprocess.run(
            [arguments.strata, "words", path, "--verbatim", "--binary", "--out", out, "--json", "--quiet",
             "--dimensions", str(arguments.dimensions), "--window", str(WINDOW), "--negatives", str(NEGATIVES),
             "--minimum-count", str(MINIMUM), "--subsample", str(arguments.subsample), "--learning-rate", str(RATE),
             "--epochs", str(arguments.epochs), "--seed", str(seed), "--threads", str(threads),
             "--backend", arguments.backend, *arguments.options.split()],
            check=True, capture_output=True, text=True).stdout
        return gensim.models.KeyedVectors.load_word2vec_format(out, binary=True), json.loads(report)


def cosines(vectors, words):
    rows = np.stack([vectors[word] for word in words])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows @ rows.T


def agreement(a, b):
    """The share of ten nearest words that two tables of cosines have in common, and the correlation of their ranks."""
    n = len(a)
    off = ~np.eye(n, dtype=bool)
    nearest = [np.argsort(np.where(off, -table, np.inf), axis=1)[:, :10] for table in (a, b)]
    common = np.mean([len(set(x) & set(y)) / 10 for x, y in zip(*nearest)])
    draw = np.random.default_rng(0).integers(0, n, (2, 200_000))
    i, j = draw[:, draw[0] != draw[1]]
    ranks = [np.argsort(np.argsort(table[i, j])) for table in (a, b)]
    return common, np.corrcoef(*ranks)[0, 1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("text")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--dimensions", type=int, default=100)
    parser.add_argument("--subsample", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="of the timing")
    parser.add_argument("--backend", default="simd")
    parser.add_argument("--options", default="", help="more for ours: '--batch-size 64'")
    parser.add_argument("--strata", default=os.path.join(os.path.dirname(__file__), "../../.build/release/strata"))
    arguments = parser.parse_args()
    print(f"gensim {gensim.__version__}, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "text.txt")
        normalized(arguments.text, path)

        # One thread of gensim for what is compared, more for the clock: two threads overwrite each other's work.
        gensim1, gensim2 = (theirs(path, arguments, seed, 1)[0] for seed in (1, 2))
        (ours1, report), (ours2, _) = (ours(path, arguments, seed, arguments.threads) for seed in (1, 2))
        print(f"{report['tokens']} words, {report['words']} different ones")
        print(f"loss of a pair in the last epoch: ours {report['loss']:.4f}, "
              f"gensim {their_loss(path, arguments):.4f}")
        words = [word for word in gensim1.index_to_key[:1000] if word in ours1]
        tables = {
            "ours 1": cosines(ours1, words), "ours 2": cosines(ours2, words),
            "gensim 1": cosines(gensim1, words), "gensim 2": cosines(gensim2, words)}
        print("of the ten nearest in common, rank correlation of cosines:")
        for a, b in [("gensim 1", "gensim 2"), ("ours 1", "ours 2"), ("ours 1", "gensim 1"), ("ours 2", "gensim 2")]:
            common, correlation = agreement(tables[a], tables[b])
            print(f"    {a:8} and {b:8}  {common:.3f}  {correlation:.3f}")

        tokens = report["tokens"] * arguments.epochs
        speeds = {"ours": [], "gensim": []}
        for _ in range(arguments.rounds):
            speeds["ours"].append(ours(path, arguments, 1, arguments.threads)[1]["words_per_second"])
            speeds["gensim"].append(tokens / theirs(path, arguments, 1, arguments.threads)[1])
        for name, values in speeds.items():
            print(f"{name:6} {np.median(values):,.0f} words a second on {arguments.threads} threads "
                  f"(median of {len(values)}, best {max(values):,.0f})")


if __name__ == "__main__":
    main()
