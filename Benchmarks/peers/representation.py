"""The measures of a representation with numpy and scikit-learn in double precision: witnesses for ours.

    strata encode runs/vae --out codes.npy                      # the test examples' codes
    python Benchmarks/peers/representation.py codes.npy --labels fashion-mnist
    python Benchmarks/peers/representation.py codes.npy --factors sprites
    python Benchmarks/peers/representation.py codes.npy --other others.npy         # linear CKA of the two

Labels are a .npy of whole numbers [count] or the name fashion-mnist (its test part), factors a .npy [count, factors] or
the name sprites (the test part as Strata draws it). What draws at random, forests and the FactorVAE score, agrees but
for its draws.
"""
import argparse
import warnings

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import mutual_info_score
from sklearn.neighbors import NearestNeighbors

import data

NEIGHBOURS = 20
BINS = 20
SPRITE_SIZES = [3, 6, 15, 16, 16]


# Sparseness, activity, selectivity


def sparseness(codes):
    """Mean Hoyer and Treves-Rolls sparseness of rows, silent ones left out."""
    rows = np.abs(codes)
    rows = rows[rows.any(1)]
    n = rows.shape[1]
    if n < 2 or len(rows) == 0:
        return 0.0, 0.0
    hoyer = (np.sqrt(n) - rows.sum(1) / np.sqrt((rows**2).sum(1))) / (np.sqrt(n) - 1)
    activity = rows.mean(1) ** 2 / (rows**2).mean(1)
    return hoyer.mean(), ((1 - activity) / (1 - 1 / n)).mean()


def selectivity(codes, labels):
    means = np.array([np.abs(codes[labels == value]).mean(0) for value in np.unique(labels)])
    means = means[:, means.any(0)]
    most = means.max(0)
    others = (means.sum(0) - most) / (len(means) - 1)
    return ((most - others) / (most + others)).mean()


# Dimension


def participation_ratio(codes):
    values = np.linalg.eigvalsh(np.atleast_2d(np.cov(codes.T)))
    return values.sum() ** 2 / (values**2).sum()


def intrinsic_dimensions(codes):
    codes = np.unique(codes, axis=0)
    distances = NearestNeighbors(n_neighbors=NEIGHBOURS + 1, algorithm="brute").fit(codes).kneighbors(codes)[0][:, 1:]
    ratios = np.sort(np.log(distances[:, 1] / distances[:, 0]))
    count = len(ratios)
    kept = int(0.9 * count)
    above = -np.log(1 - np.arange(1, kept + 1) / count)
    two = (above * ratios[:kept]).sum() / (ratios[:kept] ** 2).sum()
    likely = 1 / np.log(distances[:, -1:] / distances[:, :-1]).mean()
    return two, likely


# Alignment


def alignment(x, y):
    """Linear CKA by kernels, where ours goes by features, as long as they fit in memory."""
    x, y = x - x.mean(0), y - y.mean(0)
    if len(x) > 4000:
        return np.linalg.norm(y.T @ x) ** 2 / (np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y))
    k, l = x @ x.T, y @ y.T
    return (k * l).sum() / np.sqrt((k * k).sum() * (l * l).sum())


# Disentanglement


def gap(scores, nothing):
    """[units, factors]: how far the best unit of each factor is above the second."""
    ordered = np.sort(np.vstack([scores, np.atleast_2d(nothing)]), axis=0)[::-1]
    return ordered[0] - ordered[1] if len(scores) > 1 else ordered[0] - nothing


def mutual_information_gap(codes, factors):
    edges = [np.linspace(unit.min(), unit.max(), BINS + 1)[1:-1] for unit in codes.T]
    binned = [np.digitize(unit, edge) for unit, edge in zip(codes.T, edges)]
    known = np.array([[mutual_info_score(unit, factor) for factor in factors.T] for unit in binned])
    entropies = np.array([mutual_info_score(factor, factor) for factor in factors.T])
    return (gap(known, np.zeros(factors.shape[1])) / entropies).mean()


def balanced_accuracy(unit, factor):
    """The most that thresholds, one fewer than the factor has values, get right, the mean over values."""
    values, factor = np.unique(factor, return_inverse=True)
    k = len(values)
    weights = 1 / (np.bincount(factor) * k)
    order = np.argsort(unit, kind="stable")
    best = np.zeros((k, k))
    for place, example in enumerate(order):
        if place and unit[example] > unit[order[place - 1]]:
            before = np.maximum.accumulate(best.max(1))[:-1]
            best[1:] = np.maximum(best[1:], before[:, None])
        best[:, factor[example]] += weights[factor[example]]
    return best.max()


def separated_attribute_predictability(codes, factors):
    scores = np.array([[balanced_accuracy(unit, factor) for factor in factors.T] for unit in codes.T])
    return gap(scores, np.array([1 / len(np.unique(factor)) for factor in factors.T])).mean()


def concentration(parts):
    shares = parts / parts.sum()
    shares = shares[shares > 0]
    return 1.0 if len(parts) < 2 else 1 + (shares * np.log(shares)).sum() / np.log(len(parts))


def factor_importance(codes, factors, seed):
    # With ten trees some examples are in every draw; they are counted as wrong.
    warnings.filterwarnings("ignore", "Some inputs do not have OOB scores")
    forests = [
        RandomForestClassifier(
            10, max_features=None, min_samples_leaf=5, oob_score=True, random_state=seed).fit(codes, factor)
        for factor in factors.T]
    importances = np.array([forest.feature_importances_ for forest in forests]).T
    rows = importances.sum(1)
    disentanglement = sum(
        concentration(row) * weight for row, weight in zip(importances, rows) if weight > 0) / rows.sum()
    completeness = np.mean([concentration(column) for column in importances.T])
    return disentanglement, completeness, np.mean([forest.oob_score_ for forest in forests])


def factor_vae_score(codes, factors, seed, votes=5000, examples=64):
    draws = np.random.default_rng(seed)
    scaled = codes / codes.std(0)
    groups = [{value: np.flatnonzero(factor == value) for value in np.unique(factor)} for factor in factors.T]
    table = np.zeros((codes.shape[1], factors.shape[1]), int)
    right = 0
    for vote in range(2 * votes):
        factor = draws.integers(factors.shape[1])
        group = groups[factor][factors[draws.integers(len(codes)), factor]]
        if len(group) > examples:
            group = draws.choice(group, examples, replace=False)
        steadiest = scaled[group].var(0).argmin()
        if vote < votes:
            table[steadiest, factor] += 1
        else:
            right += table[steadiest].any() and table[steadiest].argmax() == factor
    return right / votes


# Sprites


def threefry(key, counter):
    """Threefry2x32-20 of arrays of words."""
    keys = [key[0], key[1], key[0] ^ key[1] ^ np.uint32(0x1BD11BDA)]
    with np.errstate(over="ignore"):
        a, b = counter[0] + keys[0], counter[1] + keys[1]
        for group in range(5):
            for rotation in ((13, 15, 26, 6), (17, 29, 16, 24))[group % 2]:
                a = a + b
                b = (b << np.uint32(rotation) | b >> np.uint32(32 - rotation)) ^ a
            a = a + keys[(group + 1) % 3]
            b = b + keys[(group + 2) % 3] + np.uint32(group + 1)
    return a, b


def sprite_factors(start=10_000, count=2_000):
    """The factors of the default test images: [count, 5]."""
    points = int(np.prod(SPRITE_SIZES))
    word = lambda *values: [np.array([value], np.uint32) for value in values]
    key = threefry(word(0, 0), word(0x73687566, 0))
    a, b = threefry(key, (np.arange(points, dtype=np.uint32), np.zeros(points, np.uint32)))
    order = list(range(points))
    for i in range(points - 1, 0, -1):
        j = (int(a[i]) << 32 | int(b[i])) * (i + 1) >> 64
        order[i], order[j] = order[j], order[i]
    return np.array(np.unravel_index(order[start:start + count], SPRITE_SIZES)).T


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("codes")
    parser.add_argument("--labels")
    parser.add_argument("--factors")
    parser.add_argument("--other")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    codes = np.load(options.codes).astype(np.float64)

    def tell(name, value):
        print(f"{name:36}{value:.6f}")

    (hoyer, treves_rolls), (hoyer_lifetime, treves_rolls_lifetime) = sparseness(codes), sparseness(codes.T)
    tell("hoyer_population_sparseness", hoyer)
    tell("hoyer_lifetime_sparseness", hoyer_lifetime)
    tell("treves_rolls_population_sparseness", treves_rolls)
    tell("treves_rolls_lifetime_sparseness", treves_rolls_lifetime)
    tell("active_units", (codes.var(0) > 0.01).sum())
    tell("dead_units", (codes == codes[0]).all(0).sum())
    tell("participation_ratio", participation_ratio(codes))
    two, likely = intrinsic_dimensions(codes)
    tell("intrinsic_dimension_twonn", two)
    tell("intrinsic_dimension_mle", likely)
    if options.labels:
        labels = data.test_labels() if options.labels == "fashion-mnist" else np.load(options.labels)
        tell("class_selectivity", selectivity(codes, labels))
    if options.other:
        tell("cka", alignment(codes, np.load(options.other).astype(np.float64)))
    if options.factors:
        factors = sprite_factors() if options.factors == "sprites" else np.load(options.factors)
        factors = factors[:, (factors != factors[0]).any(0)]
        codes = codes[:, (codes != codes[0]).any(0)]
        tell("mig", mutual_information_gap(codes, factors))
        tell("sap", separated_attribute_predictability(codes, factors))
        disentanglement, completeness, informativeness = factor_importance(codes, factors, options.seed)
        tell("dci_disentanglement", disentanglement)
        tell("dci_completeness", completeness)
        tell("dci_informativeness", informativeness)
        tell("factor_vae_score", factor_vae_score(codes, factors, options.seed))


if __name__ == "__main__":
    main()
