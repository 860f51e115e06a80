import ArgumentParser
import Foundation
import StrataBackend
import StrataData
import StrataEvaluation
import StrataFiles
import StrataRuns

extension Experiment {
    struct Lecture: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "A small experiment for each claim about learned representations, on one page.",
            discussion: """
                Each claim gets its experiment, a figure, a verdict with an interval of 95 % over the seeds, and the command that
                looks at it alone. The folder gets index.html, which needs nothing besides itself, the figures and
                findings.json. Claims: \(Claim.all.map(\.name).joined(separator: ", ")).
                """)

        @Option(help: "Gray images with labels, or a file or folder as for 'strata train'.")
        var data = "fashion-mnist"

        @Option(help: "Claims to look at, by name (default: all).")
        var only: String?

        @Option(parsing: .unconditional, help: "How many seeds, from 0; intervals take two at least.")
        var seeds = 5

        @Option(help: "The folder for what comes out.")
        var out = "experiments/lecture"

        @OptionGroup var backend: BackendOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            Terminal.catchInterrupts()
            try checkCount(seeds, "seeds", limit: 1000)
            let claims = try (only?.split(separator: ",").map(String.init) ?? Claim.all.map(\.name)).map { name in
                guard let claim = Claim.all.first(where: { $0.name == name }) else {
                    throw StrataError.unknown("claim", name, among: Claim.all.map(\.name))
                }
                return claim
            }
            let device = try backend.make()
            let setting = Claim.Setting(
                backend: device, images: try Toolbox.current.load(data), sprites: try Toolbox.current.load("sprites"),
                seeds: (0..<UInt32(seeds)).map { $0 })
            let folder = try RunFolder(creating: out, replacing: true).path
            var report = EvaluationReport(
                title: "What is said of learned representations",
                facts: [
                    ("images", setting.images.name), ("seeds", "\(seeds)"), ("backend", type(of: device).identifier),
                ])
            var findings: [JSONValue] = []
            for (number, claim) in claims.enumerated() {
                if Terminal.isInterrupted { break }
                let start = ContinuousClock.now
                let finding = try claim.find(setting)
                let seconds = Double((ContinuousClock.now - start).components.seconds)
                report.sections.append(try section(claim, finding, seconds, folder))
                findings.append(json(claim, finding, seconds))
                output.note(
                    "\(number + 1)/\(claims.count)  \(claim.name): \(finding.verdict.rawValue), \(finding.difference.text),"
                        + " in \(Int(seconds)) s")
                try AtomicFile.write("\(folder)/index.html", Array(try report.html().utf8))
                try AtomicFile.write("\(folder)/findings.json", Array((JSONValue.array(findings).pretty + "\n").utf8))
            }
            if output.json {
                print(try JSONValue.object(["out": .string(folder), "findings": .array(findings)]).line)
            } else {
                output.say("\(folder)/index.html")
            }
            if findings.count < claims.count { throw ExitCode(130) }
        }

        private func section(
            _ claim: Claim, _ finding: Claim.Finding, _ seconds: Double, _ folder: String
        ) throws -> EvaluationReport.Section {
            var rows: [(name: String, value: JSONValue)] = [
                ("experiment", .string(claim.experiment)), ("verdict", .string(finding.verdict.rawValue)),
                (finding.measure, .string(finding.difference.text)),
            ]
            rows += finding.rows.map { ($0.name, .number($0.value)) }
            rows.append(
                ("again", .string("strata experiment lecture --only \(claim.name) --seeds \(seeds) --data \(data)")))
            if let command = claim.command { rows.append(("more", .string(command))) }
            rows.append(("seconds", .number(seconds)))
            var images: [EvaluationReport.Image] = []
            for (number, chart) in finding.charts.enumerated() {
                let path = "\(folder)/\(claim.name)-\(number + 1).svg"
                try AtomicFile.write(path, Array(chart.svg.utf8))
                images.append(.init(title: chart.title, caption: chart.caption, path: path))
            }
            for (number, image) in finding.images.enumerated() {
                let path = try ExampleFile.write(
                    image.values, shape: image.shape, to: "\(folder)/\(claim.name)-images-\(number + 1).png",
                    columns: image.columns, codecs: .system)
                images.append(.init(title: image.title, caption: image.caption, path: path))
            }
            return EvaluationReport.Section(title: claim.sentence, rows: rows, images: images)
        }

        private func json(_ claim: Claim, _ finding: Claim.Finding, _ seconds: Double) -> JSONValue {
            var fields: [String: JSONValue] = [
                "claim": .string(claim.name), "sentence": .string(claim.sentence),
                "verdict": .string(finding.verdict.rawValue), "measure": .string(finding.measure),
                "difference": .number(finding.difference.value),
                "margin": finding.difference.margin.map(JSONValue.number) ?? .null, "seconds": .number(seconds),
            ]
            for row in finding.rows { fields[row.name] = .number(row.value) }
            return .object(fields)
        }
    }
}
