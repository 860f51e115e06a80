import ArgumentParser
import StrataBackend
import StrataData
import StrataFiles
import StrataWords

/// What describes the classes of data, and which of them are unseen in training.
struct ClassOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What describes the classes: a table (.csv, .npy, .npz with 'attributes'), or word vectors of their names.",
            valueName: "file"))
    var attributes: String?

    @Option(
        help: ArgumentHelp(
            "Classes, by their names or numbers with commas between them, whose training examples are left out.",
            valueName: "classes"))
    var unseen: String?

    /// The option that was given, if any was.
    var given: String? { attributes != nil ? "--attributes" : unseen != nil ? "--unseen" : nil }

    /// Data as these options have them.
    func describe(_ data: DataSet) throws -> DataSet {
        guard given != nil else { return data }
        guard let names = data.classNames else {
            throw StrataError(.data, "'\(data.name)' has no labels, whose classes could be described or unseen")
        }
        guard let known = try attributes.map({ try read($0, names) }) ?? data.attributes ?? .known(for: names) else {
            throw StrataError(
                parameter: "unseen", unseen ?? "",
                "nothing describes the classes of '\(data.name)'; give attributes or word vectors (--attributes FILE)"
            )
        }
        let words = unseen.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) } ?? []
        // What is unseen in the data stays so.
        let all = try Set(data.classes(named: words)).union(known.unseen).union(data.attributes?.unseen ?? [])
        return try data.describingClasses(by: known.leavingUnseen(all.sorted()), leavesOutUnseen: true)
    }

    private func read(_ path: String, _ names: [String]) throws -> ClassAttributes {
        let ending = path.split(separator: ".").last?.lowercased()
        guard let ending, ["csv", "npy", "npz"].contains(ending) else {
            return try WordVectors(path: path, codecs: .system).attributes(of: names)
        }
        return try ClassAttributes(path: path, classNames: names, codecs: .system)
    }
}
