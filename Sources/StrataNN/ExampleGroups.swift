import StrataBackend
public import StrataGraph

/// Groups that the examples of a batch fall into, such as those of two domains.
public struct ExampleGroups: Sendable {
    /// For each group 1 for the examples in it and 0 for all others: [batch].
    public var members: [Tensor]

    /// Groups of which each example is in one, which is not checked. The running averages of a normalization are those of the
    /// last.
    public init(_ members: [Tensor]) { self.members = members }

    /// Values of each group, one for each channel [1, channels, …], for the examples in it: [batch, channels, …].
    func spread(_ values: [Tensor]) -> Tensor {
        let parts = zip(members, values).map { aligned($0, $1.rank) * $1 }
        return parts.dropFirst().reduce(parts.first ?? .invalid("groups: there are none"), +)
    }

    /// The mean of each group over its examples and all axes but that of channels: [1, channels, …] each, 0 of none.
    func means(_ x: Tensor) -> [Tensor] {
        let axes = (0..<x.rank).filter { $0 != 1 }
        let positions = x.shape.extents.dropFirst(2).reduce(1, *)
        return members.map { member in
            let share = member / (member.sum().maximum(1) * Float(max(positions, 1)))
            return (x * aligned(share, x.rank)).sum(axes, keepingAxes: true)
        }
    }

    private func aligned(_ member: Tensor, _ rank: Int) -> Tensor {
        member.isInvalid
            ? member : member.reshape(Shape([member.extent(0)] + Array(repeating: 1, count: max(rank - 1, 0))))
    }
}
