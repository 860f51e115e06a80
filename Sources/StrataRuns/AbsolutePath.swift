import FoundationEssentials

/// A path that stays true wherever the process goes.
func absolutePath(_ path: String) -> String {
    guard !path.hasPrefix("/") else { return path }
    let name = path.hasPrefix("./") ? path.dropFirst(2) : path[...]
    let folder = FileManager.default.currentDirectoryPath
    return name.isEmpty || name == "." ? folder : "\(folder)/\(name)"
}
