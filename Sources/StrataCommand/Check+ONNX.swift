import ArgumentParser
import StrataBackend
import StrataONNX
import StrataRuns

extension Check {
    /// The standard's own tests of operators and models, on a backend.
    func checkONNX(_ folder: String, _ backend: any Backend) throws {
        let cases = try ONNXCase.all(in: folder).filter { filter.isEmpty || $0.name.contains(filter) }
        guard !cases.isEmpty else { throw StrataError(parameter: "filter", filter, "no case has that in its name") }
        var groups: [(name: String, counts: ONNXCounts)] = []
        var failures: [(name: String, what: String)] = []
        var reasons: [String: Int] = [:]
        for test in cases {
            let outcome = test.run(on: backend)
            let group = test.name.contains("/") ? String(test.name.prefix { $0 != "/" }) : "cases"
            if groups.last?.name != group { groups.append((group, ONNXCounts())) }
            groups[groups.count - 1].counts.add(outcome)
            if case .failed(let what) = outcome { failures.append((test.name, what)) }
            if case .leftOut(let reason) = outcome { reasons[reason, default: 0] += 1 }
            if verbose { output.note("\(test.name): \(outcome.word)") }
        }
        let left = reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        if output.json {
            let counts = groups.map { ($0.name, $0.counts.json) }
            print(
                try JSONValue.object([
                    "backend": .string(type(of: backend).identifier),
                    "groups": .object(Dictionary(counts) { first, _ in first }),
                    "failures": .array(
                        failures.map { .object(["name": .string($0.name), "what": .string($0.what)]) }),
                    "left_out": .object(Dictionary(left.map { ($0.key, .integer($0.value)) }) { first, _ in first }),
                ]).line)
        } else {
            for group in groups { print("\(group.name): \(group.counts)") }
            for (reason, count) in left { print("  left out \(count): \(reason)") }
            for failure in failures { print("FAILED \(failure.name): \(failure.what)") }
        }
        if !failures.isEmpty { throw ExitCode.failure }
    }
}

private struct ONNXCounts: CustomStringConvertible {
    var passed = 0, known = 0, failed = 0, leftOut = 0

    mutating func add(_ outcome: ONNXCase.Outcome) {
        switch outcome {
        case .passed: passed += 1
        case .known: known += 1
        case .failed: failed += 1
        case .leftOut: leftOut += 1
        }
    }

    var description: String {
        "\(passed + known) passed (\(known) of them known without a run), \(failed) failed, \(leftOut) left out"
    }

    var json: JSONValue {
        .object([
            "passed": .integer(passed + known), "known": .integer(known), "failed": .integer(failed),
            "left_out": .integer(leftOut),
        ])
    }
}

extension ONNXCase.Outcome {
    fileprivate var word: String {
        switch self {
        case .passed: "passed"
        case .known: "passed without a run"
        case .failed(let what): "FAILED: \(what)"
        case .leftOut(let reason): "left out: \(reason)"
        }
    }
}
