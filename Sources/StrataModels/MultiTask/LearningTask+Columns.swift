import StrataBackend
public import StrataData
import StrataGraph
import StrataNN

extension LearningTask {
    /// What a task predicts, as a user names it.
    public enum Kind: String, Sendable, CaseIterable {
        /// One of several classes.
        case softmax
        /// Numbers, by squared error.
        case regression
        /// Labels that are there or not, each for itself.
        case multiLabel = "multi-label"
        /// The example itself.
        case reconstruction
    }

    /// The tasks that words ask for: `label`, `size:regression`, `rotation:regression:0.5`, each a column of the data or
    /// one of its targets or factors, a kind, and the factor of its loss.
    ///
    /// Besides columns there are two tasks that any labelled data give: `parity`, whether the number of the class is odd,
    /// and `brightness`, the mean of an example's numbers. `example:reconstruction` is a task, too.
    ///
    /// Throws `usage` for words that name no column, a kind that does not suit it, or two tasks of one name, and for a
    /// column of a single class.
    public static func tasks(_ words: [String], _ spec: DataSpec) throws -> [LearningTask] {
        guard !words.isEmpty else {
            throw StrataError(parameter: "heads", "none", "expected one task at least, such as label")
        }
        let tasks = try words.map { try LearningTask(words: $0, spec) }
        if let twice = tasks.indices.first(where: { place in tasks[..<place].contains { $0.name == tasks[place].name } }
        ) {
            throw StrataError(parameter: "heads", words.joined(separator: ","), "\(tasks[twice].name) is there twice")
        }
        return tasks
    }

    private init(words: String, _ spec: DataSpec) throws {
        let parts = words.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        func fail(_ text: String) -> StrataError { StrataError(parameter: "heads", words, text) }
        guard (1...3).contains(parts.count) else {
            throw fail("expected a column, a kind and a factor, as in size:regression:0.5")
        }
        let sources = TaskSource.all(spec)
        let own = sources.filter { $0.name == parts[0] }
        guard !own.isEmpty else {
            throw StrataError.unknown("task", parts[0], among: sources.map(\.name).uniqued())
        }
        let kind = parts.count > 1 && !parts[1].isEmpty ? Kind(rawValue: parts[1]) : own[0].kinds[0]
        guard let kind else {
            throw StrataError.unknown("kind of task", parts[1], among: Kind.allCases.map(\.rawValue))
        }
        guard let source = own.first(where: { $0.kinds.contains(kind) }) else {
            throw fail(
                "\(parts[0]) takes \(own.flatMap(\.kinds).map(\.rawValue).uniqued().joined(separator: " or "))")
        }
        let weight = parts.count > 2 ? Float(parts[2]) : 1
        guard let weight, weight.isFinite, weight >= 0 else { throw fail("a factor is a number from 0 on") }
        if kind == .softmax, source.count < 2 { throw fail("there is a single class to tell") }
        self = source.task(kind, weight: weight)
    }
}

/// Something that data tell of an example, which a task may predict.
private struct TaskSource {
    var name: String
    /// The kinds of task that suit it, the likeliest first.
    var kinds: [LearningTask.Kind]
    /// Classes of a softmax, else numbers.
    var count: Int
    var needsLabels = true
    /// Classes int32 [batch], or numbers [batch, count]; `nil` where the batch has none.
    var values: @Sendable (Batch) -> Tensor?
    /// What sums of squares of numbers are about, [count].
    var centre: @Sendable (Batch) -> Tensor? = { _ in nil }

    func task(_ kind: LearningTask.Kind, weight: Float) -> LearningTask {
        let head: SupervisedHead =
            switch kind {
            case .softmax: .softmax(classes: count, of: values)
            case .regression: .regression(targets: count, of: values, about: centre)
            case .multiLabel: .multiLabel(labels: count, of: values)
            case .reconstruction: .reconstruction(features: count)
            }
        return LearningTask(
            name, head, weight: weight, needsLabels: needsLabels, reconstructs: kind == .reconstruction)
    }

    /// All that data of a description tell, columns before what follows from them.
    static func all(_ spec: DataSpec) -> [TaskSource] {
        let columns = spec.columns.flatMap { of($0) }
        let classes = spec[ColumnName.label] == nil ? [] : [parity]
        return columns + classes + (spec.hasTokens ? [] : [brightness])
    }

    private static func of(_ column: ColumnSpec) -> [TaskSource] {
        let name = column.name
        switch column.meaning {
        case .classes(let names):
            return [TaskSource(name: name, kinds: [.softmax], count: names.count, values: { $0[name] })]
        case .numbers(let names):
            let all = TaskSource(
                name: name, kinds: [.regression, .multiLabel], count: names.count, values: { $0[name] },
                centre: { $0.means[name] })
            let each = names.enumerated().map { place, own in
                TaskSource(
                    name: own, kinds: [.regression, .multiLabel], count: 1,
                    values: { $0[name]?.slice(from: place, count: 1, axis: 1) },
                    centre: { $0.means[name]?.slice(from: place, count: 1, axis: 0) })
            }
            return [all] + each
        case .factors(let names, let sizes):
            return zip(names, sizes).enumerated().map { place, factor in
                TaskSource(name: factor.0, kinds: [.softmax], count: factor.1) { batch in
                    batch[name].map {
                        $0.isInvalid ? $0 : $0.slice(from: place, count: 1, axis: 1).reshape([batch.count])
                    }
                }
            }
        case .image, .values:
            guard name == ColumnName.example else {
                let count = column.shape.elementCount
                return [
                    TaskSource(name: name, kinds: [.regression], count: count) { batch in
                        batch[name].map { $0.isInvalid ? $0 : $0.reshape([batch.count, count]) }
                    }
                ]
            }
            return [
                TaskSource(
                    name: name, kinds: [.reconstruction], count: column.shape.elementCount, needsLabels: false,
                    values: { $0.examples })
            ]
        case .tokens, .weight: return []
        }
    }

    private static let parity = TaskSource(name: "parity", kinds: [.softmax], count: 2) { batch in
        batch.labels.map { labels in
            let numbers = labels.cast(to: .float32)
            return (numbers - (numbers * 0.5).floor() * 2).cast(to: .int32)
        }
    }

    private static let brightness = TaskSource(
        name: "brightness", kinds: [.regression], count: 1, needsLabels: false,
        values: { $0.examples.isInvalid ? $0.examples : $0.examples.mean([1], keepingAxes: true) })
}

extension SupervisedHead {
    /// The example itself, by the mean squared error of its numbers.
    static func reconstruction(features: Int) -> SupervisedHead {
        SupervisedHead(outputs: features, loss: "squared_error") { outputs, batch in
            [Metric("squared_error", (outputs - batch.examples).squared().mean([1]))]
        }
    }
}
