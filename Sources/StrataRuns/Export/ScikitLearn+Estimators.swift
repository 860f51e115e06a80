import Foundation
import StrataBackend
import StrataData
import StrataTraining

extension ScikitLearn {
    /// `sklearn.decomposition.PCA`: the same codes, whitened or not. Its variances have the divisor n − 1, those here n; they are
    /// carried over as they are, since a whitened code is a projection over their root.
    static let pca = ScikitLearn(
        estimator: "PCA", model: "pca", marks: ["components_", "mean_", "explained_variance_"],
        read: { attributes in
            let (directions, shape) = try attributes.table("components_", [nil, nil])
            let (count, features) = (shape[0], shape[1])
            let variances = try attributes.table("explained_variance_", [count]).values
            guard variances.allSatisfy({ $0 >= 0 }) else { throw attributes.error("has negative variances") }
            var notes: [String] = []
            var whiten = false
            if let told = try attributes.optional("whiten")?.values.first {
                whiten = told != 0
            } else {
                notes.append("the file does not say whether codes are whitened: they are not")
            }
            var remainder = 0.0
            if let ratio = try attributes.optional("explained_variance_ratio_")?.values.reduce(0, +), ratio > 0 {
                remainder = max(0, variances.reduce(0, +) * (1 / ratio - 1))
            } else if let noise = try attributes.optional("noise_variance_")?.values.first {
                remainder = max(0, noise * Double(features - count))
            } else if count < features {
                notes.append("the file does not say what variance is left: it counts as none")
            }
            return Model(
                weights: Checkpoint(variables: [
                    "mean": try StoredArray(attributes.table("mean_", [features]).values, [features]),
                    "components": try StoredArray(directions, shape), "variances": try StoredArray(variances, [count]),
                    "remaining_variance": try StoredArray([remainder], []),
                ]), settings: ["components": "\(count)", "whiten": "\(whiten)"], notes: notes)
        },
        write: { model, settings in
            let (directions, shape) = try model.table("components", [nil, nil])
            let variances = try model.table("variances", [shape[0]]).values
            let remainder = try model.table("remaining_variance", []).values[0]
            let total = variances.reduce(remainder, +)
            return Fitted(
                arrays: [
                    ("components_", try StoredArray(directions, shape)),
                    ("mean_", try StoredArray(model.table("mean", [shape[1]]).values, [shape[1]])),
                    ("explained_variance_", try StoredArray(variances, [shape[0]])),
                    (
                        "explained_variance_ratio_",
                        try StoredArray(variances.map { total > 0 ? $0 / total : 0 }, [shape[0]])
                    ),
                    ("noise_variance_", try StoredArray([remainder / Double(max(shape[1] - shape[0], 1))], [])),
                    ("n_components_", try StoredArray([Int32(shape[0])], shape: [])),
                    (
                        "whiten",
                        try StoredArray(dtype: .uint8, shape: [], bytes: [settings["whiten"] == "true" ? 1 : 0])
                    ),
                ], notes: ["variances have the divisor n, those that scikit-learn fits n - 1"])
        })

    /// `sklearn.mixture.GaussianMixture`, of any type of covariance; spherical ones become diagonal.
    static let gaussianMixture = ScikitLearn(
        estimator: "GaussianMixture", model: "gmm", marks: ["weights_", "means_", "precisions_cholesky_"],
        read: { attributes in
            let (means, shape) = try attributes.table("means_", [nil, nil])
            let (count, features) = (shape[0], shape[1])
            let weights = try attributes.table("weights_", [count]).values
            guard weights.allSatisfy({ $0 >= 0 }), abs(weights.reduce(0, +) - 1) < 1e-3 else {
                throw attributes.error("the weights are no probabilities")
            }
            let (factors, extents) = try attributes.optional("precisions_cholesky_") ?? ([], [])
            let fits = [
                "full": [count, features, features], "tied": [features, features], "diag": [count, features],
                "spherical": [count],
            ]
            let kinds = fits.filter { $0.value == extents }.keys.sorted()
            let kind = attributes.weights.metadata["covariance_type"]
            guard let type = kind ?? (kinds.count == 1 ? kinds[0] : nil), fits[type] == extents else {
                throw attributes.error(
                    "precisions_cholesky_ of shape \(Shape(extents)) may be of covariances \(kinds.joined(separator: " or "));"
                        + " save covariance_type too")
            }
            var variables = [
                "log_weights": try StoredArray(weights.map { log(max($0, 1e-12)) }, [count]),
                "means": try StoredArray(means, shape),
            ]
            switch type {
            case "full":
                for component in 0..<count {
                    let own = Array(factors[component * features * features..<(component + 1) * features * features])
                    variables["whitening.\(component)"] = try StoredArray(
                        transposed(own, features), [features, features])
                }
            case "tied":
                variables["whitening.0"] = try StoredArray(transposed(factors, features), [features, features])
            case "diag": variables["whitening.0"] = try StoredArray(factors, shape)
            default:
                let rows = factors.flatMap { [Double](repeating: $0, count: features) }
                variables["whitening.0"] = try StoredArray(rows, shape)
            }
            let own = ["full": "full", "tied": "shared"][type] ?? "diagonal"
            return Model(
                weights: Checkpoint(variables: variables), settings: ["components": "\(count)", "covariance": own])
        },
        write: { model, settings in
            let (means, shape) = try model.table("means", [nil, nil])
            let (count, features) = (shape[0], shape[1])
            let kind = settings["covariance"] ?? "diagonal"
            let type = ["full": "full", "shared": "tied"][kind] ?? "diag"
            let number = kind == "full" ? count : 1
            var (factors, covariances, precisions) = ([Double](), [Double](), [Double]())
            for place in 0..<number {
                guard type != "diag" else {
                    factors = try model.table("whitening.0", shape).values
                    covariances = factors.map { 1 / ($0 * $0) }
                    precisions = factors.map { $0 * $0 }
                    break
                }
                let whitening = try model.table("whitening.\(place)", [features, features]).values
                let upper = transposed(whitening, features)
                factors += upper
                precisions += product(upper, transposed: upper, features)
                let lower = try inverse(lower: whitening, features, model)
                covariances += product(lower, transposed: lower, features)
            }
            let extents = ["full": [count, features, features], "tied": [features, features]][type] ?? shape
            let logWeights = try model.table("log_weights", [count]).values
            let total = logWeights.reduce(0) { $0 + exp($1) }
            return Fitted(
                arrays: [
                    ("weights_", try StoredArray(logWeights.map { exp($0) / total }, [count])),
                    ("means_", try StoredArray(means, shape)),
                    ("precisions_cholesky_", try StoredArray(factors, extents)),
                    ("covariances_", try StoredArray(covariances, extents)),
                    ("precisions_", try StoredArray(precisions, extents)),
                    ("converged_", try StoredArray(dtype: .uint8, shape: [], bytes: [1])),
                ], words: [("covariance_type", type)])
        })

    /// `sklearn.neural_network.BernoulliRBM`.
    static let bernoulliRBM = ScikitLearn(
        estimator: "BernoulliRBM", model: "rbm", marks: ["components_", "intercept_hidden_", "intercept_visible_"],
        read: { attributes in
            let (weight, shape) = try attributes.table("components_", [nil, nil])
            return Model(
                weights: Checkpoint(variables: [
                    "rbm.weight": try StoredArray(weight, shape),
                    "rbm.hidden_bias": try StoredArray(
                        attributes.table("intercept_hidden_", [shape[0]]).values, [shape[0]]),
                    "rbm.visible_bias": try StoredArray(
                        attributes.table("intercept_visible_", [shape[1]]).values, [shape[1]]),
                ]), settings: ["hidden": "\(shape[0])"])
        },
        write: { model, settings in
            for units in ["visible-units", "hidden-units"] {
                guard let kind = settings[units], kind != "bernoulli" else { continue }
                throw StrataError(
                    .unsupported, "BernoulliRBM has Bernoulli units only, and the \(units) of this run are \(kind)")
            }
            let (weight, shape) = try model.table("rbm.weight", [nil, nil])
            let hidden = try model.table("rbm.hidden_bias", [shape[0]]).values
            let visible = try model.table("rbm.visible_bias", [shape[1]]).values
            return Fitted(arrays: [
                ("components_", try StoredArray(weight, shape)),
                ("intercept_hidden_", try StoredArray(hidden, [shape[0]])),
                ("intercept_visible_", try StoredArray(visible, [shape[1]])),
            ])
        })

    // MARK: Square matrices [n, n], row-major

    private static func transposed(_ matrix: [Double], _ n: Int) -> [Double] {
        (0..<n * n).map { matrix[$0 % n * n + $0 / n] }
    }

    /// A Bᵀ.
    private static func product(_ a: [Double], transposed b: [Double], _ n: Int) -> [Double] {
        (0..<n * n).map { place in
            (0..<n).reduce(0) { $0 + a[place / n * n + $1] * b[place % n * n + $1] }
        }
    }

    /// The inverse of a lower triangular matrix, by forward substitution.
    private static func inverse(lower: [Double], _ n: Int, _ model: Attributes) throws -> [Double] {
        var inverse = [Double](repeating: 0, count: n * n)
        for row in 0..<n {
            let pivot = lower[row * n + row]
            guard pivot != 0 else { throw model.error("a covariance is singular") }
            for column in 0...row {
                let known = (column..<row).reduce(0.0) { $0 + lower[row * n + $1] * inverse[$1 * n + column] }
                inverse[row * n + column] = ((row == column ? 1 : 0) - known) / pivot
            }
        }
        return inverse
    }
}
