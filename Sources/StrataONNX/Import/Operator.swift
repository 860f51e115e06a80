/// What a name in a model means, through some versions of its operator set.
struct Operator: Sendable {
    let name: String
    /// `""` is the standard's own set.
    let domain: String
    /// The versions of the set in which the name means this.
    let versions: ClosedRange<Int>
    /// The outputs, all that the operator has or as many as can be computed.
    let apply: @Sendable (Call) throws -> [Value]

    init(
        _ name: String, _ versions: ClosedRange<Int> = ONNXModel.knownOpsets, domain: String = "",
        _ apply: @escaping @Sendable (Call) throws -> [Value]
    ) {
        self.name = name
        self.domain = domain
        self.versions = versions
        self.apply = apply
    }

    /// Every operator that is known.
    static let all: [Operator] =
        arithmetic + comparisons + functions + activations + reductions + movements + indexing + shapes + products
        + convolutions + pooling + normalizations + recurrences + attention + resizing + losses + control
        + sequences + signals + sorting + optimizerSteps + detection

    private static let table = Dictionary(grouping: all) { "\($0.domain).\($0.name)" }

    static func find(_ name: String, _ domain: String, _ version: Int) -> Operator? {
        table["\(domain).\(name)"]?.first { $0.versions.contains(version) }
    }
}
