/// Which clusters need which others' results, directly or by way of others, kept as clusters grow.
///
/// The clusters stand in a list in which each comes after all that it depends on, so that a search for one goes back no
/// further than to its place. (A table of who depends on whom would be as large as the square of their number; and the
/// order of nodes says nothing, as a cluster whose first nodes are early may come to depend on a late one.)
struct Ancestry {
    /// The clusters that one depends on directly, by the numbers that they had then.
    private var inputs: [[Int]] = []
    /// Where a cluster that was merged went; itself for one that stands.
    private var hosts: [Int] = []
    private var list = OrderedList()
    /// The number of the last search that came by.
    private var visits: [Int] = []
    private var searches = 0

    /// A search that has seen so many clusters ends with "yes", which at worst keeps two kernels apart. No model of the
    /// zoo gets there.
    static let searchLimit = 4096

    /// Whether a cluster depends on another, or may.
    mutating func depends(_ cluster: Int, on other: Int) -> Bool {
        let (cluster, other) = (host(cluster), host(other))
        guard list.precedes(other, cluster) else { return false }
        return search(from: [cluster], downTo: other, limit: Self.searchLimit).map { $0.contains(other) } ?? true
    }

    /// Adds a cluster, or dependencies of one that is there. None of them depends on it.
    mutating func add(_ cluster: Int, dependingOn added: Set<Int>) {
        while inputs.count <= cluster {
            list.append()
            hosts.append(inputs.count)
            visits.append(0)
            inputs.append([])
        }
        let known = Set(inputs[cluster])
        let new = added.subtracting(known).sorted()
        place(new.map { host($0) }, before: cluster)
        inputs[cluster] += new
    }

    /// What depended on one cluster, which is no more from now on, depends on the other, and that on what the first
    /// depended on. Neither depends on the other by way of a third.
    mutating func merge(_ cluster: Int, into host: Int) {
        inputs[host] = Set((inputs[host] + inputs[cluster]).map { self.host($0) }).subtracting([cluster, host]).sorted()
        inputs[cluster] = []
        if list.precedes(cluster, host) {
            // What depended on the cluster alone may stand between the two.
            place([host], before: cluster)
        } else {
            place(inputs[host], before: host)
        }
        hosts[cluster] = host
        list.remove(cluster)
    }

    /// Moves clusters that stand behind another, and what they depend on there, to before it.
    private mutating func place(_ clusters: [Int], before mark: Int) {
        let late = clusters.filter { list.precedes(mark, $0) }
        guard !late.isEmpty, let found = search(from: late, downTo: mark, limit: .max) else { return }
        for moved in list.sorted(found) where moved != mark { list.move(moved, before: mark) }
    }

    /// The clusters and all that they depend on, as far as it does not stand before a mark; `nil` beyond the limit.
    private mutating func search(from clusters: [Int], downTo mark: Int, limit: Int) -> [Int]? {
        searches += 1
        var found: [Int] = []
        var stack = clusters
        while let next = stack.popLast() {
            if visits[next] == searches { continue }
            visits[next] = searches
            found.append(next)
            if next == mark { continue }
            if found.count > limit { return nil }
            for input in inputs[next] {
                let input = host(input)
                if visits[input] != searches, !list.precedes(input, mark) { stack.append(input) }
            }
        }
        return found
    }

    /// The cluster that one is a part of by now.
    private mutating func host(_ cluster: Int) -> Int {
        var last = cluster
        while hosts[last] != last { last = hosts[last] }
        // Whoever asks next finds it at once.
        var next = cluster
        while hosts[next] != last { (next, hosts[next]) = (hosts[next], last) }
        return last
    }
}

/// Numbers in an order that may be changed, of any two of which one can tell at once which comes first.
private struct OrderedList {
    /// Grows along the list.
    private var labels: [Int] = []
    private var previous: [Int?] = [], next: [Int?] = []
    private var last: Int?

    private static let gap = 1 << 32

    func precedes(_ a: Int, _ b: Int) -> Bool { labels[a] < labels[b] }
    func sorted(_ numbers: [Int]) -> [Int] { numbers.sorted(by: precedes) }

    /// Adds the next number at the end.
    mutating func append() {
        let number = labels.count
        labels.append((last.map { labels[$0] } ?? 0) + Self.gap)
        previous.append(last)
        next.append(nil)
        if let last { next[last] = number }
        last = number
    }

    mutating func remove(_ number: Int) {
        let (before, after) = (previous[number], next[number])
        if let before { next[before] = after }
        if let after { previous[after] = before } else { last = before }
    }

    mutating func move(_ number: Int, before mark: Int) {
        remove(number)
        if labels[mark] - (previous[mark].map { labels[$0] } ?? 0) < 2 { spread() }
        let before = previous[mark]
        labels[number] = ((before.map { labels[$0] } ?? 0) + labels[mark]) / 2
        (previous[number], next[number]) = (before, mark)
        previous[mark] = number
        if let before { next[before] = number }
    }

    /// Makes room between all numbers.
    private mutating func spread() {
        var order: [Int] = []
        var number = last
        while let current = number {
            order.append(current)
            number = previous[current]
        }
        for (position, number) in order.reversed().enumerated() { labels[number] = (position + 1) * Self.gap }
    }
}
