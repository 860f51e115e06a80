import StrataBackend
import StrataGraph

/// Every state of a machine's binary hidden units, visited one after the other.
enum HiddenStates {
    /// `log Σ exp(w(h))` over all states h, as a scalar, for w: [states, hidden] → [states]. Throws `usage` where there
    /// are too many.
    static func logSum(over hidden: Int, _ logWeight: (Tensor) -> Tensor) throws -> Tensor {
        guard hidden >= 0 else { throw StrataError(parameter: "hidden", hidden, "a number of units is not negative") }
        guard hidden <= 25 else {
            throw StrataError(
                .usage, "exact log Z enumerates 2^hidden states; \(hidden) hidden units are more than 25")
        }
        // In pieces of 4,096 states, as the inputs of all visible units are held for each.
        let rows = 1 << min(hidden, 12)
        let bits = Tensor.iota([rows, hidden], axis: 1)
        let parts = (0..<(1 << hidden) / rows).map { part -> Tensor in
            let state = Tensor.iota([rows, hidden], axis: 0) + Float(part * rows)
            let halved = (state / Tensor.constant(2, bits.shape).power(bits).rounded()).floor()
            return logWeight(halved - (halved * 0.5).floor() * 2).logSumExp(axis: 0).reshape([1])
        }
        return Tensor.concatenate(parts).logSumExp(axis: 0)
    }
}
