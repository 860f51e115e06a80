import StrataBackend
import StrataGraph
import StrataNN

/// A network that gives each input a Gaussian over codes with a diagonal covariance: q(z | x), or p of one level of codes
/// given the level above.
struct GaussianEncoder: Sendable {
    /// From an input to hidden units.
    let body: Network
    let mean: Network
    let logVariance: Network

    /// - Parameters:
    ///   - scope: The first parts of its variables' names; `nil` for the encoder of a model that has one:
    ///     `encoder.0.weight`, `mean.weight`, `log_variance.weight`.
    ///   - input: The shape of one input.
    ///   - latent: Latent dimensions.
    ///   - condition: The width of what the hidden units depend on besides; `nil` for nothing.
    ///   - layer: From inputs to hidden units [batch, units].
    init(_ scope: String? = nil, input: Shape, latent: Int, condition: Int? = nil, _ layer: any Layer) {
        func name(_ part: String) -> String { scope.map { "\($0).\(part)" } ?? part }
        body = Network(name(scope == nil ? "encoder" : "hidden"), input: input, condition: condition, layer)
        mean = Network(name("mean"), input: body.outputShape, Dense(latent))
        logVariance = Network(name("log_variance"), input: body.outputShape, Dense(latent))
    }

    private var networks: [Network] { [body, mean, logVariance] }
    var parameters: [StateVariable] { networks.flatMap(\.parameters) }
    var variables: [StateVariable] { networks.flatMap(\.variables) }

    /// The Gaussian of each input: [batch, …] → [batch, latent].
    func callAsFunction(_ x: Tensor, given condition: Tensor? = nil, _ pass: inout Pass) -> DiagonalGaussian {
        gaussian(body(x, given: condition, &pass), &pass)
    }

    /// The Gaussian of each input's hidden units: [batch, units] → [batch, latent].
    func gaussian(_ hidden: Tensor, _ pass: inout Pass) -> DiagonalGaussian {
        DiagonalGaussian(mean: mean(hidden, &pass), logVariance: logVariance(hidden, &pass))
    }

    /// The means after training: [batch, …] → [batch, latent].
    func mean(of x: Tensor) -> Tensor { mean(body(x)) }

    /// The activations of the hidden layers and the mean: what `LayeredModel` tells of an encoder.
    func layers(_ x: Tensor) -> [(name: String, activations: Tensor)] {
        body.activations(x) + [(mean.name, mean(of: x))]
    }
}
