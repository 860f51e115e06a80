import ArgumentParser
import StrataBackend

/// Which backend computes, and on what.
struct BackendOptions: ParsableArguments {
    @Option(help: "The backend that computes; 'strata backends' lists them.")
    var backend: String?

    @Option(parsing: .unconditional, help: "Threads of the processor to use (default: all).")
    var threads: Int?

    @Option(help: "The device, where a backend has several: for opencl a platform, or platform:device, by number or name.")
    var device: String?

    /// Starts the backend; `fallback` is the one that a run was trained on.
    func make(fallback: String? = nil) throws -> any Backend {
        let name = backend ?? fallback ?? "simd"
        if let absent = BackendRegistry.leftOut.first(where: { $0.identifier == name }) {
            throw StrataError(
                .backendUnavailable,
                "backend '\(name)' is not in this build; build with the trait \(absent.trait) (on by default)")
        }
        return try BackendRegistry.command.make(name, BackendConfiguration(threads: threads, device: device))
    }
}

/// How results are told.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON object on standard output; progress and messages go to standard error.")
    var json = false

    @Flag(help: "Say nothing but the result and errors.")
    var quiet = false

    /// Prints for people, on standard output, unless it belongs to JSON.
    func say(_ text: String) {
        if json { note(text) } else if !quiet { print(text) }
    }

    /// Prints on the side, on standard error.
    func note(_ text: String) {
        if !quiet { Terminal.writeError(text + "\n") }
    }
}
