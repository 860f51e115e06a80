/// Which clusters need which others' results, directly or by way of others, kept as clusters grow.
///
/// A search each time would have to go through whole clusters: one whose first nodes are early may come to depend on a
/// late one, so the order of nodes says nothing about that of clusters.
struct Ancestry {
    /// For each cluster a bit for each that it depends on.
    private var ancestors: [[UInt64]] = []
    private let wordCount: Int

    /// - Parameter capacity: the number of clusters that there may be.
    init(capacity: Int) { wordCount = (capacity + 63) / 64 }

    func depends(_ cluster: Int, on other: Int) -> Bool { ancestors[cluster][other / 64] & 1 << (other % 64) != 0 }

    /// Adds a cluster, or dependencies of one that is there.
    mutating func add(_ cluster: Int, dependingOn inputs: Set<Int>) {
        while ancestors.count <= cluster { ancestors.append([UInt64](repeating: 0, count: wordCount)) }
        for input in inputs where !depends(cluster, on: input) { inherit(cluster, from: input) }
    }

    /// What depended on one cluster, which is empty from now on, depends on the other.
    mutating func merge(_ cluster: Int, into host: Int) {
        inherit(host, from: cluster)
        for other in ancestors.indices where depends(other, on: cluster) && other != host && !depends(other, on: host) {
            inherit(other, from: host)
        }
    }

    /// A cluster, and whatever depends on it, comes to depend on an input and all that this depends on.
    private mutating func inherit(_ cluster: Int, from input: Int) {
        var added = ancestors[input]
        added[input / 64] |= 1 << (input % 64)
        for other in ancestors.indices where other == cluster || depends(other, on: cluster) {
            for word in 0..<wordCount { ancestors[other][word] |= added[word] }
        }
    }
}
