/// Trees that tell a class from numbers, each grown on a draw of the examples with replacement and considering every
/// number at every split (Breiman, "Bagging predictors", 1996; "Random forests", 2001, with all numbers tried).
///
/// A split is where Gini's impurity falls most; a tree grows until its leaves are pure or have fewer than twice the
/// least examples. Grown from a seed, so the same seed gives the same forest.
struct ClassificationForest {
    /// Each number's share of the fall of impurity, the mean over trees: they add up to 1, or are all 0 where no tree
    /// found a split.
    private(set) var importances: [Double]
    /// The share of examples whose class is the most probable by the mean of the trees that had not drawn them
    /// (out-of-bag; ties go to the first).
    private(set) var accuracy: Double

    static let trees = 10
    /// Different examples in a leaf, at least.
    static let leastLeaf = 5

    /// - `columns`: the numbers, [count] each, at least one.
    /// - `orders`: for each of the columns the examples in ascending order.
    /// - `classes`: of each example, from 0.
    init(columns: [[Float]], orders: [[Int32]], classes: [Int], classCount: Int, seed: UInt32, stream: UInt32) {
        let count = classes.count
        importances = [Double](repeating: 0, count: columns.count)
        var votes = [Double](repeating: 0, count: count * classCount)
        for tree in 0..<Self.trees {
            var draws = Draws(seed: seed, stream: stream, number: UInt32(tree))
            var weights = [Int](repeating: 0, count: count)
            for _ in 0..<count { weights[draws.next(below: count)] += 1 }
            let grown = ClassificationTree(
                columns: columns, orders: orders, classes: classes, classCount: classCount, weights: weights,
                leastLeaf: Self.leastLeaf)
            let total = grown.decreases.reduce(0, +)
            if total > 0 { for column in columns.indices { importances[column] += grown.decreases[column] / total } }
            for example in 0..<count where weights[example] == 0 {
                for (number, share) in grown.shares(of: example).enumerated() {
                    votes[example * classCount + number] += share
                }
            }
        }
        let sum = importances.reduce(0, +)
        if sum > 0 { importances = importances.map { $0 / sum } }
        var (right, asked) = (0, 0)
        for example in 0..<count {
            let own = votes[example * classCount..<(example + 1) * classCount]
            guard let most = own.max(), most > 0 else { continue }
            asked += 1
            if own.firstIndex(of: most).map({ $0 - own.startIndex }) == classes[example] { right += 1 }
        }
        accuracy = asked > 0 ? Double(right) / Double(asked) : 0
    }
}

/// One tree of a forest (Breiman, Friedman, Olshen and Stone, "Classification and regression trees", 1984).
struct ClassificationTree {
    /// How much each number's splits made the impurity fall, weighted by the examples that went through them.
    private(set) var decreases: [Double]
    private var nodes: [Node] = []
    private let columns: [[Float]]

    private struct Node {
        /// The number that is compared, `nil` in a leaf.
        var column: Int?
        /// What is less or equal goes left.
        var threshold: Float = 0
        var (left, right) = (0, 0)
        /// Each class's share of the examples of a leaf.
        var shares: [Double] = []
    }

    /// A node to be split, and its examples in the order of each column.
    private struct Growth {
        var node: Int
        var orders: [[Int32]]
    }

    /// - `weights`: how many times each example was drawn.
    init(
        columns: [[Float]], orders: [[Int32]], classes: [Int], classCount: Int, weights: [Int], leastLeaf: Int
    ) {
        self.columns = columns
        decreases = [Double](repeating: 0, count: columns.count)
        nodes = [Node()]
        var goesLeft = [Bool](repeating: false, count: classes.count)
        var open = [Growth(node: 0, orders: orders.map { $0.filter { weights[Int($0)] > 0 } })]
        while let growth = open.popLast() {
            let examples = growth.orders[0]
            var counts = [Int](repeating: 0, count: classCount)
            for example in examples { counts[classes[Int(example)]] += weights[Int(example)] }
            let total = Double(counts.reduce(0, +))
            nodes[growth.node].shares = counts.map { Double($0) / total }
            guard examples.count >= 2 * leastLeaf, counts.count(where: { $0 > 0 }) > 1 else { continue }

            var best: (score: Double, column: Int, place: Int)?
            let score = Self.purity(counts)
            for column in columns.indices {
                let order = growth.orders[column]
                let found = columns[column].withUnsafeBufferPointer { values in
                    Self.bestSplit(order, values, classes, weights, counts, leastLeaf)
                }
                guard let found, found.score > (best?.score ?? score * (1 + 1e-12)) else { continue }
                best = (found.score, column, found.place)
            }
            guard let best else { continue }
            decreases[best.column] += best.score - score
            let (order, values) = (growth.orders[best.column], columns[best.column])
            let (below, above) = (values[Int(order[best.place])], values[Int(order[best.place + 1])])
            // Halfway, unless rounding makes that the upper one.
            let middle = below / 2 + above / 2
            let threshold = middle < above ? middle : below
            nodes[growth.node].column = best.column
            nodes[growth.node].threshold = threshold
            (nodes[growth.node].left, nodes[growth.node].right) = (nodes.count, nodes.count + 1)
            nodes += [Node(), Node()]
            for example in examples { goesLeft[Int(example)] = values[Int(example)] <= threshold }
            let parts = growth.orders.map { Self.parted($0, goesLeft, left: best.place + 1) }
            open.append(Growth(node: nodes.count - 1, orders: parts.map(\.right)))
            open.append(Growth(node: nodes.count - 2, orders: parts.map(\.left)))
        }
    }

    /// Both in the order that they had.
    private static func parted(
        _ order: [Int32], _ goesLeft: [Bool], left count: Int
    ) -> (left: [Int32], right: [Int32]) {
        var (left, right): ([Int32], [Int32]) = ([], [])
        left.reserveCapacity(count)
        right.reserveCapacity(order.count - count)
        for example in order {
            if goesLeft[Int(example)] { left.append(example) } else { right.append(example) }
        }
        return (left, right)
    }

    /// Each class's share of the leaf that an example comes to.
    func shares(of example: Int) -> [Double] {
        var node = nodes[0]
        while let column = node.column {
            node = nodes[columns[column][example] <= node.threshold ? node.left : node.right]
        }
        return node.shares
    }

    /// Σ n_c² / n of a node's classes: its examples less its impurity times them.
    private static func purity(_ counts: [Int]) -> Double {
        Double(counts.reduce(0) { $0 + $1 * $1 }) / Double(max(counts.reduce(0, +), 1))
    }

    /// The place after which to cut the order so that both sides are purest, and how pure they are together.
    private static func bestSplit(
        _ order: [Int32], _ values: UnsafeBufferPointer<Float>, _ classes: [Int], _ weights: [Int], _ counts: [Int],
        _ leastLeaf: Int
    ) -> (score: Double, place: Int)? {
        var (left, right) = ([Int](repeating: 0, count: counts.count), counts)
        var (leftTotal, rightTotal) = (0, counts.reduce(0, +))
        var (leftSquares, rightSquares) = (0, counts.reduce(0) { $0 + $1 * $1 })
        var best: (score: Double, place: Int)?
        for place in 0..<order.count - leastLeaf {
            let example = Int(order[place])
            let (value, weight) = (classes[example], weights[example])
            // (n + w)² − n² and its like, so that a step costs the same for any number of classes.
            leftSquares += weight * (2 * left[value] + weight)
            rightSquares -= weight * (2 * right[value] - weight)
            left[value] += weight
            right[value] -= weight
            leftTotal += weight
            rightTotal -= weight
            guard place + 1 >= leastLeaf, values[example] < values[Int(order[place + 1])] else { continue }
            let score = Double(leftSquares) / Double(leftTotal) + Double(rightSquares) / Double(rightTotal)
            if score > (best?.score ?? 0) { best = (score, place) }
        }
        return best
    }
}
