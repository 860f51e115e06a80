import StrataBackend

/// The tar archives that a path stands for.
///
/// | path | archives |
/// | --- | --- |
/// | `images.tar`, `.tar.gz`, `.tgz` | that one |
/// | `data-{000..009}.tar` | ten, `data-000.tar` first |
/// | a folder of archives | all in it, in the order of their names; `train-…`, `val-…` and `test-…` are splits |
enum ShardNames {
    private static let endings = [".tar", ".tar.gz", ".tgz"]
    /// Archives of a pattern; data sets have some thousands.
    private static let most = 1_000_000

    static func areShards(_ name: String) -> Bool { endings.contains { name.lowercased().hasSuffix($0) } }

    /// The paths of a pattern with one range of numbers in braces, whose digits are as many as those of its first one;
    /// `nil` where a path is no pattern, or the name of a file. Throws `usage` for a range that is none.
    static func expand(_ path: String) throws -> [String]? {
        guard areShards(path), FileBytes.kind(path) == .missing, let open = path.firstIndex(of: "{"),
            let close = path[open...].firstIndex(of: "}")
        else { return nil }
        let range = path[path.index(after: open)..<close]
        let dots = range.firstRange(of: "..")
        let (first, last) = (dots.map { range[..<$0.lowerBound] } ?? "", dots.map { range[$0.upperBound...] } ?? "")
        let rest = path[path.index(after: close)...]
        func number(_ text: Substring) -> Int? {
            text.count < 10 && text.utf8.allSatisfy { (48..<58).contains($0) } ? Int(text) : nil
        }
        guard let from = number(first), let to = number(last), from <= to, to - from < most, !rest.contains("{") else {
            throw StrataError(
                parameter: "data", path, "expected one range of numbers in braces, such as data-{000..009}.tar")
        }
        return (from...to).map { number in
            let digits = String(number)
            let zeros = String(repeating: "0", count: max(0, first.count - digits.count))
            return "\(path[..<open])\(zeros)\(digits)\(rest)"
        }
    }

    /// Whether a folder holds archives, and neither images nor folders, which may hold some.
    static func areIn(_ folder: String) throws -> Bool {
        let names = try FileBytes.names(inFolder: folder)
        return names.contains(where: areShards)
            && !names.contains { ImageFormat.endings.contains(ImageFormat.ending($0)) }
            && !names.contains { FileBytes.kind("\(folder)/\($0)") == .folder }
    }

    /// The archives of a folder by the splits that their names begin with; those of no split are training examples.
    static func inFolder(_ folder: String) throws -> [SplitName: [String]] {
        let names = try FileBytes.names(inFolder: folder).filter(areShards)
        return Dictionary(grouping: names) { name in
            let words = name.split { !$0.isLetter }
            return words.first.flatMap { SplitName(String($0)) } ?? .train
        }.mapValues { $0.map { "\(folder)/\($0)" } }
    }
}
