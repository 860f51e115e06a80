/// What came of running cases on a backend; printed as a table, and `Codable` for those who want JSON.
public struct ConformanceReport: Sendable, Codable, Hashable {
    /// One question about one case, with what came of it.
    public struct Entry: Sendable, Codable, Hashable {
        /// The case's name: `contract/NT/37x131x1031`.
        public var name: String
        /// The question that was asked.
        public var mode: ConformanceMode
        /// What came of it: passed, split, failed and how, or measured.
        public var outcome: ConformanceOutcome

        /// An entry for the case of that name.
        public init(name: String, mode: ConformanceMode, outcome: ConformanceOutcome) {
            self.name = name
            self.mode = mode
            self.outcome = outcome
        }

        /// The first word of the name: `contract` of `contract/NT/37x131x1031`.
        public var group: String { name.split(separator: "/").first.map(String.init) ?? name }
    }

    /// The backend's identifier: `simd`.
    public var backend: String
    /// The backend's description of its device, in words.
    public var device: String
    /// What came of each question, in the order asked: by mode, and within a mode by case.
    public var entries: [Entry]

    /// A report of these entries, which may be none: more can be added as they come.
    public init(backend: String, device: String, entries: [Entry]) {
        self.backend = backend
        self.device = device
        self.entries = entries
    }

    /// The entries whose outcome is `failed`; empty for a backend that keeps the contract.
    public var failures: [Entry] {
        entries.filter { if case .failed = $0.outcome { true } else { false } }
    }

    /// Cases that passed, failed and were split, of one group or of all.
    public func counts(group: String? = nil, mode: ConformanceMode? = nil) -> (passed: Int, failed: Int, split: Int) {
        var counts = (passed: 0, failed: 0, split: 0)
        for entry in entries where (group ?? entry.group) == entry.group && (mode ?? entry.mode) == entry.mode {
            switch entry.outcome {
            case .passed, .measured: counts.passed += 1
            case .failed: counts.failed += 1
            case .split: counts.split += 1
            }
        }
        return counts
    }

    /// The first words of the names, in the order of their appearance.
    public var groups: [String] {
        entries.reduce(into: []) { groups, entry in
            if !groups.contains(entry.group) { groups.append(entry.group) }
        }
    }
}

extension ConformanceReport: CustomStringConvertible {
    /// A table of counts for each mode, one of speeds, and every failure.
    public var description: String {
        var lines = ["\(backend): \(device)"]
        for mode in ConformanceMode.allCases where entries.contains(where: { $0.mode == mode }) {
            lines += [""] + (mode == .speed ? speedTable : countTable(mode))
        }
        lines += failures.isEmpty ? [] : [""]
        for failure in failures {
            if case .failed(let message) = failure.outcome {
                lines.append("FAILED \(failure.name) (\(failure.mode.rawValue)): \(message)")
            }
        }
        return lines.joined(separator: "\n")
    }

    private func countTable(_ mode: ConformanceMode) -> [String] {
        let heads = mode == .support ? ["whole", "failed", "split"] : ["passed", "failed", "split"]
        func row(_ name: String, _ cells: [String]) -> String {
            name.padded(to: 14) + cells.map { $0.padded(to: -8) }.joined()
        }
        func row(_ name: String, _ counts: (passed: Int, failed: Int, split: Int)) -> String {
            row(name, [counts.passed, counts.failed, counts.split].map(String.init))
        }
        let present = groups.filter { group in entries.contains { $0.group == group && $0.mode == mode } }
        return [row(mode.rawValue, heads)] + present.map { row($0, counts(group: $0, mode: mode)) }
            + [row("total", counts(mode: mode))]
    }

    private var speedTable: [String] {
        func row(_ cells: [String]) -> String {
            cells[0].padded(to: 40) + cells.dropFirst().map { $0.padded(to: -11) }.joined()
        }
        return [row(["speed", "ms", "GFLOP/s", "GB/s"])]
            + entries.compactMap { entry in
                switch entry.outcome {
                case .measured(let measured):
                    row(
                        [entry.name]
                            + [measured.seconds * 1000, measured.gigaflopsPerSecond, measured.gigabytesPerSecond]
                            .map(\.threeDecimals))
                case .split where entry.mode == .speed: row([entry.name, "split", "", ""])
                default: nil
                }
            }
    }
}

extension String {
    /// Filled with spaces to a width: on the right, or on the left for a negative one.
    fileprivate func padded(to width: Int) -> String {
        let fill = String(repeating: " ", count: max(0, abs(width) - count))
        return width < 0 ? fill + self : self + fill
    }
}

extension Double {
    fileprivate var threeDecimals: String {
        guard isFinite, abs(self) < 1e12 else { return "\(self)" }
        let thousandths = Int((self * 1000).rounded())
        let fraction = String(abs(thousandths % 1000) + 1000).dropFirst()
        return "\(thousandths / 1000).\(fraction)"
    }
}
