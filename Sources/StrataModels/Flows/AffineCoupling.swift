import StrataBackend
import StrataGraph
import StrataNN

/// A bijection of examples whose Jacobian is triangular (Dinh, Sohl-Dickstein and Bengio, "Density estimation using
/// Real NVP", 2017): half of the numbers stay, and scale and shift the others, `y = m x + (1 − m) (x exp(s) + t)` with
/// s and t computed from m x.
struct AffineCoupling: Sendable {
    /// From examples of which half is 0 to s and t, side by side.
    private let network: Network
    /// What s is at most, for each number.
    private let scale: StateVariable
    private let features: Int
    private let width: Int
    private let isOdd: Bool

    /// - Parameters:
    ///   - name: The first part of its variables' names.
    ///   - width: The numbers of a row, which are taken like the fields of a chessboard.
    ///   - isOdd: Which of the fields stay.
    init(_ name: String, features: Int, width: Int, hidden: [Int], isOdd: Bool) {
        (self.features, self.width, self.isOdd) = (max(features, 0), max(width, 1), isOdd)
        // An s and a t of 0: the bijection starts as none.
        let layers = hidden.map { Dense($0, activation: .relu, initialization: .he) }
        network = Network(
            "\(name).network", input: [features],
            Sequential(layers + [Dense(2 * min(self.features, Shape.largestExtent), initialization: .zeros)]))
        scale = StateVariable("\(name).scale", [features], initializer: .constant(1))
    }

    var parameters: [StateVariable] { network.parameters + [scale] }
    var variables: [StateVariable] { network.variables + [scale] }

    /// [batch, features] → the same shape, and the logarithm of the determinant [batch].
    func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> (y: Tensor, logDeterminant: Tensor) {
        let (s, t) = factors(x, &pass)
        return (x * s.exponential() + t, s.sum([1]))
    }

    /// The x that gives y: [batch, features] → the same shape.
    func inverse(_ y: Tensor) -> Tensor {
        var pass = Pass.evaluation
        let (s, t) = factors(y, &pass)
        return (y - t) * (-s).exponential()
    }

    /// s and t [batch, features], 0 for the numbers that stay, by which x and y tell the same.
    private func factors(_ x: Tensor, _ pass: inout Pass) -> (s: Tensor, t: Tensor) {
        let kept = kept
        let both = network(x * kept, &pass)
        if both.isInvalid { return (both, both) }
        let moved = 1 - kept
        return (
            both.slice(0..<features, axis: 1).tanh() * scale.tensor * moved,
            both.slice(features..<2 * features, axis: 1) * moved
        )
    }

    /// 1 for the numbers that stay, else 0: [features].
    private var kept: Tensor {
        let place = Tensor.iota([features], axis: 0)
        let row = ((place + 0.5) / Float(width)).floor()
        // Row and column together: odd or even.
        let sum = row + place - row * Float(width)
        let parity = sum - (sum * 0.5).floor() * 2
        return isOdd ? parity : 1 - parity
    }
}
