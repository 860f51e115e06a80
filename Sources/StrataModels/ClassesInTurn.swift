import StrataGraph

extension Evidence {
    /// The classes of samples, int32 [count]: those that are known, or else each of so many in turn; `nil` where there are
    /// no classes and none is known.
    func labels(among classes: Int, count: Int) -> Tensor? {
        guard classes > 0, labels == nil else { return labels }
        let place = Tensor.iota([count], axis: 0)
        // A half more, so that no rounding changes a quotient.
        return (place - ((place + 0.5) / Float(classes)).floor() * Float(classes)).cast(to: .int32)
    }
}
